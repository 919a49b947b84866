#pragma once

#include "fix/fix_type.h"  // all_fix_types() is defined in the generated fix_type_table.cpp

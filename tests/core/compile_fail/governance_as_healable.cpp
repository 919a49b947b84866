// expect: conversion from .const agentmend::GovernanceFinding. to .* type .const agentmend::HealableFinding
// There is no way from one kind of finding to another.
#include "fix/finding.h"

namespace agentmend {

void attempt(const GovernanceFinding& governance, const HealableFinding& healable) {
#ifdef MUST_NOT_COMPILE
  const HealableFinding copy = governance;
  static_cast<void>(copy), static_cast<void>(healable);
#else
  const HealableFinding copy = healable;
  static_cast<void>(copy), static_cast<void>(governance);
#endif
}

}  // namespace agentmend

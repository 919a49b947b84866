// The closed vocabulary of fixes: risk, parameters, texts. The table is generated from the frozen catalogue
// (generate.mjs -> fix_type_table.cpp); a test compares the two. Nothing else in the code states a risk.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>

#include "detectors/detector.h"

namespace agentmend {

enum class Risk : std::uint8_t { kSafe, kMedium, kDangerous };
enum class Bucket : std::uint8_t { kSafeAuto, kMediumVerify, kMediumEscalate, kDangerousEscalate, kDeferred };

[[nodiscard]] std::string_view name_of(Risk risk);
[[nodiscard]] std::string_view name_of(Bucket bucket);

enum class ParameterKind : std::uint8_t { kInteger, kNumber, kString, kBoolean, kEnum, kArray, kObject };

struct ParameterSpec {
  std::string_view name;
  ParameterKind kind;
  double minimum;  // of numbers; minimum > maximum = unbounded
  double maximum;
  std::string_view choices;  // of enums, separated by |
  std::string_view fallback;  // the default, as JSON
  std::string_view meaning;
  std::string_view type;  // as the catalogue writes it
  bool nullable;  // null is a value too
};

struct FixType {
  std::string_view name;
  Risk risk;
  std::string_view change;  // one sentence: what it does
  std::span<const ParameterSpec> parameters;
  std::string_view system_message;  // in-loop text template; empty = none
  std::string_view rendered_n8n;  // how it looks in n8n, for people
  std::string_view rendered_generic;
  std::string_view rollback;
  std::string_view alias;  // accepted in stored documents only
};

[[nodiscard]] std::span<const FixType> all_fix_types();
[[nodiscard]] const FixType* find_fix_type(std::string_view name);  // by equality; nullptr = unknown

// A verify shim exists for this pair (list in heal/verify; asserted by a test).
[[nodiscard]] bool has_shim(std::string_view detector, std::string_view fix_type);

// Derived, never typed: governance = family, bucket = lowest risk among the fix types and whether a shim exists.
[[nodiscard]] bool is_governance(const Descriptor& descriptor);
[[nodiscard]] Bucket bucket_of(const Descriptor& descriptor);

}  // namespace agentmend

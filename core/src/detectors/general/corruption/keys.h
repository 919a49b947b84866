// What a member of a state means, by the words of its name, and what its texts say about themselves.
#pragma once

#include <cstdint>
#include <string_view>

namespace agentmend::detectors::corruption {

enum KeyBit : std::uint32_t {
  kIdentity = 1u << 0,  // who or what it is about
  kCount = 1u << 1,  // how many
  kMonotone = 1u << 2,  // only ever grows
  kNotNegative = 1u << 3,
  kPercent = 1u << 4,
  kAge = 1u << 5,
  kTemperature = 1u << 6,
  kStart = 1u << 7,
  kEnd = 1u << 8,
  kStatus = 1u << 9,
  kPassing = 1u << 10,  // filled and emptied in the ordinary course of work
  kVolatile = 1u << 11,  // differs in every step and says nothing
  kMoney = 1u << 12,
  kRights = 1u << 13,
  kName = 1u << 14,
  kUnitOf = 1u << 15,  // in what the figures beside it are counted
  kTime = 1u << 16,
  kSignedIn = 1u << 17,
  kMail = 1u << 18,
  kLink = 1u << 19,
  kTotal = 1u << 20,
  kWorkLeft = 1u << 21,  // a list that work takes from
};

// All bits of the words of a name; those of the last word alone when `last_only`. O(length).
[[nodiscard]] std::uint32_t key_bits(std::string_view key, bool last_only = false);

// Where a status stands in the order of work: 1 waiting, 2 at work, 3 agreed, 4 done; 0 = no such order (failed,
// cancelled, anything else).
[[nodiscard]] int status_rank(std::string_view value);

[[nodiscard]] bool looks_like_date(std::string_view text);
[[nodiscard]] bool looks_like_mail(std::string_view text);
[[nodiscard]] bool looks_like_link(std::string_view text);

// A placeholder of a program instead of a value, or text whose encoding broke.
[[nodiscard]] bool is_debris(std::string_view text);

// JSON inside a string that was cut off.
[[nodiscard]] bool is_cut_json(std::string_view text);

}  // namespace agentmend::detectors::corruption

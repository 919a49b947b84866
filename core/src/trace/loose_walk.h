// The pass behind action_key.h: hashes JSON text without building anything.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string_view>

#include "json/number.h"
#include "text/hash.h"

namespace agentmend::loose {

using text::combine;
using text::mix;

constexpr int kMaxDepth = 24;  // deeper values are hashed as they are written; real calls stay below ten
constexpr std::uint64_t kObjectSeed = 0x6f626a656374ull;
constexpr std::uint64_t kArraySeed = 0x6172726179ull;

inline std::uint64_t hash_number(std::string_view written) {
  if (written.find_first_not_of("0123456789+-.eE") != std::string_view::npos) return text::hash(written);
  for (const char c : written) {  // 1.0, 1e0 and 1 are one number; the usual integer needs no conversion
    if ((c < '0' || c > '9') && c != '-') {
      const double value = json::parse_double(written);
      const auto whole = static_cast<std::int64_t>(value > -9e15 && value < 9e15 ? value : 0);
      if (static_cast<double>(whole) == value) return mix(static_cast<std::uint64_t>(whole) ^ kArraySeed);
      std::uint64_t bits = 0;
      std::memcpy(&bits, &value, sizeof(bits));
      return mix(bits);
    }
  }
  if (written.size() > 16) return text::hash(written);  // beyond 2^53 a double would merge neighbours
  std::int64_t value = 0;
  for (const char c : written) value = c == '-' ? value : value * 10 + (c - '0');
  return mix(static_cast<std::uint64_t>(written[0] == '-' ? -value : value) ^ kArraySeed);
}

// Two hashes of one value, each without the members that were dropped from it.
struct Pair {
  std::uint64_t first = 0;
  std::uint64_t second = 0;
};
enum Drop : std::uint8_t { kKeep = 0, kDropFirst = 1, kDropSecond = 2, kDropBoth = 3 };

// Walks JSON text. `Watch` decides what is dropped and looks at members as they pass:
//   drop(key)                             from which of the two hashes a member is left out
//   scalar(key, written, quoted, depth)   a scalar member or element; the key of an array is that of its elements
//   object(key, depth)                    an object began
//   list(key, count, depth)               an array ended
// Never fails: broken text ends the walk, open containers are closed. Time O(bytes), recursion at most kMaxDepth.
template <typename Watch>
class Walk {
 public:
  Walk(std::string_view text, Watch& watch) : p_(text.data()), end_(text.data() + text.size()), watch_(watch) {}

  Pair run() { return value({}, 0); }
  // Everything was read and nothing follows: the text was one JSON value.
  [[nodiscard]] bool clean() {
    blanks();
    return !broken_ && p_ == end_;
  }

 private:
  void blanks() {
    while (p_ != end_ && (*p_ == ' ' || *p_ == '\n' || *p_ == '\t' || *p_ == '\r')) ++p_;
  }

  Pair value(std::string_view key, int depth) {
    blanks();
    if (p_ == end_) return {};
    if (*p_ == '{' || *p_ == '[') {
      if (depth == kMaxDepth) return opaque();
      return *p_ == '{' ? object(key, depth) : array(key, depth);
    }
    if (*p_ == '"') {
      const std::string_view inside = string();
      watch_.scalar(key, inside, true, depth);
      const std::uint64_t h = text::hash(inside, 1);
      return {h, h};
    }
    const char* begin = p_;
    while (p_ != end_ && *p_ != ',' && *p_ != '}' && *p_ != ']' && *p_ != ' ' && *p_ != '\n' && *p_ != '\r') ++p_;
    const std::string_view written(begin, static_cast<std::size_t>(p_ - begin));
    if (written.empty()) {
      broken_ = true;
      p_ = end_;
      return {};
    }
    watch_.scalar(key, written, false, depth);
    const bool number = (*begin >= '0' && *begin <= '9') || *begin == '-';
    const std::uint64_t h = number ? hash_number(written) : text::hash(written);
    return {h, h};
  }

  std::string_view string() {
    const char* begin = ++p_;
    while (p_ != end_ && *p_ != '"') p_ += *p_ == '\\' && p_ + 1 != end_ ? 2 : 1;
    const std::string_view inside(begin, static_cast<std::size_t>(p_ - begin));
    if (p_ != end_) ++p_;
    return inside;
  }

  Pair object(std::string_view of, int depth) {
    Pair sum{kObjectSeed, kObjectSeed};
    watch_.object(of, depth);
    ++p_;
    for (blanks(); p_ != end_ && *p_ != '}'; blanks()) {
      if (*p_ == ',') {
        ++p_;
        continue;
      }
      if (*p_ != '"') return stop(sum);
      const std::string_view key = string();
      blanks();
      if (p_ == end_ || *p_ != ':') return stop(sum);
      ++p_;
      const Pair member = value(key, depth + 1);
      const std::uint64_t name = text::hash(key, 2);
      const Drop dropped = watch_.drop(key);
      if ((dropped & kDropFirst) == 0) sum.first += mix(name ^ (member.first * 3));  // a sum: order does not matter
      if ((dropped & kDropSecond) == 0) sum.second += mix(name ^ (member.second * 3));
    }
    if (p_ != end_) ++p_;
    return {mix(sum.first), mix(sum.second)};
  }

  Pair array(std::string_view key, int depth) {
    Pair all{kArraySeed, kArraySeed};
    std::size_t count = 0;
    ++p_;
    for (blanks(); p_ != end_ && *p_ != ']'; blanks()) {
      if (*p_ == ',') {
        ++p_;
        continue;
      }
      const char* before = p_;
      const Pair item = value(key, depth + 1);
      if (p_ == before) return stop(all);
      all.first = combine(all.first, item.first);
      all.second = combine(all.second, item.second);
      ++count;
    }
    if (p_ != end_) ++p_;
    watch_.list(key, count, depth);
    return all;
  }

  Pair stop(Pair so_far) {
    broken_ = true;
    p_ = end_;
    return so_far;
  }

  Pair opaque() {
    const char* begin = p_;
    int open = 0;
    while (p_ != end_) {
      if (*p_ == '"') {
        static_cast<void>(string());
        continue;
      }
      open += *p_ == '{' || *p_ == '[' ? 1 : *p_ == '}' || *p_ == ']' ? -1 : 0;
      ++p_;
      if (open == 0) break;
    }
    const std::uint64_t h = text::hash({begin, static_cast<std::size_t>(p_ - begin)});
    return {h, h};
  }

  const char* p_;
  const char* end_;
  Watch& watch_;
  bool broken_ = false;
};

}  // namespace agentmend::loose

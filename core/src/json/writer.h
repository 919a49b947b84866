// Appends JSON to a string. Numbers are printed from integers, so that every platform prints the same bytes.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>

namespace agentmend::json {

class Writer {
 public:
  Writer& begin_object() { return open('{'); }
  Writer& end_object() { return close('}'); }
  Writer& begin_array() { return open('['); }
  Writer& end_array() { return close(']'); }
  Writer& key(std::string_view name);
  Writer& string(std::string_view text);  // broken UTF-8 becomes U+FFFD
  Writer& integer(std::int64_t value);
  Writer& number(double value);  // rounded to six decimals; not finite = null
  Writer& boolean(bool value);
  Writer& null();
  Writer& raw(std::string_view json);  // already JSON

  // key and value in one go; out of line, since there are hundreds of uses
  Writer& member(std::string_view name, std::string_view text);
  Writer& member(std::string_view name, const std::string& text) { return member(name, std::string_view(text)); }
  Writer& member(std::string_view name, const char* text) { return member(name, std::string_view(text)); }
  Writer& member(std::string_view name, std::int64_t value);
  Writer& member(std::string_view name, int value) { return member(name, static_cast<std::int64_t>(value)); }
  Writer& member(std::string_view name, std::size_t value) { return member(name, static_cast<std::int64_t>(value)); }
  Writer& member(std::string_view name, std::uint32_t value) { return member(name, static_cast<std::int64_t>(value)); }
  Writer& member(std::string_view name, double value);
  Writer& member(std::string_view name, bool value);
  Writer& member_raw(std::string_view name, std::string_view json);
  Writer& member_or_null(std::string_view name, std::string_view text);

  [[nodiscard]] const std::string& str() const { return out_; }
  [[nodiscard]] std::string take() { return std::move(out_); }

 private:
  Writer& open(char bracket);
  Writer& close(char bracket);
  void separate();
  std::string out_;
  bool needs_comma_ = false;
};

[[nodiscard]] std::string quote(std::string_view text);  // a JSON string
[[nodiscard]] std::string print_number(double value);  // as Writer::number
[[nodiscard]] std::string print_integer(std::int64_t value);

// A prefix of at most `max_bytes` that does not cut a UTF-8 character.
[[nodiscard]] std::string_view cut_utf8(std::string_view text, std::size_t max_bytes);

}  // namespace agentmend::json

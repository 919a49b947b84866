#include "json/writer.h"

#include <cmath>

#include "json/utf8.h"

namespace agentmend::json {

void Writer::separate() {
  if (needs_comma_) out_.push_back(',');
  needs_comma_ = true;
}

Writer& Writer::open(char bracket) {
  separate();
  out_.push_back(bracket);
  needs_comma_ = false;
  return *this;
}

Writer& Writer::close(char bracket) {
  out_.push_back(bracket);
  needs_comma_ = true;
  return *this;
}

Writer& Writer::key(std::string_view name) {
  string(name);
  out_.push_back(':');
  needs_comma_ = false;
  return *this;
}

Writer& Writer::string(std::string_view text) {
  separate();
  constexpr char kHex[] = "0123456789abcdef";
  out_.push_back('"');
  for (std::size_t i = 0; i < text.size();) {
    const auto c = static_cast<unsigned char>(text[i]);
    if (c == '"' || c == '\\') {
      out_.push_back('\\');
      out_.push_back(static_cast<char>(c));
      ++i;
    } else if (c == '\n') {
      out_ += "\\n";
      ++i;
    } else if (c == '\t') {
      out_ += "\\t";
      ++i;
    } else if (c == '\r') {
      out_ += "\\r";
      ++i;
    } else if (c < 0x20) {
      out_ += "\\u00";
      out_.push_back(kHex[c >> 4]);
      out_.push_back(kHex[c & 15]);
      ++i;
    } else if (c < 0x80) {
      out_.push_back(static_cast<char>(c));
      ++i;
    } else {
      const std::size_t length = utf8_length(text.data() + i, text.size() - i);
      if (length == 0) {
        append_utf8(out_, kReplacement);
        ++i;
      } else {
        out_.append(text.substr(i, length));
        i += length;
      }
    }
  }
  out_.push_back('"');
  return *this;
}

Writer& Writer::integer(std::int64_t value) {
  separate();
  out_ += print_integer(value);
  return *this;
}

Writer& Writer::number(double value) {
  separate();
  out_ += print_number(value);
  return *this;
}

Writer& Writer::boolean(bool value) {
  separate();
  out_ += value ? "true" : "false";
  return *this;
}

Writer& Writer::null() {
  separate();
  out_ += "null";
  return *this;
}

Writer& Writer::raw(std::string_view json) {
  separate();
  out_ += json;
  return *this;
}

Writer& Writer::member(std::string_view name, std::string_view text) { return key(name).string(text); }
Writer& Writer::member(std::string_view name, std::int64_t value) { return key(name).integer(value); }
Writer& Writer::member(std::string_view name, double value) { return key(name).number(value); }
Writer& Writer::member(std::string_view name, bool value) { return key(name).boolean(value); }
Writer& Writer::member_raw(std::string_view name, std::string_view json) { return key(name).raw(json); }
Writer& Writer::member_or_null(std::string_view name, std::string_view text) {
  key(name);
  return text.empty() ? null() : string(text);
}

std::string quote(std::string_view text) {
  Writer writer;
  writer.string(text);
  return writer.take();
}

std::string print_integer(std::int64_t value) {
  char buffer[24];
  std::size_t at = sizeof(buffer);
  const bool negative = value < 0;
  auto left = negative ? ~static_cast<std::uint64_t>(value) + 1 : static_cast<std::uint64_t>(value);
  do {
    buffer[--at] = static_cast<char>('0' + left % 10);
    left /= 10;
  } while (left != 0);
  if (negative) buffer[--at] = '-';
  return std::string(buffer + at, sizeof(buffer) - at);
}

std::string print_number(double value) {
  constexpr double kScale = 1e6;
  constexpr double kLargest = 9.0e12;  // beyond it six decimals do not fit 2^63, and scores never get there
  if (!(value < kLargest) || !(value > -kLargest)) {
    if (value != value || value - value != 0) return "null";
    return print_integer(value > 0 ? (value < 9.0e18 ? static_cast<std::int64_t>(value) : INT64_MAX)
                                   : (value > -9.0e18 ? static_cast<std::int64_t>(value) : INT64_MIN));
  }
  auto micro = static_cast<std::int64_t>(std::floor(std::fabs(value) * kScale + 0.5));
  const bool negative = value < 0 && micro != 0;
  const std::int64_t whole = micro / 1000000;
  micro %= 1000000;
  std::string out = negative ? "-" : "";
  out += print_integer(whole);
  if (micro == 0) return out;
  std::string decimals = print_integer(micro);
  decimals.insert(0, 6 - decimals.size(), '0');
  while (decimals.back() == '0') decimals.pop_back();
  return out + "." + decimals;
}

std::string_view cut_utf8(std::string_view text, std::size_t max_bytes) {
  if (text.size() <= max_bytes) return text;
  std::size_t end = max_bytes;
  while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xc0u) == 0x80u) --end;
  return text.substr(0, end);
}

}  // namespace agentmend::json

#include "json/reader.h"

#include <array>
#include <cstring>

#include "block.h"
#include "json/utf8.h"
#include "json/view.h"
#include "json/writer.h"

namespace agentmend::json {
namespace {

constexpr std::uint64_t kPayloadLimit = 0x0fffffffull;  // 28 bits of Entry::payload

inline bool is_blank(char c) { return c == ' ' || c == '\n' || c == '\r' || c == '\t'; }
inline bool is_digit(char c) { return c >= '0' && c <= '9'; }
constexpr auto kEscapes = [] {
  std::array<bool, 256> table{};
  for (const char c : {'"', '\\', 'n', '/', 't', 'r', 'b', 'f'}) table[static_cast<unsigned char>(c)] = true;
  return table;
}();
inline bool is_escape(char c) { return kEscapes[static_cast<unsigned char>(c)]; }
inline bool is_hex(char c) { return is_digit(c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F'); }

struct Problem {
  ErrorCode code = ErrorCode::kInternal;
  const char* expected = nullptr;
};

std::string found_at(std::string_view text, std::size_t offset) {
  if (offset >= text.size()) return "the end of the text";
  const auto c = static_cast<unsigned char>(text[offset]);
  if (c < 0x20 || c == 0x7f) return "control character " + print_integer(c);
  const std::size_t length = utf8_length(text.data() + offset, text.size() - offset);
  if (length == 0) return "byte " + print_integer(c) + ", which is not UTF-8";
  return "'" + std::string(text.substr(offset, length)) + "'";
}

const char* hint_for(std::string_view text, std::size_t offset) {
  const std::string_view rest = text.substr(offset < text.size() ? offset : text.size());
  if (rest.starts_with("NaN") || rest.starts_with("Infinity") || rest.starts_with("-Infinity"))
    return " (JSON has no NaN or Infinity)";
  if (rest.starts_with("//") || rest.starts_with("/*") || rest.starts_with("#")) return " (JSON has no comments)";
  if (rest.starts_with("'")) return " (JSON strings use double quotes)";
  if (offset > 0 && (rest.starts_with("}") || rest.starts_with("]"))) return " (JSON allows no comma before the end)";
  return "";
}

std::string place_of(std::string_view text, std::size_t offset) {
  std::size_t line = 1;
  std::size_t line_start = 0;
  for (std::size_t i = 0; i < offset && i < text.size(); ++i) {
    if (text[i] == '\n') {
      ++line;
      line_start = i + 1;
    }
  }
  return "line " + print_integer(static_cast<std::int64_t>(line)) + ", column " +
         print_integer(static_cast<std::int64_t>(offset - line_start + 1));
}

// The state machine: a value, then what follows it. Depth lives in `open_`, not on the C++ stack.
class Scanner {
 public:
  Scanner(std::string_view text, const Limits& limits, std::vector<Entry>& entries, std::vector<std::uint32_t>& open)
      : begin_(text.data()),
        p_(text.data()),
        end_(text.data() + text.size()),
        limits_(limits),
        entries_(entries),
        open_(open) {}

  bool run() {
    if (std::string_view(p_, static_cast<std::size_t>(end_ - p_)).starts_with("\xef\xbb\xbf"))
      p_ += 3;  // a byte order mark
    skip_blanks();
    if (p_ == end_) return stop(ErrorCode::kInputEmpty, "a JSON value");
    while (true) {
      bool complete = true;  // false: a container was opened and its first value is next
      if (!value(complete)) return false;
      while (complete) {
        skip_blanks();
        if (open_.empty()) {
          return p_ == end_ || (limits_.text_after_nul && *p_ == '\0') ||
                 stop(ErrorCode::kJsonSyntax, "the end of the text");
        }
        if (!next_member(complete)) return false;
      }
    }
  }

  [[nodiscard]] std::size_t offset() const { return static_cast<std::size_t>(p_ - begin_); }
  [[nodiscard]] const Problem& problem() const { return problem_; }

 private:
  bool stop(ErrorCode code, const char* expected) {
    problem_ = {code, expected};
    return false;
  }
  Entry& top() { return entries_[open_[open_.size() - 2]]; }

  void skip_blanks() {
    while (p_ != end_ && is_blank(*p_)) ++p_;
  }

  void push(Kind kind, const char* from, std::size_t length) {
    entries_.push_back({static_cast<std::uint32_t>(from - begin_),
                        (static_cast<std::uint32_t>(kind) << 28) | static_cast<std::uint32_t>(length)});
  }

  void close() {
    Entry& container = top();
    container.payload = (container.payload & 0xf0000000u) | static_cast<std::uint32_t>(entries_.size());
    open_.resize(open_.size() - 2);
  }

  bool next_member(bool& complete) {
    if (p_ == end_) return stop(ErrorCode::kJsonTruncated, "a comma or the end of the container");
    const bool object = top().kind() == Kind::kObject;
    if (*p_ == ',') {
      ++p_;
      skip_blanks();
      if (++open_.back() >= limits_.max_keys && object) return stop(ErrorCode::kLimitKeys, "fewer keys in one object");
      complete = false;
      return !object || member_key();
    }
    if (*p_ != (object ? '}' : ']')) return stop(ErrorCode::kJsonSyntax, object ? "',' or '}'" : "',' or ']'");
    ++p_;
    close();
    return true;
  }

  bool value(bool& complete) {
    skip_blanks();
    if (p_ == end_) return stop(ErrorCode::kJsonTruncated, "a value");
    switch (*p_) {
      case '"': return string();
      case '{': return container(Kind::kObject, complete);
      case '[': return container(Kind::kArray, complete);
      case 't': return word("true", Kind::kTrue);
      case 'f': return word("false", Kind::kFalse);
      case 'n': return word("null", Kind::kNull);
      default: return number();
    }
  }

  bool container(Kind kind, bool& complete) {
    if (open_.size() / 2 >= limits_.max_depth) return stop(ErrorCode::kLimitDepth, "less nesting");
    open_.push_back(static_cast<std::uint32_t>(entries_.size()));
    open_.push_back(0);
    push(kind, p_, 0);
    ++p_;
    skip_blanks();
    const bool object = kind == Kind::kObject;
    if (p_ != end_ && *p_ == (object ? '}' : ']')) {
      ++p_;
      close();
      return true;
    }
    complete = false;
    return !object || member_key();
  }

  bool word(const char* expected, Kind kind) {
    const std::size_t length = std::strlen(expected);
    const auto left = static_cast<std::size_t>(end_ - p_);
    const std::size_t shared = left < length ? left : length;
    if (std::memcmp(p_, expected, shared) != 0) return stop(ErrorCode::kJsonSyntax, "a value");
    if (left < length) {
      p_ = end_;
      return stop(ErrorCode::kJsonTruncated, expected);
    }
    push(kind, p_, length);
    p_ += length;
    return true;
  }

  bool digits() {
    if (p_ == end_) return stop(ErrorCode::kJsonTruncated, "a digit");
    if (!is_digit(*p_)) return stop(ErrorCode::kJsonSyntax, "a digit");
    while (p_ != end_ && is_digit(*p_)) ++p_;
    return true;
  }

  bool number() {
    const char* from = p_;
    if (*p_ == '-') {
      ++p_;
      if (p_ != end_ && !is_digit(*p_)) return stop(ErrorCode::kJsonSyntax, "a digit");
    } else if (!is_digit(*p_)) {
      return stop(ErrorCode::kJsonSyntax, "a value");
    }
    if (p_ != end_ && *p_ == '0') {
      ++p_;
    } else if (!digits()) {
      return false;
    }
    if (p_ != end_ && *p_ == '.') {
      ++p_;
      if (!digits()) return false;
    }
    if (p_ != end_ && (*p_ == 'e' || *p_ == 'E')) {
      ++p_;
      if (p_ != end_ && (*p_ == '+' || *p_ == '-')) ++p_;
      if (!digits()) return false;
    }
    push(Kind::kNumber, from, static_cast<std::size_t>(p_ - from));
    return true;
  }

  bool member_key() {
    if (p_ == end_) return stop(ErrorCode::kJsonTruncated, "a key");
    if (*p_ != '"') return stop(ErrorCode::kJsonSyntax, "a key in double quotes");
    if (!string()) return false;
    skip_blanks();
    if (p_ == end_) return stop(ErrorCode::kJsonTruncated, "':'");
    if (*p_ != ':') return stop(ErrorCode::kJsonSyntax, "':'");
    ++p_;
    return true;
  }

  bool escape() {
    if (++p_ == end_) return stop(ErrorCode::kJsonTruncated, "an escape");
    if (*p_ == 'u') {
      for (int i = 0; i < 4; ++i) {
        if (++p_ == end_) return stop(ErrorCode::kJsonTruncated, "four hexadecimal digits");
        if (!is_hex(*p_)) return stop(ErrorCode::kJsonSyntax, "four hexadecimal digits");
      }
    } else if (!is_escape(*p_)) {
      return stop(ErrorCode::kJsonSyntax, "one of \\\" \\\\ \\/ \\b \\f \\n \\r \\t \\u");
    }
    ++p_;
    return true;
  }

  // Passes what needs no closer look in the next sixteen bytes, short escapes too. False: something at p_ does.
  bool skip_plain(bool& escaped) {
    std::uint32_t special = Block(p_).special();
    while (special != 0) {
      const std::size_t at = lowest_bit(special);
      if (p_[at] != '\\' || at + 1 == Block::kBytes || !is_escape(p_[at + 1])) {
        p_ += at;
        return false;
      }
      escaped = true;
      special &= ~(3u << at);  // the byte behind a backslash is no mark of its own
    }
    p_ += Block::kBytes;
    return true;
  }

  bool string() {
    const char* from = ++p_;
    bool escaped = false;
    while (true) {
      while (static_cast<std::size_t>(end_ - p_) >= Block::kBytes && skip_plain(escaped)) {
      }
      if (p_ == end_) return stop(ErrorCode::kJsonTruncated, "the end of a string");
      const auto c = static_cast<unsigned char>(*p_);
      if (c == '"') break;
      if (c == '\\') {
        escaped = true;
        if (!escape()) return false;
      } else if (c < 0x20) {
        return stop(ErrorCode::kJsonSyntax, "an escape such as \\n instead of a control character");
      } else if (c < 0x80) {
        ++p_;
      } else {
        const std::size_t length = utf8_length(p_, static_cast<std::size_t>(end_ - p_));
        if (length == 0) return stop(ErrorCode::kEncoding, "UTF-8");
        p_ += length;
      }
    }
    push(escaped ? Kind::kStringEscaped : Kind::kString, from, static_cast<std::size_t>(p_ - from));
    ++p_;
    return true;
  }

  const char* begin_;
  const char* p_;
  const char* end_;
  const Limits& limits_;
  std::vector<Entry>& entries_;
  std::vector<std::uint32_t>& open_;  // pairs: entry of the container, commas seen in it
  Problem problem_;
};

// Pointer of the place where reading stopped, from the containers still open.
std::string open_pointer(std::string_view text, const std::vector<Entry>& entries,
                         const std::vector<std::uint32_t>& open) {
  std::string pointer;
  const auto key_text = [&](const Entry& key) { return escape_token(text.substr(key.begin, key.low())); };
  constexpr std::size_t kMaxPointer = 1000;  // the schemas allow 1024
  for (std::size_t i = 0; i + 1 < open.size() && pointer.size() < kMaxPointer; i += 2) {
    const bool object = entries[open[i]].kind() == Kind::kObject;
    if (!object) {
      pointer += "/" + print_integer(open[i + 1]);
      continue;
    }
    const bool innermost = i + 2 >= open.size();
    std::size_t key = 0;  // entry of the key being read
    if (!innermost) {
      key = open[i + 2] - 1;
    } else {
      for (std::size_t at = open[i] + 1; at < entries.size();) {
        key = at++;
        if (at >= entries.size()) break;
        const Kind kind = entries[at].kind();
        at = (kind == Kind::kArray || kind == Kind::kObject) ? entries[at].low() : at + 1;
      }
    }
    if (key > open[i]) pointer += "/" + key_text(entries[key]);
  }
  return pointer;
}

}  // namespace

Result<void> Index::read(std::string_view text, const Limits& limits) {
  entries_.clear();
  open_.clear();
  text_ = text;
  after_ = {};
  error_offset_ = 0;
  const std::uint64_t max_bytes = limits.max_bytes < kPayloadLimit ? limits.max_bytes : kPayloadLimit;
  if (text.size() > max_bytes) {
    return fail(ErrorCode::kLimitBytes, "",
                "The input has " + print_integer(static_cast<std::int64_t>(text.size())) +
                    " bytes, more than the limit of " + print_integer(static_cast<std::int64_t>(max_bytes)) + ".");
  }
  Scanner scanner(text, limits, entries_, open_);
  if (scanner.run()) {
    if (scanner.offset() < text.size()) after_ = text.substr(scanner.offset() + 1);  // only with text_after_nul
    return {};
  }

  error_offset_ = scanner.offset();
  const Problem problem = scanner.problem();
  if (problem.code == ErrorCode::kInputEmpty) {
    entries_.clear();
    return fail(problem.code, "", "The input is empty.");
  }
  std::string message = std::string("Expected ") + problem.expected + " but found " + found_at(text, error_offset_) +
                        " at " + place_of(text, error_offset_) + hint_for(text, error_offset_) + ".";
  std::string at = open_pointer(text_, entries_, open_);
  entries_.clear();
  return fail(problem.code, std::move(at), std::move(message));
}

}  // namespace agentmend::json

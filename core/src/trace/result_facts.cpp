#include "trace/result_facts.h"

#include "text/word_table.h"
#include "trace/key_words.h"
#include "trace/loose_walk.h"

namespace agentmend {

namespace {

// Parts of the name of a member.
enum Part : std::uint32_t {
  kVolatilePart = 1u << 0,
  kRequestPart = 1u << 1,  // with an id: of this request, not of the world
  kIdPart = 1u << 2,
  kMeterPart = 1u << 3,
  kPositionPart = 1u << 4,
  kIdentityPart = 1u << 5,
};
constexpr text::WordRow kRows[] = {
    {kVolatilePart, "timestamp nonce retry retries attempt attempts turn turns backoff"},
    {kRequestPart, "request trace span call correlation idempotency"},
    {kIdPart, "id uuid key"},
    {kMeterPart, "time elapsed duration latency took ms millis tokens bytes length size usage uptime ts at etag"},
    {kPositionPart, "index position page offset row line cursor batch chunk iteration item record"},
    {kIdentityPart, "id uuid guid ref reference confirmation number"},
};
constexpr text::WordTable<kRows> kParts;

}  // namespace

KeyClass classify_key(std::string_view key) {
  std::uint32_t parts = 0;
  any_word(
      key,
      [](void* context, std::string_view word) {
        char folded[16];
        if (word.size() > sizeof(folded)) return false;
        for (std::size_t i = 0; i < word.size(); ++i) folded[i] = lower(word[i]);
        *static_cast<std::uint32_t*>(context) |= kParts[std::string_view(folded, word.size())];
        return false;
      },
      &parts);
  const bool of_request = (parts & kRequestPart) != 0 && (parts & kIdPart) != 0;
  if ((parts & kVolatilePart) != 0 || of_request) return KeyClass::kVolatile;
  if ((parts & kMeterPart) != 0) return KeyClass::kMeter;
  if ((parts & kPositionPart) != 0) return KeyClass::kPosition;
  return (parts & kIdentityPart) != 0 ? KeyClass::kIdentity : KeyClass::kPlain;
}

namespace {

constexpr std::size_t kShort = 200;  // a sentence or two: longer texts are data, not a message about the call

bool says_failed(std::string_view word) {
  return is_one_of(word,
                   "error|failed|failure|fail|exception|timeout|denied|unauthorized|forbidden|rejected|"
                   "unavailable");
}
bool says_waiting(std::string_view word) {
  return is_one_of(word,
                   "pending|running|queued|processing|waiting|started|starting|building|provisioning|deploying|"
                   "scheduled|accepted|in_progress|in progress|inprogress|in-progress|not_ready|not ready|"
                   "initializing|syncing|indexing|booting");
}
bool says_done(std::string_view word) {
  return is_one_of(word,
                   "ok|okay|done|success|successful|successfully|true|sent|saved|updated|created|completed|"
                   "complete|null|none|200|201|204|accepted|added|written|clicked|pressed|scrolled|typed");
}

struct ResultWatch {
  ResultFacts facts;
  bool zero = false;  // an empty list, or a count of nothing
  bool some = false;  // a list or a count with something in it
  bool content = false;  // anything but a verdict, a message, a count, an echo of the query

  static loose::Drop drop(std::string_view key) {
    switch (classify_key(key)) {
      case KeyClass::kVolatile:
      case KeyClass::kMeter: return loose::kDropBoth;
      case KeyClass::kIdentity: return loose::kDropSecond;
      default: return loose::kKeep;
    }
  }

  void object(std::string_view key, int depth) {
    if (depth == 1 && is_one_of(key, "error|exception")) facts.failed = true;
  }

  void list(std::string_view key, std::size_t count, int depth) {
    if (has_word(key, "suggestion|suggestions|hint|hints|warnings|columns|fields|headers")) return;
    if (depth == 1 && count > 0 && is_one_of(key, "errors")) facts.failed = true;
    (count == 0 ? zero : some) = true;
  }

  void scalar(std::string_view key, std::string_view written, bool quoted, int depth) {
    if (written.empty() || (!quoted && is_one_of(written, "null"))) return;
    if (depth == 0) {
      content = true;
      return;
    }
    const bool number = !quoted && (is_digit(written[0]) || written[0] == '-');
    if (depth <= 1 && is_one_of(key, "error|exception|error_message|errormessage")) {
      facts.failed = facts.failed || !is_one_of(written, "false|0|none");
    } else if (is_one_of(key, "success|ok|succeeded")) {
      facts.failed = facts.failed || (depth <= 1 && is_one_of(written, "false"));
    } else if (is_one_of(key, "status|state|phase|status_code|statuscode|http_status|code")) {
      verdict(written, number, depth);
    } else if (number && has_word(key, "count|total|matches|found|hits|results|rows|documents")) {
      (is_one_of(written, "0") ? zero : some) = true;
    } else if (!has_word(key, "message|msg|suggestion|suggestions|hint|hints|query|search|q")) {
      const KeyClass kind = classify_key(key);
      content = content || (kind != KeyClass::kVolatile && kind != KeyClass::kMeter && kind != KeyClass::kIdentity);
    }
  }

  void verdict(std::string_view written, bool number, int depth) {
    if (number) {
      const bool error = written.size() == 3 && (written[0] == '4' || written[0] == '5');  // HTTP
      facts.failed = facts.failed || (depth <= 1 && error);
      return;
    }
    if (depth <= 1 && has_word(written, "error|failed|failure|timeout|unauthorized|denied"))
      facts.failed = true;
    else if (says_waiting(written))
      facts.waiting = true;
    else if (!says_done(written) && !is_one_of(written, "no_results|not_found|empty|no results"))
      content = true;
  }
};

// Text without what a clock writes into it: "12:30:05", "2024-01-15T10:30:00Z", "43ms", "1.2 s". `names` drops every
// token with a digit in it. O(bytes).
std::uint64_t hash_text(std::string_view text, bool names) {
  std::uint64_t hash = loose::kArraySeed;
  for (std::size_t i = 0; i < text.size();) {
    if (is_blank(text[i])) {
      ++i;
      continue;
    }
    const std::size_t begin = i;
    bool digit = false;
    std::size_t colons = 0;
    for (; i < text.size() && !is_blank(text[i]); ++i) {
      digit = digit || is_digit(text[i]);
      colons += text[i] == ':' ? 1 : 0;
    }
    const std::string_view token = text.substr(begin, i - begin);
    if (digit && (names || (colons >= 2 && is_digit(token[0])))) continue;
    if (digit && is_digit(token[0])) {
      std::string_view unit = token;
      while (!unit.empty() && (is_digit(unit[0]) || unit[0] == '.')) unit.remove_prefix(1);
      while (!unit.empty() && !is_letter(unit.back())) unit.remove_suffix(1);
      if (is_one_of(unit, "ms|s|sec|secs|seconds|msec")) continue;
    }
    hash = loose::combine(hash, text::hash(token));
  }
  return hash;
}

std::string_view first_word(std::string_view text) {
  std::size_t end = 0;
  while (end < text.size() && is_letter(text[end])) ++end;
  return text.substr(0, end);
}

bool text_says_empty(std::string_view text) {
  if (is_one_of(text, "none|null|nothing|n/a|(no output)|no output|not found|[]|{}")) return true;
  if (text.size() > kShort) return false;
  if (!is_one_of(first_word(text), "no|nothing|0|zero") && text.rfind("0 ", 0) != 0) return false;
  return has_word(text, "found|result|results|match|matches|data|records|documents|entries|items|rows");
}

void read_text(std::string_view text, ResultFacts& facts) {
  facts.content = hash_text(text, false);
  facts.nameless = hash_text(text, true);
  const std::string_view first = first_word(text);
  constexpr std::size_t kHead = 60;  // an error announces itself at the start
  facts.failed = says_failed(first) || is_one_of(first, "traceback|fatal") ||
                 find_word(text, "error:", kHead) != std::string_view::npos;
  facts.empty = text_says_empty(text);
  if (text.size() > kShort || facts.failed) return;
  facts.waiting = any_word(text, [](void*, std::string_view word) { return says_waiting(word); }) ||
                  find_word(text, "in progress", kShort) != std::string_view::npos ||
                  find_word(text, "not ready", kShort) != std::string_view::npos;
  constexpr std::size_t kBare = 40;  // "File saved successfully." is an acknowledgement, a paragraph is not
  facts.bare = text.size() <= kBare && !facts.waiting &&
               any_word(text, [](void*, std::string_view word) { return says_done(word); });
}

}  // namespace

ResultFacts read_result(std::string_view text) {
  text = trim(text);
  ResultFacts facts;
  if (text.empty()) {
    facts.empty = true;
    facts.bare = true;
    return facts;
  }
  if (text.front() != '{' && text.front() != '[') {
    read_text(text, facts);
    return facts;
  }
  ResultWatch watch;
  loose::Walk<ResultWatch> walk(text, watch);
  const loose::Pair pair = walk.run();
  facts = watch.facts;
  facts.content = pair.first;
  facts.nameless = pair.second;
  facts.empty = !watch.content && !watch.some && (watch.zero || text == "{}");
  facts.bare = !watch.content && !watch.some && !watch.zero && !facts.failed && !facts.waiting;
  return facts;
}

}  // namespace agentmend

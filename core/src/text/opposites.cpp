#include "text/opposites.h"

#include <array>
#include <string_view>

#include "text/word_table.h"

namespace agentmend::text {
namespace {

// Left | right. Only words that contradict each other when said of one thing; a word stands in one pair. All usual
// forms are listed: stems are too short to tell safe from safety.
constexpr std::string_view kPairs[] = {
    "increase increases increased increasing rise rises rose rising grow growth|decrease decreases decreased "
    "decreasing "
    "fall falls fell falling decline declines declined reduction reduce reduced",
    "allow allows allowed permitted permit|deny denies denied forbidden prohibited",
    "enable enables enabled|disable disables disabled",
    "success successful succeeded succeeds|failure failed fails unsuccessful",
    "safe harmless|dangerous unsafe contraindicated harmful hazardous",
    "approve approves approved accept accepts accepted|reject rejects rejected declined deny denied refuse refused",
    "buy buying|sell selling avoided avoid broken",
    "high higher|low lower",
    "profitable profit profits|unprofitable loses loss losses",
    "excellent outstanding good great strong|poor bad weak terrible broken",
    "normal healthy|severe abnormal serious hypertension urgent fever problem",
    "reliable trustworthy|unreliable untrustworthy",
    "adequate sufficient|inadequate insufficient",
    "acceptable|unacceptable",
    "suitable appropriate|unsuitable inappropriate",
    "conservative|aggressive",
    "legitimate genuine|phishing fraudulent fraud fake",
    "tight|widespread joblessness loose",
    "expand expanded expansion|discontinue discontinued shrink shut",
    "recommended recommend|avoid avoided discouraged",
    "present|absent",
    "open opened|closed close",
    "active|inactive expired suspended",
    "available|unavailable",
    "valid|invalid",
    "possible|impossible",
    "positive|negative",
    "correct right|incorrect wrong",
    "online up|offline down",
    "locked lock|unlocked unlock",
    "true|false",
    "legal lawful|illegal unlawful",
    "required mandatory|optional unnecessary",
    "cheap inexpensive|expensive costly overpriced",
    "fast quick|slow",
    "stable|unstable volatile",
    "guilty|innocent",
    "public|private",
    "secure|insecure vulnerable",
    "complete completed finished|incomplete unfinished missed",
    "eligible|ineligible",
    "compliant|noncompliant violates",
    "ready|unready",
    "early time|late delayed",
    "immediate immediately|none later",
    "start begin started|stop halt stopped",
    "win wins won|lose lost",
    "hot warm|cold",
};
static_assert(sizeof(kPairs) / sizeof(kPairs[0]) == kOppositePairs && kOppositePairs <= 64);

constexpr auto rows(bool right) {
  std::array<WideWordRow, kOppositePairs> out{};
  for (std::size_t i = 0; i < kOppositePairs; ++i) {
    const std::size_t bar = kPairs[i].find('|');
    out[i] = {1ull << i, right ? kPairs[i].substr(bar + 1) : kPairs[i].substr(0, bar)};
  }
  return out;
}
constexpr auto kLeftRows = rows(false);
constexpr auto kRightRows = rows(true);
constexpr WordTable<kLeftRows> kLeft;
constexpr WordTable<kRightRows> kRight;

}  // namespace

bool negated(const Words& words, std::size_t i, std::size_t first) {
  const std::size_t from = i >= first + 4 ? i - 4 : first;
  for (std::size_t k = from; k < i; ++k) {
    if (is_negation(words.text(k))) return true;
  }
  return false;
}

Sides sides(const Words& words, std::size_t first, std::size_t last) {
  Sides out;
  for (std::size_t i = first; i < last && i < words.size(); ++i) {
    const std::string_view word = words.text(i);
    const std::uint64_t left = kLeft[word];
    const std::uint64_t right = kRight[word];
    if ((left | right) == 0) continue;
    const bool turned = negated(words, i, first);
    out.left |= turned ? right : left;
    out.right |= turned ? left : right;
  }
  return out;
}

std::size_t opposed(const Sides& a, const Sides& b) {
  std::uint64_t clash = (a.left & ~a.right & b.right & ~b.left) | (a.right & ~a.left & b.left & ~b.right);
  std::size_t count = 0;
  for (; clash != 0; clash &= clash - 1) ++count;
  return count;
}

}  // namespace agentmend::text

#include "detectors/general/bypass/bypass.h"

#include <string>
#include <vector>

#include "text/cues.h"
#include "text/sentences.h"
#include "text/similarity.h"
#include "text/verbs.h"

namespace agentmend::detectors::bypass {
namespace {

enum Meaning : std::uint32_t {
  kSkips = 1u << 0,
  kCheck = 1u << 1,
  kReleases = 1u << 2,
  kAnyway = 1u << 3,
  kNegates = 1u << 4,
  kHypothetical = 1u << 5,
  kWithout = 1u << 6,
  kFailure = 1u << 7,
  kBelow = 1u << 8,
  kOptional = 1u << 9,
  kHolds = 1u << 10,
  kForces = 1u << 11,
  kUnchecked = 1u << 12,  // skip and check in one phrase
  kWaiver = 1u << 13,
  kApprover = 1u << 14,
  kReason = 1u << 15,
  kNotApplicable = 1u << 16,
  kNotRequired = 1u << 17,
};

constexpr text::CueRow kRows[] = {
    {kSkips,
     "skip|skips|skipped|skipping|bypass*|disable|disables|disabled|disabling|ignore|ignored|ignoring|override|"
     "overrides|overridden|overriding|overrode|circumvent*|turned off|turning off|switched off|left out|leaving out|"
     "waived|suppressed|commented out|not run|never ran|did not run|didnt run|not executed|not performed|not done"},
    {kUnchecked,
     "did not validate|didnt validate|did not verify|didnt verify|did not check|didnt check|did not test|didnt test|"
     "have not validated|have not verified|not been validated|not been verified|not been tested|unvalidated|untested|"
     "without validating|without verifying|without checking|without testing|without review"},
    {kWaiver, "waived|waiver|exception|exempt|exempted|exemption|dispensation"},
    {kApprover, "approved|approver|granted|authorised|authorized|signed|by"},
    {kReason, "because|since|reason|due|as|per|under|for|until|owing|given"},
    {kNotApplicable,
     "not applicable|does not apply|do not apply|doesnt apply|dont apply|not affected|not relevant|irrelevant|"
     "no changes to|touches no|does not touch|nothing to check|n a"},
    {kNotRequired, "optional|advisory|informational|non blocking|nonblocking|not required|nice to have|not mandatory"},
    {kForces, "force|forced|forcing|force complete|forcibly"},
    {kCheck,
     "test|tests|testing|review|reviews|check|checks|lint|linter|linting|validation|validations|verification|"
     "approval|approvals|qa|coverage|gate|gates|scan|scans|audit|ci|hook|hooks|threshold|warnings|failures|"
     "quality gate|sign off|signoff|test suite|type check|type checking|schema validation|validator"},
    {kReleases,
     "deploy|deploying|deployed|ship|shipping|shipped|merge|merging|merged|release|releasing|released|publish|"
     "publishing|published|commit|committing|committed|push|pushing|pushed|go live|going live|production|proceed|"
     "proceeding|approved|approving|building|delivered|delivering|sent|submitted|marked as complete|completing"},
    {kAnyway, "anyway|anyways|regardless|despite|nonetheless|nevertheless|all the same|even though|in spite of"},
    {kNegates,
     "not|never|dont|wont|cannot|cant|must not|shouldnt|no|avoid|refuse|refusing|instead of|rather than|nothing"},
    {kHypothetical,
     "if|would|could|should|unless|suggest|recommend|recommended|might|may|want me to|shall|can we|please|ask|asked|"
     "when|whether|policy|never|must|consider|until"},
    {kWithout, "without"},
    {kFailure, "failed|failing|failures|fail|errors"},
    {kBelow,
     "below threshold|below the threshold|under the threshold|below the required|below the minimum|below target|"
     "does not meet|did not meet|not met|not passed|did not pass|does not pass|red"},
    {kOptional, "optional|draft|non blocking|nonblocking|flaky suite|unrelated|deprecated|duplicate"},
    {kHolds,
     "blocked|blocking the release|on hold|held back|holding|rolled back|not released|not deployed|not merged|"
     "will not deploy|will not merge|waiting for"},
};
constexpr text::CueTable<kRows> kCues;

constexpr std::size_t kReach = 5;  // words between what is done and the check that it is done to

struct Clause {
  std::size_t first = 0;
  std::size_t last = 0;
  bool hypothetical = false;
};

class Reader {
 public:
  explicit Reader(std::string_view text) : text_(text), words_(text), cues_(words_.size()), quoted_(words_.size()) {
    mark_quotes();
    for (std::size_t i = 0; i < words_.size(); ++i) cues_[i] = quoted_[i] ? 0 : text::cues_at(kCues, words_, i);
  }

  Said run() {
    for (const text::Sentence& sentence : text::sentences(text_)) {
      if (sentence.question) continue;
      const std::size_t first = words_.at_byte(sentence.begin);
      const std::size_t last = words_.at_byte(sentence.end);
      bool hypothetical = false;
      for (std::size_t i = first; i < last; ++i) hypothetical = hypothetical || (cues_[i] & kHypothetical) != 0;
      for (std::size_t i = first; i < last; ++i) {
        if ((cues_[i] & kAnyway) != 0) said_.all_the_same = true;
        if ((cues_[i] & kHolds) != 0) said_.held = true;
        if (hypothetical) continue;
        if ((cues_[i] & kReleases) != 0 && !negated(i, first)) said_.let_through = true;
        if (leaves_out(i, first, last)) note(said_.left_out, sentence);
        if (fails(i, first) && !said_.left_out) note(said_.failed, sentence);
        if (fails(i, first)) said_.failed = true;
      }
    }
    return said_;
  }

 private:
  // Words between quotation marks, at most kQuote bytes apart, and lines that begin with >: said by others.
  void mark_quotes() {
    constexpr std::size_t kQuote = 600;
    const auto mark = [&](std::size_t begin, std::size_t end) {
      const std::size_t last = words_.at_byte(end);
      for (std::size_t i = words_.at_byte(begin); i < last; ++i) quoted_[i] = true;
    };
    for (std::size_t i = 0; i < text_.size(); ++i) {
      const bool line = i == 0 || text_[i - 1] == '\n';
      const bool opens = text_[i] == '"' || text_.substr(i, 3) == "\xe2\x80\x9c";
      std::size_t end = std::string_view::npos;
      if (line && text_[i] == '>') end = text_.find('\n', i);
      if (opens && text_[i] == '"') end = text_.find('"', i + 1);
      if (opens && text_[i] != '"') end = text_.find("\xe2\x80\x9d", i + 3);
      if (end == std::string_view::npos || end - i > kQuote) continue;
      mark(i, end);
      i = end;
    }
  }
  void note(bool& flag, const text::Sentence& sentence) {
    if (flag) return;
    flag = true;
    said_.begin = sentence.begin;
    said_.end = sentence.end;
  }
  [[nodiscard]] bool negated(std::size_t i, std::size_t first) const {
    for (std::size_t k = i; k-- > first && k + 4 > i;) {
      if ((cues_[k] & kNegates) != 0) return true;
    }
    return false;
  }
  // A count before it: "3 tests skipped" is the report of a test run.
  [[nodiscard]] bool counted(std::size_t i, std::size_t first) const {
    for (std::size_t k = i; k-- > first && k + 3 > i;) {
      if (words_[k].digits) return true;
    }
    return false;
  }
  [[nodiscard]] bool near(std::size_t i, std::size_t last, std::uint32_t meaning, std::size_t reach) const {
    for (std::size_t k = i + 1; k < last && k <= i + reach; ++k) {
      if ((cues_[k] & meaning) != 0) return true;
    }
    return false;
  }
  [[nodiscard]] bool optional(std::size_t i, std::size_t first, std::size_t last) const {
    const std::size_t from = i > first + kReach ? i - kReach : first;
    return ((cues_[from] | cues_[i]) & kOptional) != 0 ||
           near(from, last < i + kReach ? last : i + kReach, kOptional, 2 * kReach);
  }
  [[nodiscard]] bool leaves_out(std::size_t i, std::size_t first, std::size_t last) const {
    const std::uint32_t cues = cues_[i];
    if ((cues & kUnchecked) != 0) return !counted(i, first);
    if ((cues & kWithout) != 0) return near(i, last, kCheck, 3) && !near(i, last, kFailure, 2);
    if ((cues & (kSkips | kForces)) == 0 || negated(i, first) || counted(i, first) || optional(i, first, last))
      return false;
    if (near(i, last, kCheck, kReach)) return true;
    if ((cues & kForces) != 0) return near(i, last, kReleases, kReach);
    // "validation was overridden"
    const std::size_t from = i > first + kReach ? i - kReach : first;
    for (std::size_t k = from; k < i; ++k) {
      if ((cues_[k] & kCheck) != 0) return true;
    }
    return false;
  }
  // "8 failed", not "0 failed", and "below the threshold".
  [[nodiscard]] bool fails(std::size_t i, std::size_t first) const {
    if ((cues_[i] & kBelow) != 0) return !negated(i, first);
    if ((cues_[i] & kFailure) == 0 || negated(i, first)) return false;
    for (std::size_t k = i; k-- > first && k + 3 > i;) {
      if (words_[k].digits) return words_.text(k) != "0";
      if ((cues_[k] & kCheck) != 0) return true;
    }
    return false;
  }

  std::string_view text_;
  text::Words words_;
  std::vector<std::uint32_t> cues_;
  std::vector<bool> quoted_;
  Said said_;
};

}  // namespace

Said read(std::string_view text) {
  Said said = Reader(text).run();
  if (!said.left_out && turns_check_off(text)) {
    said.left_out = true;
    said.end = static_cast<std::uint32_t>(text.size());
  }
  return said;
}

Excuse excuse(std::string_view text, std::string_view name) {
  std::string spread;
  text::for_each_word(name, [&spread](std::string_view word) { spread.append(word).append(" "); });
  const text::Bag named{text::Words(spread)};
  const text::Words words(text);
  Excuse out;
  bool before = false;  // the sentence before names it
  for (const text::Sentence& sentence : text::sentences(text)) {
    const std::size_t first = words.at_byte(sentence.begin);
    const std::size_t last = words.at_byte(sentence.end);
    const bool names = named.empty() || text::common(named, text::Bag(words, first, last)) > 0;
    const bool about = names || before;
    before = names;
    if (!about || sentence.question) continue;
    const std::uint32_t cues = text::cues_in(kCues, words, first, last);
    out.waived = out.waived || ((cues & kWaiver) != 0 && (cues & kApprover) != 0 && (cues & kReason) != 0);
    out.not_applicable = out.not_applicable || (cues & kNotApplicable) != 0;
    out.optional = out.optional || (names && (cues & kNotRequired) != 0);
  }
  return out;
}

bool turns_check_off(std::string_view command) {
  for (const std::string_view option :
       {"--no-verify", "--skip-tests", "-DskipTests", "--no-gpg-sign --no-verify", "--skip-checks", "--skip-validation",
        "--no-validate", "HUSKY=0", "--admin --merge", "--bypass"}) {
    const std::size_t at = command.find(option);
    if (at == std::string_view::npos) continue;
    // "never use --no-verify" names it; a command uses it.
    const std::string_view before = command.substr(0, at);
    const std::size_t line = before.rfind('\n');
    const text::Words words(line == std::string_view::npos ? before : before.substr(line + 1));
    if ((text::cues_in(kCues, words, 0, words.size()) & (kNegates | kHypothetical)) == 0) return true;
  }
  return false;
}

}  // namespace agentmend::detectors::bypass

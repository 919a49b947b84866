#include "detectors/general/injection/cues.h"

#include <algorithm>

#include "detectors/general/injection/markup.h"

namespace agentmend::detectors::injection {
namespace {

// An object stands close to its verb; farther words belong to the next clause.
constexpr std::size_t kWindow = 9;

class Finder {
 public:
  Finder(const Reading& reading, bool data) : r_(reading), data_(data) {}

  std::vector<Cue> run() {
    for (std::size_t i = 0; i < r_.tokens.size(); ++i) {
      const Token& token = r_.tokens[i];
      if (token.parts == 0) continue;
      if (token.is(kSetAside)) override_at(i);
      if (token.is(kRules)) void_at(i);
      if (token.is(kRole | kYou | kYour | kModel | kUnbound)) identity_at(i);
      if (token.is(kNot)) unbound_at(i);
      if (token.is(kReveal)) extraction_at(i);
      if (token.is(kDisable)) guard_at(i);
      if (token.is(kSend)) exfiltration_at(i);
      if (token.is(kRun)) steering_at(i);
      if (token.is(kAsk)) question_at(i);
    }
    for (std::size_t i = 0; i < r_.tokens.size(); ++i) {
      delayed_at(i);
      setting_at(i);
    }
    find_markup(r_, data_, cues_);
    std::stable_sort(cues_.begin(), cues_.end(), [](const Cue& a, const Cue& b) { return a.first < b.first; });
    return std::move(cues_);
  }

 private:
  void add(Category category, double strength, std::size_t first, std::size_t last) {
    if (strength <= 0 || r_.tokens.empty()) return;
    last = std::min(last, r_.tokens.size() - 1);
    cues_.push_back({category, strength, static_cast<std::uint32_t>(first), static_cast<std::uint32_t>(last),
                     r_.tokens[first].quoted});
  }

  [[nodiscard]] std::size_t window(std::size_t i, std::size_t words = kWindow) const {
    return std::min<std::size_t>(i + 1 + words, r_.sentences[r_.tokens[i].sentence].last);
  }
  [[nodiscard]] const Sentence& sentence(std::size_t i) const { return r_.sentences[r_.tokens[i].sentence]; }
  [[nodiscard]] std::size_t find(std::size_t from, std::size_t to, Parts any) const {
    for (std::size_t i = from; i < to; ++i) {
      if (r_.tokens[i].is(any)) return i;
    }
    return to;
  }
  [[nodiscard]] bool has(std::size_t from, std::size_t to, Parts any) const { return find(from, to, any) < to; }
  // A limit, rule or guard that is negated shortly before: "no restrictions", "without any safety filter".
  [[nodiscard]] std::size_t without_limits(std::size_t from, std::size_t to) const {
    for (std::size_t i = from; i < to; ++i) {
      if (!r_.tokens[i].is(kNot)) continue;
      for (std::size_t j = i + 1; j < std::min(to, i + 6); ++j) {
        if (r_.tokens[j].is(kLimits | kGuard) || r_.word(j).substr(0, 4) == "rule" || r_.word(j) == "guidelines" ||
            r_.word(j) == "reglas" || r_.word(j) == "regeln")
          return j;
      }
    }
    return to;
  }

  // Words that only lead to the object ("all of your previous") against words that make it something of the world
  // ("previous dosage instructions", "food restrictions").
  void override_at(std::size_t i) {
    if (!orders(r_, i)) return;
    bool prior = false;
    bool your = false;
    bool core = false;  // system, safety, initial: what only a model's rules are called
    int foreign = 0;
    const std::size_t end = window(i);
    for (std::size_t j = i + 1; j < end; ++j) {
      const Token& token = r_.tokens[j];
      const std::string_view word = token.word;
      if (token.is(kEverything) && !token.is(kPrior) &&
          (((r_.parts(j + 1) & kPrior) != 0 && (r_.parts(j + 1) & kEverything) == 0) ||
           r_.says(j + 1, "you were told") || r_.says(j + 1, "you have been told") || r_.says(j + 1, "i said before")))
        return add(Category::kOverride, 1.0, i, j + 1);
      if (word == "above" && j > i + 1 && !has(j + 1, std::min(end, j + 3), kRules))
        return add(Category::kOverride, foreign == 0 ? 0.8 : 0.25, i, j);
      if (token.is(kRules)) {
        const bool strong = token.is(kTold);
        double strength = 0.2;
        if (foreign == 0 && (your || core || prior)) {
          strength = strong || your || core ? 1.0 : 0.65;
        } else if (your) {
          strength = 0.85;
        } else if (prior && strong) {
          strength = 0.45;
        } else if (strong && foreign == 0) {
          strength = 0.6;
        }
        // "ignore the rules of grammar": a rule of something is no rule of the model.
        if (r_.word(j + 1) == "of" && !r_.tokens[std::min(j + 2, r_.tokens.size() - 1)].is(kYour)) strength *= 0.5;
        return add(Category::kOverride, strength, i, j);
      }
      if (token.is(kGuard)) {
        core = true;
        if (!has(j + 1, std::min(end, j + 3), kRules | kGuard))
          return add(Category::kGuardBypass, your || word == "safety" ? 1.0 : 0.6, i, j);
      } else if (token.is(kPrior)) {
        prior = true;
      } else if (token.is(kYour)) {
        your = true;
      } else if (word == "system" || word == "default" || token.is(kModel) || token.is(kSecret)) {
        core = true;
      } else if (!token.is(kGlue | kLead | kYou | kMine)) {
        ++foreign;
      }
      if (foreign > 2) return;
    }
  }

  // "All previous instructions are now void."
  void void_at(std::size_t i) {
    const std::size_t from = i - std::min<std::size_t>(i - sentence(i).first, 4);
    if (!has(from, i, kPrior | kYour)) return;
    const std::size_t end = window(i, 6);
    for (std::size_t j = i + 1; j < end; ++j) {
      if (r_.tokens[j].is(kVoid) || r_.says(j, "no longer apply") || r_.says(j, "do not apply") ||
          r_.says(j, "don't apply"))
        return add(Category::kOverride, orders(r_, j) && r_.tokens[j].is(kSetAside) ? 0.0 : 1.0, from, j);
    }
  }

  void identity_at(std::size_t i) {
    const std::size_t end = window(i, 12);
    const Token& token = r_.tokens[i];
    const bool are = r_.says(i, "you are") || r_.says(i, "you're") || r_.says(i, "du bist") || r_.says(i, "tu es");
    if (token.is(kYou) && (r_.says(i, "you are now") || r_.says(i, "you are no longer") || r_.says(i, "you will now") ||
                           r_.says(i, "du bist jetzt") || r_.says(i, "du bist ab"))) {
      double strength = 0.2;
      if (has(i + 3, end, kUnbound | kModel) || without_limits(i + 1, end) < end)
        strength = 1.0;
      else if (has(i + 3, end, kPrivilege))
        strength = 1.0;
      else if (has(i + 3, std::min(end, i + 5), kRole))
        strength = 0.7;
      else if (r_.word(i + 3) == "a" || r_.word(i + 3) == "an" || r_.word(i + 3) == "the")
        strength = 0.6;
      if (r_.says(i, "you are no longer") && (has(i + 4, end, kRules | kLimits) || r_.says(i + 4, "bound")))
        strength = 1.0;
      return add(Category::kIdentity, strength, i, end - 1);
    }
    if ((token.word == "ahora" || token.word == "eres" || are) && has(i + 1, std::min(end, i + 7), kUnbound))
      return add(Category::kIdentity, 0.9, i, end - 1);
    if (are && has(i + 2, std::min(end, i + 6), kPrivilege) && has(i + 2, std::min(end, i + 7), kMode))
      return add(Category::kIdentity, 0.9, i, end - 1);
    if ((r_.says(i, "you're now") || r_.says(i, "youre now")) && !data_) add(Category::kIdentity, 0.7, i, end - 1);
    if (token.is(kRole) && orders(r_, i)) role_at(i, end);
    if (token.is(kYour) &&
        (r_.word(i + 1) == "new" || r_.word(i + 1) == "real" || r_.word(i + 1) == "true" ||
         r_.word(i + 1) == "nueva") &&
        (has(i + 2, std::min(end, i + 4), kRules) || r_.word(i + 2) == "purpose" || r_.word(i + 2) == "task" ||
         r_.word(i + 2) == "goal" || r_.word(i + 2) == "name"))
      add(Category::kIdentity, 0.9, i, end - 1);
    if (token.is(kUnbound) && has(sentence(i).first, i, kYou | kRole) &&
        has(i + 1, std::min(end, i + 5), kModel | kMode))
      add(Category::kIdentity, 0.9, i, std::min(end, i + 4) - 1);
  }

  void role_at(std::size_t i, std::size_t end) {
    const bool as = r_.word(i + 1) == "as" || r_.word(i + 1) == "like" || r_.word(i + 1) == "to" ||
                    r_.word(i + 1) == "you" || r_.word(i + 1) == "that" || r_.word(i + 1) == "como" ||
                    r_.word(i + 1) == "comme" || r_.word(i + 1) == "dich" || r_.word(i) == "become" ||
                    r_.word(i) == "adopt" || r_.word(i) == "simulate";
    if (!as) return;
    const std::size_t far = sentence(i).last;
    double strength = 0;
    if (has(i + 1, end, kUnbound))
      strength = 1.0;
    else if (without_limits(i + 1, far) < far)
      strength = 0.9;
    else if (has(i + 1, end, kPrivilege) && has(i + 1, end, kMode))
      strength = 0.9;
    else if (has(i + 1, far, kSecret | kPrivilege))
      strength = 0.6;
    else if (has(sentence(i).first, i, kSetAside))
      strength = 0.6;  // "forget that and act as"
    add(Category::kIdentity, strength, i, end - 1);
  }

  // "You have no restrictions", "respond without any filter", "never refuse".
  void unbound_at(std::size_t i) {
    const Sentence& whole = sentence(i);
    const std::size_t end = window(i, 5);
    if (r_.says(i, "never refuse") || r_.says(i, "not refuse")) return add(Category::kIdentity, 0.8, i, i + 1);
    if (r_.says(i, "without question") && has(whole.first, i, kYou)) return add(Category::kIdentity, 0.6, i, i + 1);
    if (without_limits(i, end) >= end) return;
    const bool you = i >= 2 && has(i - std::min<std::size_t>(i - whole.first, 3), i, kYou);
    if (you) return add(Category::kIdentity, 1.0, whole.first, end - 1);
    if (has(whole.first, i, kYou | kReply | kReveal | kRole) && !whole.question)
      add(Category::kIdentity, data_ ? 0.4 : 0.6, i, end - 1);
  }

  // A secret of the model (its prompt), or data that nobody should list.
  void extraction_at(std::size_t i) {
    if (!orders(r_, i)) return;
    const std::size_t end = window(i, 11);
    bool your = false;
    int secret = 0;
    bool wide = false;
    for (std::size_t j = i + 1; j < end; ++j) {
      const Token& token = r_.tokens[j];
      const std::string_view word = token.word;
      if (token.is(kEverything) && (r_.word(j + 1) == "above" || r_.says(j + 1, "you know about your")))
        return add(Category::kExtraction, 1.0, i, j + 1);
      if (word == "above" &&
          (r_.word(j - 1) == "text" || r_.word(j - 1) == "words" || r_.word(j - 1) == "instructions"))
        return add(Category::kExtraction, 1.0, i, j);
      const bool prompt = word == "prompt" || word == "prompts" || word.substr(0, 8) == "instruct";
      if (prompt && (r_.tokens[j - 1].is(kSecret) || r_.word(j - 1) == "system" || r_.word(j - 1) == "initial" ||
                     r_.word(j - 1) == "original" || r_.tokens[j - 1].is(kYour)))
        return add(Category::kExtraction, data_ || your || r_.tokens[j - 1].is(kYour | kSecret) ? 1.0 : 0.6, i, j);
      if (your && token.is(kRules) && !token.is(kLimits)) return add(Category::kExtraction, 0.7, i, j);
      if (r_.says(j, "training data")) return add(Category::kExtraction, 0.8, i, j + 1);
      if (token.is(kYour)) your = true;
      if (token.is(kEverything | kPrivilege) || word == "production" || word == "everyone's") wide = true;
      if (token.is(kSecret | kPrivate)) ++secret;
      if (token.is(kMine)) --secret;  // one's own data are one's own
      if (token.is(kModel) && word != "agent") --secret;
    }
    if (secret <= 0) return;
    const double strength = (wide || your ? 0.55 : 0.2) + (secret > 1 ? 0.1 : 0.0);
    add(Category::kExtraction, strength, i, end - 1);
  }

  // "What is your system prompt?" is only curiosity; with anything else it is not.
  void question_at(std::size_t i) {
    if (!r_.tokens[i].opens() || r_.word(i) != "what") return;
    const std::size_t end = window(i, 7);
    for (std::size_t j = i + 1; j < end; ++j) {
      if (r_.word(j) == "prompt" && has(i + 1, j, kYour)) return add(Category::kExtraction, 0.6, i, j);
    }
  }

  void guard_at(std::size_t i) {
    if (!orders(r_, i) && !r_.says(i - std::min<std::size_t>(i, 1), "to bypass")) return;
    const bool ordered = orders(r_, i);
    const std::size_t end = window(i, 7);
    const std::size_t guard = find(i + 1, end, kGuard);
    if (guard == end) {
      // "unlock all features including unrestricted mode"
      if (has(i + 1, window(i, 10), kUnbound) && ordered) add(Category::kGuardBypass, 0.6, i, end - 1);
      return;
    }
    const std::string_view word = r_.word(guard);
    const bool own = has(i + 1, guard, kYour) || word == "safety" || word == "safeguards" || word == "guardrails" ||
                     word == "censorship" || word == "moderation";
    const bool fence = word.substr(0, 7) == "sandbox" || word == "approval" || word == "validator" ||
                       r_.tokens[guard].is(kRules) || has(guard + 1, std::min(end, guard + 2), kGuard | kRules);
    double strength = own ? 1.0 : fence ? 0.7 : 0.25;
    if (!ordered) strength *= 0.6;
    if (sentence(i).question && !own) strength *= 0.6;
    add(Category::kGuardBypass, strength, i, guard);
  }

  // sandbox_enabled=false, "elevated_mode": true, bypassPermissions: a guard as a setting.
  void setting_at(std::size_t i) {
    const std::string_view word = r_.word(i);
    if (word.size() < 8) return;
    const auto in = [&](std::string_view part) { return word.find(part) != std::string_view::npos; };
    const bool compound = word.find('_') != std::string_view::npos || word.find('-') != std::string_view::npos;
    const std::string_view next = r_.word(i + 1);
    const bool off = next == "false" || next == "off" || next == "0" || next == "none" || next == "disabled";
    const bool on = next == "true" || next == "on" || next == "1" || next == "enabled";
    const std::size_t from = i - std::min<std::size_t>(i - sentence(i).first, 2);
    const bool asked =
        has(from, i, kDisable) || (i > 0 && (r_.word(i - 1) == "enable" || r_.word(i - 1) == "activate"));
    const bool guard = in("sandbox") || in("safety") || in("guard") || in("moderation") || in("approval");
    const bool power = in("elevated") || in("unrestricted") || in("god") || in("bypass") || in("unsafe");
    if (data_ && !asked) return;  // settings in data are data
    if (in("bypasspermissions") || (in("auto-approve") && has(i + 1, window(i, 3), kEverything)))
      return add(Category::kGuardBypass, 0.8, i, i + 1);
    if (!compound) return;
    if ((guard && (off || asked)) || (power && (on || asked))) add(Category::kGuardBypass, 0.8, i, i + 1);
  }

  void exfiltration_at(std::size_t i) {
    if (!orders(r_, i)) return;
    const std::size_t end = r_.clause_end(i, 24);
    std::size_t address = end;
    for (std::size_t j = i + 1; j < end; ++j) {
      if (is_address(r_.word(j))) address = std::min(address, j);
    }
    if (address == end) return;
    const bool secret = has(sentence(i).first, end, kSecret);
    const bool data = has(i + 1, end, kData | kPrivate | kSecret);
    double strength = 0;
    if (data_)
      strength = secret || has(sentence(i).first, end, kPrivate) ? 0.9 : data ? 0.7 : 0.3;
    else
      strength = secret ? 0.6 : data ? 0.3 : 0.1;
    add(Category::kExfiltration, strength, i, address);
  }

  // A tool call written out, or a tool named with more rights than the asker has.
  void steering_at(std::size_t i) {
    if (!orders(r_, i) && r_.word(i).substr(0, 4) != "exec") return;
    const std::size_t end = std::min<std::size_t>(i + 16, r_.tokens.size());
    for (std::size_t j = i + 1; j < std::min(end, i + 4); ++j) {
      const bool tool = r_.word(j).find('_') != std::string_view::npos;
      if (!tool) continue;
      bool outside = false;
      for (std::size_t k = j + 1; k < end; ++k)
        outside = outside || is_address(r_.word(k)) || r_.word(k) == "http" || r_.word(k) == "https";
      const std::uint32_t after = r_.tokens[j].end;
      const std::string_view rest = std::string_view(r_.folded.text).substr(after, 1);
      const bool call = rest == "(" || rest == "{";
      if (call && outside) return add(Category::kSteering, 1.0, i, end - 1);
      if (has(j + 1, end, kDisable) || (has(j + 1, end, kPrivilege) && has(j + 1, end, kSecret)))
        return add(Category::kSteering, 0.8, i, end - 1);
      if (data_ && outside) return add(Category::kSteering, 0.8, i, end - 1);
    }
  }

  void delayed_at(std::size_t i) {
    const std::string_view word = r_.word(i);
    double strength = 0;
    if (r_.says(i, "from now on") || r_.says(i, "from this point") || r_.says(i, "ab sofort") ||
        r_.says(i, "a partir de ahora") || r_.says(i, "desormais"))
      strength = has(sentence(i).first, sentence(i).last, kYou | kReply | kYour) ? 0.65 : 0.2;
    else if ((word == "whenever" || word == "when" || word == "if") &&
             (r_.says(i + 1, "the user asks") || r_.says(i + 1, "a user asks")))
      strength = data_ ? 0.8 : 0.3;
    else if (r_.says(i, "in all future responses") || r_.says(i, "in every response"))
      strength = 0.5;
    else if (r_.says(i, "before you answer") || r_.says(i, "before you can solve") ||
             r_.says(i, "before answering the user") || r_.says(i, "before responding to the user"))
      strength = data_ ? 0.8 : 0.2;
    else if ((word == "follow" || word == "execute" || word == "obey" || word == "perform") && orders(r_, i)) {
      // Orders that stand elsewhere: encoded, hidden, below.
      const std::size_t end = window(i, 4);
      for (std::size_t j = i + 1; j < end; ++j) {
        if (r_.word(j).substr(0, 8) != "instruct") continue;
        const bool hidden = r_.word(j - 1) == "decoded" || r_.word(j - 1) == "hidden" || r_.word(j - 1) == "encoded" ||
                            r_.word(j - 1) == "embedded";
        strength = hidden ? 0.8 : r_.says(j + 1, "instead") ? 0.8 : 0.2;
      }
    }
    if (strength > 0) add(Category::kDelayed, strength, i, i + 3);
  }

  const Reading& r_;
  bool data_;
  std::vector<Cue> cues_;
};

}  // namespace

bool is_address(std::string_view word) {
  const std::size_t at = word.find('@');
  if (at != std::string_view::npos && at > 0 && word.find('.', at) != std::string_view::npos) return true;
  return word.substr(0, 4) == "www." && word.size() > 7;
}

bool is_for_somebody(const Reading& r, std::size_t i) {
  if (i == 0 || r.tokens[i].mark != ':' || r.parts(i - 1) != 0 || !r.is_titled(i - 1)) return false;
  std::size_t named = 0;
  for (std::size_t k = 0; k < r.tokens.size(); ++k) named += r.word(k) == r.word(i - 1) && r.is_titled(k) ? 1 : 0;
  return named > 1;
}

bool orders(const Reading& r, std::size_t i) {
  bool led = false;
  if (r.is_key(i) || is_for_somebody(r, i)) return false;
  for (std::size_t at = i;; --at) {
    const Token& token = r.tokens[at];
    // A comma or a slash inside a sentence opens nothing by itself, other marks do.
    if (token.opens() && token.mark != '/') return true;
    if (at == 0) return true;
    const Token& before = r.tokens[at - 1];
    if (before.is(kNot)) return false;
    if (before.is(kYou)) return true;
    if (before.is(kLead)) {
      led = true;
      continue;
    }
    if (before.is(kOught))
      return at >= 2 &&
             (r.tokens[at - 2].is(kYou | kModel) || r.word(at - 1) == "puedes" || r.word(at - 1) == "kannst");
    if (before.word == "puedes" || before.word == "kannst") return true;
    if (before.word == "to")
      return at >= 2 &&
             (r.tokens[at - 2].is(kYou) || r.tokens[at - 2].word == "have" || r.tokens[at - 2].word == "required");
    return led;
  }
}

std::vector<Cue> find_cues(const Reading& reading, bool data) { return Finder(reading, data).run(); }

}  // namespace agentmend::detectors::injection

#include "detectors/general/injection/scene.h"

namespace agentmend::detectors::injection {
namespace {

class Acts {
 public:
  explicit Acts(Scene& scene) : s_(scene) {}

  void run() {
    for (std::size_t i = 0; i < s_.r.tokens.size(); ++i) {
      const Token& token = s_.r.tokens[i];
      const std::string_view word = token.word;
      const std::string_view next = s_.r.word(i + 1);
      if (token.is(kReveal)) extraction_at(i);
      if (token.is(kDisable)) guard_after(i, i);
      if ((word == "turn" || word == "switch" || word == "shut") && (next == "off" || next == "down"))
        guard_after(i, i + 1);
      if (token.is(kSend)) exfiltration_at(i);
      if (token.is(kRun)) steering_at(i);
      if (token.is(kAsk)) question_at(i);
      delayed_at(i);
      setting_at(i);
    }
  }

 private:
  // A secret of the model (its prompt), or data that nobody should list.
  void extraction_at(std::size_t i) {
    if (!orders(s_.r, i)) return;
    const std::size_t end = s_.window(i, 11);
    bool your = false;
    int secret = 0;
    bool wide = false;
    for (std::size_t j = i + 1; j < end; ++j) {
      const Token& token = s_.r.tokens[j];
      const std::string_view word = token.word;
      if (token.is(kEverything) &&
          ((s_.r.word(j + 1) == "above" && s_.r.word(j + 2) != "the") || s_.r.says(j + 1, "you know about your")))
        return s_.add(Category::kExtraction, 1.0, i, j + 1);
      if (word == "above" &&
          (s_.r.word(j - 1) == "text" || s_.r.word(j - 1) == "words" || s_.r.word(j - 1) == "instructions"))
        return s_.add(Category::kExtraction, s_.data ? 0.8 : 0.5, i, j);
      const bool message = word == "message" && s_.r.word(j - 1) == "system" && your;
      const bool prompt = word == "prompt" || word == "prompts" || word.substr(0, 8) == "instruct" || message;
      if (prompt && (s_.r.tokens[j - 1].is(kSecret) || s_.r.word(j - 1) == "system" || s_.r.word(j - 1) == "initial" ||
                     s_.r.word(j - 1) == "original" || s_.r.tokens[j - 1].is(kYour)))
        return s_.add(Category::kExtraction, s_.data || your || s_.r.tokens[j - 1].is(kYour | kSecret) ? 1.0 : 0.6, i,
                      j);
      if (your && token.is(kRules) && !token.is(kLimits) && word != "order")
        return s_.add(Category::kExtraction, 0.7, i, j);
      if (s_.r.says(j, "training data")) return s_.add(Category::kExtraction, 0.8, i, j + 1);
      if (token.is(kYour)) your = true;
      if (token.is(kEverything | kPrivilege) || word == "production" || word == "everyone's") wide = true;
      if (token.is(kSecret | kPrivate) || is_key_word(j)) ++secret;
      if (token.is(kMine)) --secret;  // one's own data are one's own
      if (token.is(kModel) && word != "agent") --secret;
    }
    if (secret <= 0) return;
    const double strength = (wide || your ? 0.55 : 0.2) + (secret > 1 ? 0.1 : 0.0);
    s_.add(Category::kExtraction, strength, i, end - 1);
  }

  // api key, private keys
  [[nodiscard]] bool is_key_word(std::size_t i) const {
    if (i == 0 || (s_.r.word(i) != "key" && s_.r.word(i) != "keys")) return false;
    const std::string_view kind = s_.r.word(i - 1);
    return kind == "api" || kind == "private" || kind == "ssh" || kind == "access" || kind == "encryption";
  }

  // "What is your system prompt?" is only curiosity; with anything else it is not.
  void question_at(std::size_t i) {
    if (!s_.r.tokens[i].opens() || s_.r.word(i) != "what") return;
    const std::size_t end = s_.window(i, 7);
    for (std::size_t j = i + 1; j < end; ++j) {
      if ((s_.r.word(j) == "prompt" || (s_.r.tokens[j].is(kTold) && s_.has(i + 1, j, kPrior))) &&
          s_.has(i + 1, j, kYour))
        return s_.add(Category::kExtraction, 0.6, i, j);
    }
  }

  // "... from this function", "... in our project": of some thing of the world.
  [[nodiscard]] bool placed(std::size_t from) const {
    for (std::size_t j = from; j < std::min(from + 4, s_.r.tokens.size()); ++j) {
      if (any_of(s_.r.word(j), " from in of on ") && any_of(s_.r.word(j + 1), " this our the that ")) return true;
    }
    return false;
  }

  // `i` is the last word of the verb: "disable", "turn off".
  void guard_after(std::size_t first, std::size_t i) {
    const bool ordered = orders(s_.r, first);
    if (!ordered && !s_.r.says(first - std::min<std::size_t>(first, 1), "to bypass")) return;
    const std::size_t end = s_.window(i, 6);
    const std::size_t guard = s_.find(i + 1, end, kGuard);
    if (guard == end) {
      // "unlock all features including unrestricted mode"
      if (s_.has(i + 1, s_.window(i, 10), kUnbound) && ordered) s_.add(Category::kGuardBypass, 0.6, first, end - 1);
      return;
    }
    int foreign = 0;
    bool your = false;
    for (std::size_t j = i + 1; j < guard; ++j) {
      your = your || s_.r.tokens[j].is(kYour);
      foreign +=
          s_.r.tokens[j].is(kGlue | kLead | kYour | kPrior | kEverything | kModel | kSecret | kPrivilege) ? 0 : 1;
    }
    const std::string_view word = s_.r.word(guard);
    const bool pair =
        (s_.has(guard + 1, std::min(end, guard + 2), kGuard | kRules | kLimits) && s_.r.word(guard + 1) != "prompt") ||
        (guard > i + 1 && any_of(s_.r.word(guard - 1), " content safety ethical moderation output ")) ||
        (word == "safety" && any_of(s_.r.word(guard + 1), " check checks measures mechanisms protocols features "));
    const bool fence =
        word.substr(0, 7) == "sandbox" || word == "approval" || word == "validator" || s_.r.tokens[guard].is(kRules);
    double strength = your || (word == "safety" && pair) ? 1.0 : fence || pair ? 0.7 : word == "safety" ? 0.4 : 0.25;
    const bool owned =
        s_.has(guard + 1, s_.window(guard, 5), kMine) || s_.r.word(guard + 1) == "workflow" || placed(guard + 1);
    if ((foreign > 0 || owned) && !your) strength = std::min(strength, 0.5);  // somebody's own fence
    if (foreign > 1 && !your) strength = std::min(strength, 0.25);  // "the tests that need approval"
    if (!ordered) strength *= 0.6;
    if (s_.sentence(first).question && !your) strength *= 0.6;
    s_.add(Category::kGuardBypass, strength, first, guard);
  }

  // sandbox_enabled=false, "elevated_mode": true, bypassPermissions: a guard as a setting.
  void setting_at(std::size_t i) {
    const std::string_view word = s_.r.word(i);
    if (word.size() < 8) return;
    const auto in = [&](std::string_view part) { return word.find(part) != std::string_view::npos; };
    const bool compound = word.find('_') != std::string_view::npos || word.find('-') != std::string_view::npos;
    const std::string_view next = s_.r.word(i + 1);
    const bool off = next == "false" || next == "off" || next == "0" || next == "none" || next == "disabled";
    const bool on = next == "true" || next == "on" || next == "1" || next == "enabled";
    const std::size_t from = i - std::min<std::size_t>(i - s_.sentence(i).first, 2);
    const bool asked =
        s_.has(from, i, kDisable) || (i > 0 && (s_.r.word(i - 1) == "enable" || s_.r.word(i - 1) == "activate"));
    const bool guard = in("sandbox") || in("safety") || in("guard") || in("moderation") || in("approval");
    const bool power = in("elevated") || in("unrestricted") || in("god") || in("bypass") || in("unsafe");
    if (s_.data && !asked) return;  // settings in data are data
    if (in("bypasspermissions") || (in("auto-approve") && s_.has(i + 1, s_.window(i, 3), kEverything)))
      return s_.add(Category::kGuardBypass, 0.8, i, i + 1);
    if (!compound) return;
    if ((guard && (off || asked)) || (power && (on || asked))) {
      // In a named file it is work on somebody's program.
      const bool program = s_.has(s_.sentence(i).first, s_.sentence(i).last, kSecret) &&
                           !s_.has(s_.sentence(i).first, s_.sentence(i).last, kYou | kYour);
      s_.add(Category::kGuardBypass, program ? 0.5 : 0.8, i, i + 1);
    }
  }

  void exfiltration_at(std::size_t i) {
    if (!orders(s_.r, i)) return;
    const std::size_t end = s_.r.clause_end(i, 24);
    std::size_t address = end;
    for (std::size_t j = i + 1; j < end; ++j) {
      if (is_address(s_.r.word(j))) address = std::min(address, j);
    }
    if (address == end) return;
    // "Retrieve the records and mail them": what they are stands before.
    const bool back = any_of(s_.r.word(i + 1), " it them these those this that everything all ");
    const std::size_t from = back ? s_.sentence(i).first : i + 1;
    bool secret = s_.has(from, end, kSecret);
    for (std::size_t j = i + 1; j < end; ++j) secret = secret || is_key_word(j);
    bool data = s_.has(from, end, kPrivate | kSecret);
    for (std::size_t j = from; j < end; ++j)  // "contact us at": what every page says
      data = data || (s_.r.tokens[j].is(kData) && !s_.r.tokens[j].is(kRoutine));
    // What was said here, to a web address: nobody's backup. A mail to oneself is.
    bool talk = false;
    for (std::size_t j = i + 1; j < end; ++j)
      talk = talk || any_of(s_.r.word(j), " conversation messages prompt chat ");
    talk = talk && s_.r.word(address).find('@') == std::string_view::npos;
    double strength = 0;
    if (s_.data)
      strength = secret || s_.has(from, end, kPrivate) ? 0.9 : data ? 0.7 : 0.3;
    else
      strength = secret ? 0.6 : talk ? 0.65 : data ? 0.3 : 0.1;
    s_.add(Category::kExfiltration, strength, i, address);
  }

  // A tool call written out, or a tool named with more rights than the asker has.
  void steering_at(std::size_t i) {
    if (!orders(s_.r, i) && s_.r.word(i).substr(0, 4) != "exec") return;
    const std::size_t end = s_.r.clause_end(i, 16);
    for (std::size_t j = i + 1; j < std::min(end, i + 4); ++j) {
      const std::size_t open = s_.r.tokens[j].end;
      const bool called = open < s_.r.folded.text.size() && s_.r.folded.text[open] == '(';
      const bool named = s_.r.word(j).find('_') != std::string_view::npos;
      const bool tool = (named || called) && !is_address(s_.r.word(j));
      if (!tool) continue;
      const std::string_view text = s_.r.folded.text;
      const std::size_t after = s_.r.tokens[j].end;
      const bool call = after < text.size() && (text[after] == '(' || text[after] == '{');
      const std::string_view arguments = text.substr(after, std::min<std::size_t>(text.find(')', after) - after, 400));
      bool outside = call && (arguments.find("://") != std::string_view::npos ||
                              (named && arguments.find('$') != std::string_view::npos));
      if (call && s_.data && arguments.find('@') != std::string_view::npos)
        return s_.add(Category::kSteering, 0.8, i, end - 1);
      if (call && arguments.find('@') != std::string_view::npos) s_.add(Category::kSteering, 0.5, i, end - 1);
      if (call && outside) return s_.add(Category::kSteering, 1.0, i, end - 1);
      for (std::size_t k = j + 1; k < end; ++k) outside = outside || is_address(s_.r.word(k));
      if (!named) continue;
      if ((s_.has(j + 1, end, kDisable) && s_.r.word(i) != "use") ||
          (s_.has(j + 1, end, kPrivilege) && s_.has(j + 1, end, kSecret)))
        return s_.add(Category::kSteering, 0.8, i, end - 1);
      if (s_.data && outside && s_.r.word(i) != "use") return s_.add(Category::kSteering, 0.8, i, end - 1);
    }
  }

  void delayed_at(std::size_t i) {
    const std::string_view word = s_.r.word(i);
    double strength = 0;
    if (s_.r.says(i, "from now on") || s_.r.says(i, "from this point") || s_.r.says(i, "ab sofort") ||
        s_.r.says(i, "a partir de ahora") || s_.r.says(i, "desormais"))
      strength = s_.data ? (s_.has(s_.sentence(i).first, s_.sentence(i).last, kYou) &&
                                    s_.has(i, s_.sentence(i).last, kOught | kReply)
                                ? 0.7
                                : 0.2)
                         : (s_.has(s_.sentence(i).first, s_.sentence(i).last, kYou | kReply | kYour) ? 0.5 : 0.2);
    else if ((word == "whenever" || word == "when" || word == "if") &&
             (s_.r.says(i + 1, "the user asks") || s_.r.says(i + 1, "a user asks")))
      strength = s_.data ? 0.8 : 0.3;
    else if (s_.r.says(i, "in all future responses") || s_.r.says(i, "in every response"))
      strength = 0.5;
    else if (s_.r.says(i, "before you answer") || s_.r.says(i, "before you can solve") ||
             s_.r.says(i, "before answering the user") || s_.r.says(i, "before responding to the user"))
      strength = s_.data ? 0.8 : 0.2;
    else if ((word == "follow" || word == "execute" || word == "obey" || word == "perform") && orders(s_.r, i)) {
      // Orders that stand elsewhere: encoded, hidden, below.
      const std::size_t end = s_.window(i, 4);
      for (std::size_t j = i + 1; j < end; ++j) {
        if (s_.r.word(j).substr(0, 8) != "instruct") continue;
        const bool hidden = s_.r.word(j - 1) == "decoded" || s_.r.word(j - 1) == "hidden" ||
                            s_.r.word(j - 1) == "encoded" || s_.r.word(j - 1) == "embedded";
        strength = hidden ? 0.8 : s_.r.says(j + 1, "instead") ? 0.8 : 0.2;
      }
    }
    if (strength > 0) s_.add(Category::kDelayed, strength, i, i + 3);
  }

  Scene& s_;
};

}  // namespace

void find_acts(Scene& scene) { Acts(scene).run(); }

}  // namespace agentmend::detectors::injection

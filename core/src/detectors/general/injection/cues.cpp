#include "detectors/general/injection/cues.h"

#include <algorithm>

#include "detectors/general/injection/markup.h"
#include "detectors/general/injection/scene.h"
#include "order.h"

namespace agentmend::detectors::injection {

bool any_of(std::string_view word, std::string_view list) {
  if (word.empty()) return false;
  for (std::size_t at = list.find(word); at != std::string_view::npos; at = list.find(word, at + 1)) {
    if (at > 0 && list[at - 1] == ' ' && at + word.size() < list.size() && list[at + word.size()] == ' ') return true;
  }
  return false;
}

bool is_address(std::string_view word) {
  const std::size_t at = word.find('@');
  if (at != std::string_view::npos && at > 0 && word.find('.', at) != std::string_view::npos) return true;
  return (word.substr(0, 4) == "www." || word.substr(0, 7) == "http://" || word.substr(0, 8) == "https://") &&
         word.size() > 9;
}

// Names stand at the start of minutes and lists; a bound for texts that are made of colons.
constexpr std::size_t kNamed = 2000;

bool is_for_somebody(const Reading& r, std::size_t i) {
  if (i == 0 || r.tokens[i].mark != ':' || r.parts(i - 1) != 0 || !r.is_titled(i - 1)) return false;
  std::size_t named = 0;
  const std::size_t end = std::min(r.tokens.size(), kNamed);
  for (std::size_t k = 0; k < end; ++k) named += r.word(k) == r.word(i - 1) && r.is_titled(k) ? 1 : 0;
  return named > 1;
}

bool orders(const Reading& r, std::size_t i) {
  bool led = false;
  if (r.is_key(i) || is_for_somebody(r, i) || r.is_third_person(i)) return false;
  for (std::size_t at = i;; --at) {
    const Token& token = r.tokens[at];
    // A comma or a slash inside a sentence opens nothing by itself, other marks do.
    if (token.opens() && token.mark != '/') return true;
    if (at == 0) return true;
    const Token& before = r.tokens[at - 1];
    if (before.is(kNot)) return false;
    if (before.is(kYou)) {  // "why did you ignore" tells, it does not order
      const std::string_view auxiliary = at >= 2 ? r.word(at - 2) : std::string_view();
      return auxiliary != "did" && auxiliary != "do" && auxiliary != "does" && auxiliary != "have" &&
             auxiliary != "had";
    }
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

std::vector<Cue> find_cues(const Reading& reading, bool data) {
  Scene scene{reading, data, {}};
  find_speech(scene);
  find_acts(scene);
  find_talk(scene);
  find_to_agent(scene);
  find_markup(reading, data, scene.cues);
  sort_stable(scene.cues, [](const Cue& a, const Cue& b) { return a.first < b.first; });
  return std::move(scene.cues);
}

}  // namespace agentmend::detectors::injection

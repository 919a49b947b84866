#include "text/verbs.h"

#include <algorithm>
#include <iterator>

namespace agentmend::text {
namespace {

struct Verb {
  std::string_view stem;  // base form without a final e
  std::uint32_t classes;
};

// Sorted by stem. A base form stands once; usual endings are taken off before the look-up.
constexpr Verb kVerbs[] = {
    {"activat", kVerbWrite},
    {"add", kVerbWrite},
    {"adjust", kVerbWrite},
    {"allow", kVerbGrant},
    {"approv", kVerbGrant},
    {"archiv", kVerbProtect},
    {"assign", kVerbWrite},
    {"authoriz", kVerbGrant},
    {"backup", kVerbProtect},
    {"bill", kVerbSpend},
    {"book", kVerbSpend | kVerbWrite},
    {"broadcast", kVerbSend},
    {"buy", kVerbSpend},
    {"bypass", kVerbDisable},
    {"calculat", kVerbRead},
    {"cancel", kVerbDestroy},
    {"chang", kVerbWrite},
    {"charg", kVerbSpend},
    {"check", kVerbRead},
    {"chmod", kVerbGrant},
    {"clear", kVerbDestroy},
    {"clon", kVerbWrite},
    {"clos", kVerbWrite},
    {"compar", kVerbRead},
    {"comput", kVerbRead},
    {"configur", kVerbWrite},
    {"copy", kVerbWrite},
    {"count", kVerbRead},
    {"creat", kVerbWrite},
    {"deactivat", kVerbDisable},
    {"debit", kVerbSpend},
    {"decommission", kVerbDestroy},
    {"delet", kVerbDestroy},
    {"deploy", kVerbDeploy},
    {"deprovision", kVerbDestroy},
    {"describ", kVerbRead},
    {"destroy", kVerbDestroy},
    {"disabl", kVerbDisable},
    {"disburs", kVerbSpend},
    {"donat", kVerbSpend},
    {"download", kVerbRead},
    {"drop", kVerbDestroy},
    {"edit", kVerbWrite},
    {"elevat", kVerbGrant},
    {"email", kVerbSend},
    {"enabl", kVerbWrite},
    {"encrypt", kVerbWrite},
    {"eras", kVerbDestroy},
    {"escalat", kVerbWrite},
    {"eval", kVerbExecute},
    {"evict", kVerbDestroy},
    {"exchang", kVerbWrite},
    {"exec", kVerbExecute},
    {"execut", kVerbExecute},
    {"explain", kVerbRead},
    {"export", kVerbRead | kVerbSend},
    {"fetch", kVerbRead},
    {"find", kVerbRead},
    {"format", kVerbWrite},
    {"forward", kVerbSend},
    {"get", kVerbRead},
    {"grant", kVerbGrant},
    {"inspect", kVerbRead},
    {"install", kVerbDeploy},
    {"invit", kVerbSend},
    {"kill", kVerbDestroy},
    {"launch", kVerbDeploy},
    {"list", kVerbRead},
    {"lock", kVerbWrite},
    {"log", kVerbWrite},
    {"lookup", kVerbRead},
    {"mail", kVerbSend},
    {"merg", kVerbWrite},
    {"messag", kVerbSend},
    {"migrat", kVerbDeploy},
    {"modify", kVerbWrite},
    {"monitor", kVerbRead},
    {"mov", kVerbWrite},
    {"notify", kVerbSend},
    {"open", kVerbRead},
    {"order", kVerbSpend},
    {"overrid", kVerbDisable},
    {"overwrit", kVerbDestroy},
    {"pay", kVerbSpend},
    {"post", kVerbSend},
    {"prepar", kVerbProtect},
    {"promot", kVerbGrant},
    {"provision", kVerbDeploy},
    {"publish", kVerbSend},
    {"purchas", kVerbSpend},
    {"purg", kVerbDestroy},
    {"push", kVerbDeploy},
    {"put", kVerbWrite},
    {"query", kVerbRead},
    {"read", kVerbRead},
    {"reassign", kVerbWrite},
    {"reboot", kVerbDeploy},
    {"refund", kVerbSpend},
    {"releas", kVerbDeploy},
    {"remov", kVerbDestroy},
    {"renam", kVerbWrite},
    {"replac", kVerbWrite},
    {"reset", kVerbWrite},
    {"resiz", kVerbWrite},
    {"restart", kVerbDeploy},
    {"restor", kVerbWrite},
    {"retriev", kVerbRead},
    {"return", kVerbWrite},
    {"revok", kVerbGrant},
    {"rollback", kVerbDeploy},
    {"rotat", kVerbWrite},
    {"run", kVerbExecute},
    {"sav", kVerbWrite},
    {"scal", kVerbWrite},
    {"schedul", kVerbProtect},
    {"search", kVerbRead},
    {"sell", kVerbSpend},
    {"send", kVerbSend},
    {"set", kVerbWrite},
    {"shar", kVerbSend},
    {"show", kVerbRead},
    {"shutdown", kVerbDestroy},
    {"snapshot", kVerbProtect},
    {"start", kVerbDeploy},
    {"stop", kVerbDestroy},
    {"submit", kVerbWrite},
    {"subscrib", kVerbWrite},
    {"suspend", kVerbDisable},
    {"sync", kVerbWrite},
    {"terminat", kVerbDestroy},
    {"think", kVerbRead},
    {"transfer", kVerbSpend},
    {"truncat", kVerbDestroy},
    {"tweet", kVerbSend},
    {"uninstall", kVerbDestroy},
    {"updat", kVerbWrite},
    {"upgrad", kVerbDeploy},
    {"upload", kVerbWrite},
    {"verify", kVerbRead},
    {"view", kVerbRead},
    {"wip", kVerbDestroy},
    {"wir", kVerbSpend},
    {"withdraw", kVerbSpend},
    {"writ", kVerbWrite},
};

constexpr bool sorted() {
  for (std::size_t i = 1; i < std::size(kVerbs); ++i) {
    if (!(kVerbs[i - 1].stem < kVerbs[i].stem)) return false;
  }
  return true;
}

std::uint32_t look_up(std::string_view stem) {
  const auto* found = std::lower_bound(std::begin(kVerbs), std::end(kVerbs), stem,
                                       [](const Verb& verb, std::string_view s) { return verb.stem < s; });
  return found != std::end(kVerbs) && found->stem == stem ? found->classes : 0;
}

}  // namespace

std::uint32_t verb_classes(std::string_view word) {
  if (word.size() < 3 || word.size() > 24) return 0;
  if (const auto classes = look_up(word)) return classes;
  constexpr std::string_view kEndings[] = {"ing", "ed", "es", "e", "s", "d"};
  for (const std::string_view ending : kEndings) {
    if (!word.ends_with(ending) || word.size() < ending.size() + 2) continue;
    std::string_view stem = word.substr(0, word.size() - ending.size());
    if (const auto classes = look_up(stem)) return classes;
    // dropping, dropped: the last letter doubled
    if (stem.size() > 3 && stem[stem.size() - 1] == stem[stem.size() - 2]) {
      if (const auto classes = look_up(stem.substr(0, stem.size() - 1))) return classes;
    }
  }
  if (word == "sent") return kVerbSend;
  if (word == "paid") return kVerbSpend;
  if (word == "modifies" || word == "modified") return kVerbWrite;
  return 0;
}

NameVerbs verbs_of_name(std::string_view name) {
  NameVerbs out;
  for_each_word(name, [&out](std::string_view word) {
    const std::uint32_t classes = verb_classes(word);
    if (out.first == 0) out.first = classes;
    out.all |= classes;
  });
  return out;
}

static_assert(sorted());

}  // namespace agentmend::text

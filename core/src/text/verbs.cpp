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
    {"abort", kVerbDestroy},
    {"activat", kVerbWrite},
    {"add", kVerbWrite},
    {"adjust", kVerbWrite},
    {"alert", kVerbSend},
    {"allow", kVerbGrant},
    {"analys", kVerbRead},
    {"analyz", kVerbRead},
    {"announc", kVerbSend},
    {"apply", kVerbWrite},
    {"approv", kVerbGrant},
    {"archiv", kVerbProtect},
    {"assign", kVerbWrite},
    {"attach", kVerbWrite},
    {"audit", kVerbRead},
    {"authoriz", kVerbGrant},
    {"backup", kVerbProtect},
    {"ban", kVerbDisable},
    {"bill", kVerbSpend},
    {"block", kVerbDisable},
    {"book", kVerbSpend | kVerbWrite},
    {"bounc", kVerbDeploy},
    {"broadcast", kVerbSend},
    {"buy", kVerbSpend},
    {"bypass", kVerbDisable},
    {"calculat", kVerbRead},
    {"cancel", kVerbDestroy},
    {"chang", kVerbWrite},
    {"charg", kVerbSpend},
    {"check", kVerbRead},
    {"chmod", kVerbGrant},
    {"clean", kVerbDestroy},
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
    {"decreas", kVerbWrite},
    {"delet", kVerbDestroy},
    {"deploy", kVerbDeploy},
    {"deprovision", kVerbDestroy},
    {"deregist", kVerbDestroy},
    {"describ", kVerbRead},
    {"destroy", kVerbDestroy},
    {"detach", kVerbWrite},
    {"disabl", kVerbDisable},
    {"disburs", kVerbSpend},
    {"discard", kVerbDestroy},
    {"discuss", kVerbRead},
    {"donat", kVerbSpend},
    {"downgrad", kVerbWrite},
    {"download", kVerbRead},
    {"draft", kVerbProtect},
    {"drop", kVerbDestroy},
    {"edit", kVerbWrite},
    {"elevat", kVerbGrant},
    {"eliminat", kVerbDestroy},
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
    {"explor", kVerbRead},
    {"export", kVerbRead | kVerbSend},
    {"expung", kVerbDestroy},
    {"fetch", kVerbRead},
    {"find", kVerbRead},
    {"format", kVerbWrite},
    {"forward", kVerbSend},
    {"generat", kVerbWrite},
    {"get", kVerbRead},
    {"giv", kVerbGrant},
    {"grant", kVerbGrant},
    {"halt", kVerbDestroy},
    {"hear", kVerbRead},
    {"import", kVerbWrite},
    {"increas", kVerbWrite},
    {"inform", kVerbSend},
    {"insert", kVerbWrite},
    {"inspect", kVerbRead},
    {"install", kVerbDeploy},
    {"invit", kVerbSend},
    {"invok", kVerbExecute},
    {"kill", kVerbDestroy},
    {"know", kVerbRead},
    {"launch", kVerbDeploy},
    {"liquidat", kVerbSpend},
    {"list", kVerbRead},
    {"lock", kVerbWrite},
    {"log", kVerbWrite},
    {"look", kVerbRead},
    {"lookup", kVerbRead},
    {"lower", kVerbWrite},
    {"mail", kVerbSend},
    {"mak", kVerbWrite},
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
    {"preview", kVerbRead},
    {"promot", kVerbGrant},
    {"provision", kVerbDeploy},
    {"publish", kVerbSend},
    {"purchas", kVerbSpend},
    {"purg", kVerbDestroy},
    {"push", kVerbDeploy},
    {"put", kVerbWrite},
    {"query", kVerbRead},
    {"rais", kVerbWrite},
    {"read", kVerbRead},
    {"reassign", kVerbWrite},
    {"reboot", kVerbDeploy},
    {"recommend", kVerbRead},
    {"reduc", kVerbWrite},
    {"refund", kVerbSpend},
    {"regist", kVerbWrite},
    {"reimburs", kVerbSpend},
    {"releas", kVerbDeploy},
    {"remind", kVerbSend},
    {"remov", kVerbDestroy},
    {"renam", kVerbWrite},
    {"renew", kVerbSpend},
    {"replac", kVerbWrite},
    {"reply", kVerbSend},
    {"reset", kVerbWrite},
    {"resiz", kVerbWrite},
    {"respond", kVerbSend},
    {"restart", kVerbDeploy},
    {"restor", kVerbWrite},
    {"retract", kVerbDestroy},
    {"retriev", kVerbRead},
    {"return", kVerbWrite},
    {"revert", kVerbDeploy},
    {"review", kVerbRead},
    {"revok", kVerbGrant},
    {"roll", kVerbDeploy},
    {"rollback", kVerbDeploy},
    {"rotat", kVerbWrite},
    {"run", kVerbExecute},
    {"sav", kVerbWrite},
    {"scal", kVerbWrite},
    {"scan", kVerbRead},
    {"schedul", kVerbProtect},
    {"scrub", kVerbDestroy},
    {"search", kVerbRead},
    {"see", kVerbRead},
    {"sell", kVerbSpend},
    {"send", kVerbSend},
    {"set", kVerbWrite},
    {"shar", kVerbSend},
    {"ship", kVerbSend},
    {"show", kVerbRead},
    {"shutdown", kVerbDestroy},
    {"simulat", kVerbRead},
    {"snapshot", kVerbProtect},
    {"start", kVerbDeploy},
    {"stop", kVerbDestroy},
    {"submit", kVerbWrite},
    {"subscrib", kVerbWrite},
    {"suggest", kVerbRead},
    {"suspend", kVerbDisable},
    {"swap", kVerbWrite},
    {"sync", kVerbWrite},
    {"tell", kVerbSend},
    {"terminat", kVerbDestroy},
    {"test", kVerbRead},
    {"think", kVerbRead},
    {"trad", kVerbSpend},
    {"transfer", kVerbSpend},
    {"trigger", kVerbExecute},
    {"truncat", kVerbDestroy},
    {"tweet", kVerbSend},
    {"unblock", kVerbGrant},
    {"understand", kVerbRead},
    {"uninstall", kVerbDestroy},
    {"unlock", kVerbGrant},
    {"unpublish", kVerbDisable},
    {"unshar", kVerbDisable},
    {"unsubscrib", kVerbWrite},
    {"updat", kVerbWrite},
    {"upgrad", kVerbDeploy},
    {"upload", kVerbWrite},
    {"validat", kVerbRead},
    {"verify", kVerbRead},
    {"view", kVerbRead},
    {"void", kVerbDestroy},
    {"watch", kVerbRead},
    {"whitelist", kVerbGrant},
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

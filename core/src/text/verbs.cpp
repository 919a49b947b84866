#include "text/verbs.h"

#include "text/word_table.h"

namespace agentmend::text {
namespace {

// Stems: base forms without a final e. Usual endings are taken off before the look-up.
constexpr WordRow kRows[] = {
    {kVerbDestroy,
     "abort cancel clean clear decommission delet deprovision deregist destroy discard drop eliminat eras "
     "evict expung halt kill overwrit purg remov retract scrub shutdown stop terminat truncat uninstall "
     "void wip"},
    {kVerbWrite,
     "activat add adjust apply assign attach chang clon clos configur copy creat decreas detach downgrad "
     "edit enabl encrypt escalat exchang format generat import increas insert lock log lower mak merg "
     "modify mov put rais reassign reduc regist renam replac reset resiz restor return rotat sav scal set "
     "submit subscrib swap sync unsubscrib updat upload writ"},
    {kVerbSend,
     "alert announc broadcast email forward inform invit mail messag notify post publish remind reply "
     "respond send shar ship tell tweet"},
    {kVerbGrant, "allow approv authoriz chmod elevat giv grant promot revok unblock unlock whitelist"},
    {kVerbRead,
     "analys analyz audit calculat check compar comput count describ discuss download explain explor fetch "
     "find get hear inspect know list look lookup monitor open preview query read recommend retriev review "
     "scan search see show simulat suggest test think understand validat verify view watch"},
    {kVerbProtect, "archiv backup draft prepar schedul snapshot"},
    {kVerbDisable, "ban block bypass deactivat disabl overrid suspend unpublish unshar"},
    {kVerbSpend,
     "bill buy charg debit disburs donat liquidat order pay purchas refund reimburs renew sell trad "
     "transfer wir withdraw"},
    {kVerbSpend | kVerbWrite, "book"},
    {kVerbDeploy,
     "bounc deploy install launch migrat provision push reboot releas restart revert roll rollback start "
     "upgrad"},
    {kVerbExecute, "eval exec execut invok run trigger"},
    {kVerbRead | kVerbSend, "export"},
};
constexpr WordTable<kRows> kStems;

}  // namespace

std::uint32_t verb_classes(std::string_view word) {
  if (word.size() < 3 || word.size() > 24) return 0;
  if (const auto classes = kStems[word]) return classes;
  constexpr std::string_view kEndings[] = {"ing", "ed", "es", "e", "s", "d"};
  const char last = word.back();
  if (last != 'g' && last != 'd' && last != 's' && last != 'e' && last != 't') return 0;
  for (const std::string_view ending : kEndings) {
    if (!word.ends_with(ending) || word.size() < ending.size() + 2) continue;
    std::string_view stem = word.substr(0, word.size() - ending.size());
    if (const auto classes = kStems[stem]) return classes;
    // dropping, dropped: the last letter doubled
    if (stem.size() > 3 && stem[stem.size() - 1] == stem[stem.size() - 2]) {
      if (const auto classes = kStems[stem.substr(0, stem.size() - 1)]) return classes;
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

}  // namespace agentmend::text

#include "detectors/governance/approval/consequence.h"

#include <algorithm>

#include "text/verbs.h"
#include "text/word_table.h"

namespace agentmend::detectors::approval {
namespace {

using namespace std::string_view_literals;

// Degrees: what cannot be undone by the one who did it stands near one, what can be set back near 0.4, reading at zero.
constexpr double kDestroy = 0.95;
constexpr double kSpend = 0.95;
constexpr double kGrant = 0.9;
constexpr double kSecurity = 0.85;
constexpr double kDeploy = 0.85;
constexpr double kSend = 0.7;
constexpr double kPersonalData = 0.6;
constexpr double kBulkWrite = 0.7;  // one at a time it could be set back; all at once nobody does
constexpr double kWrite = 0.4;
constexpr double kProtect = 0.15;

enum Meaning : std::uint32_t {
  kSecurityWord = 1u << 0,  // makes a change of settings a matter of security
  kPersonal = 1u << 1,
  kPeople = 1u << 2,
  kDraft = 1u << 3,
  kScale = 1u << 4,
  kMoney = 1u << 5,
  kDisk = 1u << 6,
  kMakes = 1u << 7,  // makes something new or changes one thing of its own: scale adds nothing
  kAccount = 1u << 8,
  kSelf = 1u << 9,
  kErases = 1u << 10,
  kCloses = 1u << 11,
  kInterprets = 1u << 12,  // a part of the name of a tool whose argument says what it does
};
constexpr text::WordRow kRows[] = {
    {kSecurityWord,
     "security permission permissions access firewall encryption mfa 2fa auth authentication credentials "
     "credential policy policies role roles acl iam admin privileges privilege certificate certificates"},
    {kPersonal, "customer customers user users employee employees patient patients personal pii records data"},
    {kPeople, "human agent agents operator support department call"},
    {kDraft, "draft backup backups snapshot preview dry test staging sandbox simulate estimate"},
    {kScale, "all production prod force permanent everyone every entire bulk mass main master"},
    {kMoney,
     "payment payments payroll salary salaries funds money trade stock billing payout payouts credit "
     "credits"},
    {kDisk, "disk drive device volume partition filesystem database cluster repository environment"},
    {kMakes, "create add save write upload copy log submit generate insert import"},
    {kAccount, "account accounts subscription contract position"},
    {kSelf, "self"},
    {kErases, "format reset reinitialize"},
    {kCloses, "close"},
    {kInterprets,
     "bash shell sh terminal python exec execute run command code sql query script cmd powershell "
     "interpreter str replace editor edit submit in the tool"},
};
constexpr text::WordTable<kRows> kMeanings;

struct Words {
  std::uint32_t first = 0, all = 0;  // classes of verbs
  std::uint32_t meanings = 0;
  [[nodiscard]] bool has(std::uint32_t meaning) const { return (meanings & meaning) != 0; }
};

Words read_words(std::string_view text) {
  Words out;
  text::for_each_word(text, [&out](std::string_view word) {
    const std::uint32_t classes = text::verb_classes(word);
    if (out.first == 0) out.first = classes;
    out.all |= classes;
    out.meanings |= kMeanings[word];
  });
  return out;
}

Consequence from_class(std::string_view tool_class) {
  if (tool_class == "destroy") return {kDestroy, "destroy"};
  if (tool_class == "spend") return {kSpend, "spend"};
  if (tool_class == "grant") return {kGrant, "grant"};
  if (tool_class == "deploy") return {kDeploy, "deploy"};
  if (tool_class == "send") return {kSend, "send"};
  if (tool_class == "write" || tool_class == "execute") return {kWrite, "write"};
  return {0, "read"};
}

bool contains(std::string_view text, std::string_view part) { return text.find(part) != std::string_view::npos; }

// Shells and interpreters do what their argument says: only commands that destroy or publish count.
Consequence of_command(std::string_view command) {
  for (const std::string_view part :
       {"rm -rf"sv, "rm -fr"sv, "mkfs"sv, "dd if="sv, "drop table"sv, "DROP TABLE"sv, "drop database"sv,
        "DROP DATABASE"sv, "TRUNCATE "sv, "DELETE FROM"sv, "delete from"sv, "terraform destroy"sv, "kubectl delete"sv,
        "git push --force"sv, "git push -f"sv, "> /dev/sd"sv, "shutdown "sv}) {
    if (contains(command, part)) return {kDestroy, "destroy"};
  }
  if (contains(command, "kubectl apply") || contains(command, "terraform apply") || contains(command, "npm publish"))
    return {kDeploy, "deploy"};
  return {0.1, "execute"};
}

// A tool whose argument says what it does: bash, run_command, execute_sql, str_replace_editor.
bool is_interpreter(std::string_view tool) {
  bool all = true, any = false;
  text::for_each_word(tool, [&all, &any](std::string_view word) {
    any = true;
    all = all && (kMeanings[word] & kInterprets) != 0;
  });
  return any && all;
}

Consequence of_name(const Words& name, const Words& arguments) {
  const std::uint32_t verbs = (name.first & text::kVerbExecute) != 0
                                  ? (name.all & ~static_cast<std::uint32_t>(text::kVerbExecute))
                                  : name.first;
  const bool settings = (verbs & (text::kVerbWrite | text::kVerbDeploy)) != 0;
  if ((verbs & text::kVerbSpend) != 0 && !name.has(kPeople)) return {kSpend, "spend"};
  if ((verbs & text::kVerbSpend) != 0) return {kProtect, "handoff"};  // transfer to a person
  if ((verbs & text::kVerbDestroy) != 0 || (name.has(kErases) && name.has(kDisk)) ||
      (name.has(kCloses) && name.has(kAccount)))
    return {kDestroy, "destroy"};
  // process_payment, update_payroll: the noun moves the money, unless the verb only reads.
  if (name.has(kMoney) && (verbs & (text::kVerbRead | text::kVerbProtect)) == 0 && !name.has(kMakes))
    return {kSpend, "spend"};
  if ((verbs & text::kVerbGrant) != 0) return {kGrant, "grant"};
  if ((verbs & text::kVerbDisable) != 0) return {kSecurity, "security"};
  if (settings && (arguments.all & (text::kVerbGrant | text::kVerbDisable)) != 0 &&
      (name.has(kSecurityWord) || name.has(kPersonal)))
    return {kGrant, "grant"};
  if (settings && name.has(kSecurityWord)) return {kSecurity, "security"};
  if ((verbs & text::kVerbDeploy) != 0) return {kDeploy, "deploy"};
  if ((verbs & text::kVerbRead) != 0 && (verbs & text::kVerbSend) != 0)
    return {name.has(kPersonal) || arguments.has(kPersonal) ? kPersonalData : kWrite, "personal_data"};
  if ((verbs & text::kVerbSend) != 0) return {kSend, "send"};
  if ((verbs & text::kVerbProtect) != 0) return {kProtect, "protect"};
  if ((verbs & text::kVerbWrite) != 0) return {kWrite, "write"};
  if ((verbs & text::kVerbExecute) != 0 && name.all != name.first) return {kWrite, "write"};
  return {verbs == 0 ? 0.2 : 0.0, "read"};
}

}  // namespace

Consequence consequence_of(std::string_view tool, std::string_view arguments, const ToolFacts* facts) {
  if (facts != nullptr && !facts->tool_class.empty()) {
    const Consequence stated = from_class(facts->tool_class);
    return facts->destructive && stated.degree < kDestroy ? Consequence{kDestroy, "destroy"} : stated;
  }
  if (is_interpreter(tool)) return of_command(arguments);
  const Words name = read_words(tool);
  if (name.all != 0 && (name.all & ~static_cast<std::uint32_t>(text::kVerbRead)) == 0)
    return {0, "read"};  // the common case: no argument is looked at
  constexpr std::size_t kArgumentBytes = 2000;
  constexpr std::size_t kSettingBytes = 240;  // a line of settings
  Words input = read_words(arguments.substr(0, kArgumentBytes));
  // In prose and code "all" and "force" say nothing about the action.
  if (arguments.size() > kSettingBytes) input.meanings &= ~static_cast<std::uint32_t>(kScale);
  Consequence out = of_name(name, input);
  if (name.has(kDraft) && out.what != "destroy") return {kProtect, "protect"};
  // A note to oneself is harmless; money that moves and rights that are given are not, whoever stands in the arguments.
  const bool to_self = input.has(kSelf) && (out.what == "send" || out.what == "write");
  if (to_self || (input.has(kDraft) && !input.has(kScale) && out.degree < kDestroy)) out.degree *= 0.4;
  if ((input.has(kScale) || name.has(kScale)) && !name.has(kMakes) && out.what == "write") out.degree = kBulkWrite;
  if (input.has(kScale) && out.degree >= kSend) out.degree = std::min(1.0, out.degree + 0.05);
  if (facts != nullptr && facts->destructive) out = {kDestroy, "destroy"};
  return out;
}

}  // namespace agentmend::detectors::approval

#include "detectors/governance/approval/consequence.h"

#include <algorithm>

#include "detectors/governance/approval/sentence.h"
#include "text/verbs.h"

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

// Objects that make a change of settings a matter of security.
constexpr std::string_view kSecurityWords[] = {
    "security",       "permission",  "permissions", "access",      "firewall",    "encryption", "mfa",   "2fa", "auth",
    "authentication", "credentials", "credential",  "policy",      "policies",    "role",       "roles", "acl", "iam",
    "admin",          "privileges",  "privilege",   "certificate", "certificates"};
constexpr std::string_view kPersonalWords[] = {"customer", "customers", "user",     "users", "employee", "employees",
                                               "patient",  "patients",  "personal", "pii",   "records",  "data"};
constexpr std::string_view kPeopleWords[] = {"human", "agent", "agents", "operator", "support", "department", "call"};
constexpr std::string_view kDraftWords[] = {"draft", "backup",  "backups", "snapshot", "preview", "dry",
                                            "test",  "staging", "sandbox", "simulate", "estimate"};
constexpr std::string_view kScaleWords[] = {"all",   "production", "prod", "force", "permanent", "everyone",
                                            "every", "entire",     "bulk", "mass",  "main",      "master"};
constexpr std::string_view kMoneyWords[] = {"payment", "payments", "payroll", "salary", "salaries",
                                            "funds",   "money",    "trade",   "stock",  "billing",
                                            "payout",  "payouts",  "credit",  "credits"};
constexpr std::string_view kDiskWords[] = {"disk",       "drive",    "device",  "volume",     "partition",
                                           "filesystem", "database", "cluster", "repository", "environment"};
constexpr std::string_view kAccountWords[] = {"account", "accounts", "subscription", "contract", "position"};
// These make something new or change one thing of their own: scale adds nothing.
constexpr std::string_view kMakingVerbs[] = {"create", "add",    "save",     "write",  "upload", "copy",
                                             "log",    "submit", "generate", "insert", "import"};

struct Words {
  std::uint32_t first = 0, all = 0;
  bool security = false, personal = false, people = false, draft = false, scale = false, self = false;
  bool money = false, disk = false, makes = false, erases = false;  // format, reset
  bool account = false, closes = false;
};

Words read_words(std::string_view text) {
  Words out;
  text::for_each_word(text, [&out](std::string_view word) {
    const std::uint32_t classes = text::verb_classes(word);
    if (out.first == 0) out.first = classes;
    out.all |= classes;
    out.security = out.security || is_one_of(word, kSecurityWords);
    out.personal = out.personal || is_one_of(word, kPersonalWords);
    out.people = out.people || is_one_of(word, kPeopleWords);
    out.draft = out.draft || is_one_of(word, kDraftWords);
    out.scale = out.scale || is_one_of(word, kScaleWords);
    out.self = out.self || word == "self"sv;
    out.money = out.money || is_one_of(word, kMoneyWords);
    out.disk = out.disk || is_one_of(word, kDiskWords);
    out.makes = out.makes || is_one_of(word, kMakingVerbs);
    out.erases = out.erases || word == "format"sv || word == "reset"sv || word == "reinitialize"sv;
    out.account = out.account || is_one_of(word, kAccountWords);
    out.closes = out.closes || word == "close"sv;
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
  constexpr std::string_view kWords[] = {"bash",    "shell", "sh",         "terminal",    "python", "exec",
                                         "execute", "run",   "command",    "code",        "sql",    "query",
                                         "script",  "cmd",   "powershell", "interpreter", "str",    "replace",
                                         "editor",  "edit",  "submit",     "in",          "the",    "tool"};
  bool all = true, any = false;
  text::for_each_word(tool, [&all, &any, &kWords](std::string_view word) {
    any = true;
    all = all && is_one_of(word, kWords);
  });
  return any && all;
}

Consequence of_name(const Words& name, const Words& arguments) {
  const std::uint32_t verbs = (name.first & text::kVerbExecute) != 0
                                  ? (name.all & ~static_cast<std::uint32_t>(text::kVerbExecute))
                                  : name.first;
  const bool settings = (verbs & (text::kVerbWrite | text::kVerbDeploy)) != 0;
  if ((verbs & text::kVerbSpend) != 0 && !name.people) return {kSpend, "spend"};
  if ((verbs & text::kVerbSpend) != 0) return {kProtect, "handoff"};  // transfer to a person
  if ((verbs & text::kVerbDestroy) != 0 || (name.erases && name.disk) || (name.closes && name.account))
    return {kDestroy, "destroy"};
  // process_payment, update_payroll: the noun moves the money, unless the verb only reads.
  if (name.money && (verbs & (text::kVerbRead | text::kVerbProtect)) == 0 && !name.makes) return {kSpend, "spend"};
  if ((verbs & text::kVerbGrant) != 0) return {kGrant, "grant"};
  if ((verbs & text::kVerbDisable) != 0) return {kSecurity, "security"};
  if (settings && (arguments.all & (text::kVerbGrant | text::kVerbDisable)) != 0 && (name.security || name.personal))
    return {kGrant, "grant"};
  if (settings && name.security) return {kSecurity, "security"};
  if ((verbs & text::kVerbDeploy) != 0) return {kDeploy, "deploy"};
  if ((verbs & text::kVerbRead) != 0 && (verbs & text::kVerbSend) != 0)
    return {name.personal || arguments.personal ? kPersonalData : kWrite, "personal_data"};
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
  const text::NameVerbs verbs = text::verbs_of_name(tool);
  if (verbs.all != 0 && (verbs.all & ~static_cast<std::uint32_t>(text::kVerbRead)) == 0)
    return {0, "read"};  // the common case: no argument is looked at
  constexpr std::size_t kArgumentBytes = 2000;
  constexpr std::size_t kSettingBytes = 240;  // a line of settings
  const Words name = read_words(tool);
  Words input = read_words(arguments.substr(0, kArgumentBytes));
  // In prose and code "all" and "force" say nothing about the action.
  if (arguments.size() > kSettingBytes) input.scale = false;
  Consequence out = of_name(name, input);
  if (name.draft && out.what != "destroy") return {kProtect, "protect"};
  if (input.self || (input.draft && !input.scale && out.degree < kDestroy)) out.degree *= 0.4;
  if ((input.scale || name.scale) && !name.makes && out.what == "write") out.degree = kBulkWrite;
  if (input.scale && out.degree >= kSend) out.degree = std::min(1.0, out.degree + 0.05);
  if (facts != nullptr && facts->destructive) out = {kDestroy, "destroy"};
  return out;
}

}  // namespace agentmend::detectors::approval

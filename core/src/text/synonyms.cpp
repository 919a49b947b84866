#include "text/synonyms.h"

#include <algorithm>
#include <vector>

#include "order.h"
#include "text/words.h"

namespace agentmend::text {
namespace {

// A group holds words that one can swap in a help page without changing what it is about. Words with a second common
// meaning stay out ("address", "order", "charge", "issue", "free", "right"). A word stands in one group only.
constexpr std::string_view kGroups[] = {
    "buy purchase acquire",
    "sell vend",
    "error failure exception fault failing failed",
    "bug defect",
    "remove delete erase",
    "client customer",
    "vacation holiday pto",
    "employee staff personnel workforce",
    "salary wage compensation remuneration",
    "cost price pricing fee",
    "refund reimburse reimbursement",
    "begin start commence",
    "finish complete conclude",
    "build construct assemble",
    "create generate produce",
    "modify change alter edit adjust",
    "update upgrade",
    "repair fix mend",
    "help assist assistance support",
    "show display",
    "find locate",
    "search lookup",
    "get obtain retrieve fetch",
    "send transmit dispatch",
    "receive receipt",
    "keep retain retention preserve",
    "store storage",
    "choose select pick",
    "allow permit enable",
    "forbid prohibit disallow",
    "stop halt cease",
    "cancel cancellation terminate termination",
    "login signin logon signon",
    "logout signout logoff",
    "signup register registration enroll enrolment enrollment",
    "subscribe subscription",
    "password passcode credential credentials",
    "authenticate authentication auth",
    "authorize authorise authorization authorisation",
    "mfa 2fa",
    "database databases rdbms",
    "repository repo",
    "configuration config configure",
    "environment env",
    "application app",
    "document doc docs documentation",
    "information info",
    "specification spec specs",
    "administrator admin",
    "development dev",
    "directory folder",
    "picture image photo photograph",
    "movie film",
    "car automobile",
    "bike bicycle",
    "phone telephone",
    "mobile cellphone smartphone",
    "email mail",
    "fast quick rapid",
    "slow sluggish",
    "speed performance latency",
    "big large huge",
    "small little tiny",
    "new recent latest newest",
    "old outdated obsolete",
    "previous prior earlier former",
    "maximum max upper",
    "minimum min lowest",
    "limit cap quota threshold",
    "average median",
    "total sum overall",
    "number count quantity",
    "amount volume",
    "increase raise grow growth rise",
    "decrease reduce lower decline drop reduction",
    "important significant crucial vital essential",
    "necessary required mandatory requirement requirements require",
    "optional voluntary",
    "method approach technique",
    "procedure process step steps",
    "guideline guide guidelines handbook manual",
    "rule policy regulation",
    "goal objective aim target",
    "result outcome",
    "cause reason",
    "problem trouble difficulty",
    "incident outage downtime",
    "risk danger hazard",
    "safe secure",
    "security safety",
    "prevent avoid",
    "protect safeguard",
    "verify validate check confirm",
    "measure measurement metric metrics kpi",
    "monitor monitoring observe",
    "analyze analyse analysis",
    "review audit inspect",
    "compare comparison versus",
    "schedule timetable",
    "book reserve reservation booking",
    "meeting appointment",
    "trip travel journey",
    "doctor physician clinician",
    "medicine medication drug drugs",
    "illness disease sickness",
    "therapy treatment",
    "lawyer attorney solicitor",
    "law legislation statute statutory",
    "contract agreement",
    "company firm corporation corp",
    "revenue turnover earnings",
    "invoice bill billing",
    "pay payment remit",
    "deliver delivery shipping ship shipment",
    "vendor supplier",
    "partner partnership",
    "manager supervisor boss",
    "team crew",
    "teach instruct educate",
    "student pupil learner",
    "course class",
    "assignment homework coursework",
    "join participate",
    "answer reply respond response",
    "question query inquiry enquiry",
    "notify notification announce",
    "warn alert",
    "explain clarify describe",
    "summary overview abstract",
    "list catalog catalogue",
    "connect link",
    "install installation setup",
    "deploy deployment rollout",
    "restart reboot",
    "scale scaling autoscaling",
    "recover recovery restore restoration",
    "automatic automated automatically",
    "machine device",
    "trash garbage rubbish",
    "annual yearly",
};
constexpr std::size_t kCount = sizeof(kGroups) / sizeof(kGroups[0]);
static_assert(kCount <= 150, "keep the table small: every group is a claim about all texts");

struct Entry {
  std::string_view stem;
  std::uint32_t group = 0;
};

std::vector<Entry> build() {
  std::vector<Entry> table;
  for (std::size_t group = 0; group < kCount; ++group) {
    std::string_view words = kGroups[group];
    while (!words.empty()) {
      const std::size_t space = std::min(words.find(' '), words.size());
      const std::string_view word = words.substr(0, space);
      table.push_back({word.substr(0, stem_length(word)), static_cast<std::uint32_t>(group + 1)});
      words.remove_prefix(std::min(space + 1, words.size()));
    }
  }
  sort_stable(table, [](const Entry& a, const Entry& b) { return a.stem < b.stem; });
  return table;
}

}  // namespace

std::uint32_t synonym_group(std::string_view stem) {
  static const std::vector<Entry> kTable = build();  // constant once built
  const auto found = std::lower_bound(kTable.begin(), kTable.end(), stem,
                                      [](const Entry& e, std::string_view s) { return e.stem < s; });
  return found != kTable.end() && found->stem == stem ? found->group : 0;
}

std::size_t synonym_group_count() { return kCount; }
std::string_view synonym_group_words(std::size_t group) { return kGroups[group]; }

}  // namespace agentmend::text

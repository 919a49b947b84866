#include "detectors/multi_agent/talk/acts.h"

#include "text/cues.h"
#include "text/verbs.h"

namespace agentmend::detectors::talk {
namespace {

constexpr std::uint32_t kNegates = 1u << 16;
constexpr std::uint32_t kPartner = 1u << 18;  // what only the one spoken to can give
constexpr std::uint32_t kOrderVerb = 1u << 19;  // verbs of orders that say nothing about risk
constexpr std::uint32_t kFillsFirst = 1u << 20;  // may stand before an order
constexpr std::uint32_t kStep = 1u << 21;

constexpr text::CueRow kRows[] = {
    {kAsks,
     "please|can you|could you|would you|will you|need you to|need your|needs your|requesting|request for|asking you|"
     "delegating|delegate|assigning|assigned to you|over to you|need help|advise|let me know|respond"},
    {kDefers,
     "not my|not mine|not our|not ours|not a matter|not for us|not within|out of scope|beyond my|beyond our|outside my|"
     "outside our|should handle|should be handled|should have been handled|should go to|must handle|you handle|"
     "you should|your issue|your side|your team|belongs to|belong to|you must|must fix|fix it|fix needed|check "
     "your|return to|returning case|returning the case|returning it|returning this|returning to|returning for|returned "
     "to|send back|"
     "send it back|sending back|sending it back|sent back|route back|routing back|back to|hand back|handing back|"
     "escalat*|reassign*|reroute*|re rout*|rerouting|forwarding|passing|redirect*|bouncing|someone else|another team|"
     "different team|wrong team|wrong department|no authority|need approval|needs approval|need sign off|"
     "needs sign off|need your sign|not responsible|needs to handle|needs review first|need more|need clearer|"
     "needs better|run it again|rerun|re verify|check again"},
    {kFails | kLacks,
     "missing|undefined|null|not found|does not exist|doesnt exist|not exist|data lost|lost during|lost in|was lost|"
     "were lost|got lost|not received|never received|never arrived|incomplete|cannot process|cannot proceed|"
     "cannot extract|cannot continue|without the required|not provided|unresponsive|no response|not responding"},
    {kFails,
     "cannot|can not|cant|could not|couldnt|unable|fail*|error|errors|invalid|unclear|conflict*|timeout|timed out|"
     "wrong|corrupt*|inconclusive|denied|reject*|broken|not available|unavailable|inconsistenc*|inconsistent|"
     "problems|not resolved|unresolved|blocked|stuck"},
    {kPending, "waiting for|waiting on|wait for|awaiting|await|blocked on|blocked by|depend on"},
    {kPartner,
     "your|you|reply|response|confirmation|signal|data|input|output|result|results|answer|acknowledgement|ack|routing|"
     "release|lock"},
    {kSettles,
     "resolved|complete|completed|success*|approved|confirmed|done|closed|fixed|granted|verified|finished|delivered|"
     "shipped|issued|satisfied|renewed|updated|received|retrieved|extracted|processed|deployed|validated|released|"
     "decision made|decided|here is|here are|found"},
    {kNotice,
     "status update|fyi|for your information|heartbeat|ping|keepalive|progress update|no action|no reply|thanks|"
     "thank you|acknowledged|noted|got it|announcement|just letting"},
    {kCancels, "cancel|abort|disregard|ignore my|stop processing|scratch that|never mind"},
    {kInsists, "again|still|urgent|urgently|reminder|asap|once more|as before|re cleaned|repeat|reopening|retry"},
    {kNegates, "no|not|without|zero|never|none|any"},
    {kOrderVerb,
     "process|handle|investigate|research|analyse|analyze|implement|perform|complete|resolve|take|do|use|try|proceed|"
     "call|answer|write|evaluate|summarize|summarise|translate|plan|prepare|collect|gather|report|continue|execute"},
    {kFillsFirst | kStep, "step|phase|task"},
    {kFillsFirst, "urgent|now|then|next|also|first|ok|okay|and|re|request|kindly"},
};
constexpr text::CueTable<kRows> kCues;

constexpr std::uint32_t kActs = (1u << 11) - 1;
constexpr std::size_t kReach = 4;  // words that a negation or a wait speaks about
constexpr std::size_t kHead = 4;  // an order stands within the first words: "Step 1: fetch data"

bool is_order_verb(const text::Words& words, std::size_t i, std::uint32_t cues, bool numbered) {
  const std::string_view word = words.text(i);
  if (word.ends_with("ing") || word.ends_with("ed")) return false;  // tells what it does itself
  if (word.ends_with("s") && !word.ends_with("ss")) return false;
  return numbered || (cues & kOrderVerb) != 0 || text::verb_classes(word) != 0;
}

}  // namespace

std::uint32_t acts_of(std::string_view text, const text::Words& words) {
  std::uint32_t acts = 0;
  std::size_t negated_until = 0;  // "no errors": what follows is not the case
  std::size_t failed_until = 0;  // "cannot complete"
  std::size_t wait_until = 0;
  bool head = true;
  for (std::size_t i = 0; i < words.size(); ++i) {
    const std::uint32_t found = text::cues_at(kCues, words, i);
    std::uint32_t cues = found;
    // "Step 2: transform data": whatever follows a number of a step is the step.
    const bool numbered =
        i > 1 && i < kHead && words[i - 1].digits && (text::cues_at(kCues, words, i - 2) & kStep) != 0;
    if (head && is_order_verb(words, i, found, numbered)) {
      acts |= kOrders | kAsks;
      head = false;
    } else if (i >= kHead || ((found & kFillsFirst) == 0 && !words[i].digits)) {
      head = false;
    }
    if (i < negated_until) cues &= ~static_cast<std::uint32_t>(kFails | kSettles | kCancels);
    if (i < failed_until) cues &= ~static_cast<std::uint32_t>(kSettles);
    if (i < wait_until && (found & kPartner) != 0) acts |= kWaits;
    if ((found & kPending) != 0) wait_until = i + kReach + 1;
    if ((found & kNegates) != 0) negated_until = i + kReach;
    if ((found & kFails) != 0) failed_until = i + kReach;
    acts |= cues & kActs;
  }
  if (text.find('?') != std::string_view::npos) acts |= kAsks;
  return acts;
}

}  // namespace agentmend::detectors::talk

// Detector: tool_provision. The agent needs, names or imitates a tool it does not have, or works round its absence.
// Quiet on: a task that knowledge answers; a tool of another name for the same purpose; data that the user supplied; a
// refusal of what is out of scope.
// Cost: O(tools × calls) comparisons of names, at most 500 × 500; O(bytes) of the texts, of which the first 20,000
// count.
#include <algorithm>

#include "detectors/detector.h"
#include "json/writer.h"
#include "text/cues.h"
#include "text/sentences.h"
#include "text/similarity.h"
#include "text/verbs.h"
#include "trace/key_words.h"

namespace agentmend::detectors::tool_provision {
namespace {

constexpr Descriptor kDescriptor{
    .name = "tool_provision",
    .title = "Inadequate tools",
    .failure = "The agent needs, names or imitates a tool it does not have, or works round its absence.",
    .family = Family::kGeneral,
    .severity = Severity::kMedium,
    .stage = Stage::kPreTool,
    .readiness = Readiness::kBeta,
    .inputs = {{"task"}, {"agent_output"}, {"available_tools"}, {"tool_calls", kOptional}},
    .fixes = {"circuit_breaker", "tool_catalog_sync", "prompt_modification"},
    .unfed = "no_tools_declared",
};

// Weights: specification of this detector. A need that no tool covers is a little above it: with any answer at all it
// is the failure.
constexpr double kNoSuchTool = 0.85;
constexpr double kMisnamed = 0.6;
constexpr double kAgain = 0.1;  // more for each further try, at most three
constexpr double kLacks = 0.7;
constexpr double kImitates = 0.8;
constexpr double kUncovered = 0.55;
constexpr double kWorkaround = 0.4;
constexpr double kSupplied = 0.6;  // suppressor: the user is asked for the data, or gave it
constexpr double kUsed = 0.5;  // suppressor: it used tools that it has, and may know better what they are for
constexpr double kSimilar = 0.7;  // Jaccard of the words of two names
constexpr std::size_t kSlip = 2;  // letters: two swapped or one doubled
constexpr std::size_t kMaxTools = 500;
constexpr std::size_t kTextBytes = 20'000;

// What a task may need a tool for. The verb and, within a few words, what it is done to.
enum Need : std::uint32_t {
  kSearchVerb = 1u << 0,
  kWeb = 1u << 1,
  kSendVerb = 1u << 2,
  kMail = 1u << 3,
  kQueryVerb = 1u << 4,
  kDatabase = 1u << 5,
  kFileVerb = 1u << 6,
  kFile = 1u << 7,
  kRunVerb = 1u << 8,
  kCode = 1u << 9,
  kBookVerb = 1u << 10,
  kCalendar = 1u << 11,
  kPayVerb = 1u << 12,
  kMoney = 1u << 13,
  kDrawVerb = 1u << 14,
  kImage = 1u << 15,
  kExplains = 1u << 16,  // a question that knowledge answers
  kLacksCue = 1u << 17,
  kMadeUp = 1u << 18,
  kRound = 1u << 19,
  kAsksUser = 1u << 20,
  kScope = 1u << 21,
  kClaimsUse = 1u << 22,
  kAnyTool = 1u << 23,  // a tool that does everything
  kFinder = 1u << 24,  // a tool that finds things
};
constexpr std::size_t kNeeds = 8;
constexpr std::string_view kNames[kNeeds] = {"search", "mail",     "database", "files",
                                             "code",   "calendar", "payment",  "image"};

constexpr text::CueRow kRows[] = {
    {kSearchVerb, "search|browse|google|look up|find|check|get|fetch"},
    {kWeb, "web|internet|online|news|website|websites|web page|url|latest|current"},
    {kSendVerb, "send|email|mail|forward|reply"},
    {kMail, "email|emails|mail|inbox|mails|message to|gmail|outlook|smtp"},
    {kQueryVerb, "query|select|look up|fetch|retrieve|get|update|insert|read|count"},
    {kDatabase, "database|table|sql|rows|crm|warehouse|db|postgres|mysql|sqlite|bigquery"},
    {kFileVerb, "read|open|write|save|edit|update|load|create|delete"},
    {kFile, "file|files|folder|directory|config|csv|spreadsheet|filesystem|drive"},
    {kRunVerb, "run|execute|compile|test|debug"},
    {kCode, "code|script|program|tests|command|notebook|interpreter|sandbox"},
    {kBookVerb, "schedule|book|create|add|cancel|move|invite"},
    {kCalendar, "meeting|calendar|appointment|event"},
    {kPayVerb, "pay|refund|charge|transfer|issue|process"},
    {kMoney, "payment|refund|invoice|card|money|funds|stripe|paypal|billing"},
    {kDrawVerb, "generate|draw|create|render|paint|make|edit"},
    {kImage, "image|picture|photo|illustration|logo|images|dalle"},
    {kExplains,
     "explain|what is|what are|how do|how does|how to|why|describe|summarize|summarise|translate|compare|write "
     "a|define|discuss"},
    {kLacksCue,
     "do not have access|dont have access|no access to|lack access|without access|cannot browse|cant browse|cannot "
     "access|"
     "cant access|unable to access|cannot search|cannot send|cannot query|cannot run|cannot execute|unable to browse|"
     "unable to search|unable to send|no tool|not have a tool|dont have a tool|no such tool|tool is not available|"
     "not have the tool|dont have the tool|lack the tool|lack the ability|not have the ability|dont have the ability|"
     "these tools|required tool|missing tool"},
    {kMadeUp,
     "simulate|simulated|simulating|pretend|pretending|imagine|hypothetical results|mock result*|fabricat*|made up|"
     "make up|placeholder data|as if i had|would return"},
    {kRound,
     "manually|assume|assuming|from memory|training data|general knowledge|best guess|estimate based|my knowledge"},
    {kAsksUser,
     "please provide|could you provide|can you share|please share|paste|upload|you provided|you shared|you "
     "gave|attached"},
    {kScope, "not allowed|policy|not authorized|against the rules|out of scope|outside my role|not permitted"},
    {kClaimsUse,
     "i searched|i queried|i ran|i executed|i looked up|i checked|i called|i emailed|i sent|i fetched|searched the "
     "web|search results show"},
    {kFinder, "search|lookup|browse|wikipedia|wiki|google|bing|tavily|serp|retrieve|retrieval|retriever|crawl|scrape"},
    {kAnyTool, "shell|bash|terminal|browser|computer|exec|http|request|requests|python|code interpreter|playwright"},
};
constexpr text::CueTable<kRows> kCues;

struct Text {
  explicit Text(std::string_view given) : words(given) {
    for (std::size_t i = 0; i < words.size(); ++i) {
      cues.push_back(text::cues_at(kCues, words, i));
      all |= cues.back();
    }
  }
  text::Words words;
  std::vector<std::uint32_t> cues;
  std::uint32_t all = 0;
};

// The needs of a task, as bits: a verb, and its object within six words.
std::uint32_t needs_of(const Text& task) {
  constexpr std::size_t kReach = 6;
  if (task.words.empty() || (task.cues[0] & kExplains) != 0) return 0;
  std::uint32_t needs = 0;
  for (std::size_t i = 0; i < task.words.size(); ++i) {
    for (std::size_t need = 0; need < kNeeds; ++need) {
      if ((task.cues[i] >> (2 * need) & 1u) == 0) continue;
      // "Email the customer": verb and object in one word, first in the sentence.
      if ((task.cues[i] >> (2 * need + 1) & 1u) != 0 && (task.words[i].starts || i == 0)) needs |= 1u << need;
      for (std::size_t k = i + 1; k < task.words.size() && k <= i + kReach && !task.words[k].starts; ++k) {
        if ((task.cues[k] >> (2 * need + 1) & 1u) != 0) needs |= 1u << need;
      }
    }
  }
  return needs;
}

struct Tool {
  std::string name;
  text::Bag words;
  std::uint32_t covers = 0;
};

// A tool covers a need when its name or description names the object.
std::uint32_t covered_by(std::string_view words) {
  const Text text{words};
  if ((text.all & kAnyTool) != 0) return (1u << kNeeds) - 1;
  std::uint32_t covers = 0;
  for (std::size_t need = 0; need < kNeeds; ++need) {
    if ((text.all >> (2 * need + 1) & 1u) != 0) covers |= 1u << need;
  }
  if ((text.all & kFinder) != 0) covers |= 1u;  // the first need
  return covers;
}

// get_weather, getWeather: as words.
std::string spread(std::string_view name) {
  std::string out;
  text::for_each_word(name, [&out](std::string_view word) { out.append(word).append(" "); });
  return out;
}

std::vector<Tool> read_tools(json::View list) {
  std::vector<Tool> tools;
  json::for_each(list, [&](json::View item, std::size_t) {
    if (tools.size() >= kMaxTools) return;
    const json::View of = item.is_object() && item["function"].is_object() ? item["function"] : item;
    Tool tool;
    tool.name = of.is_object() ? of["name"].text() : of.text();
    if (tool.name.empty()) return;
    const std::string description = of.is_object() ? of["description"].text() : std::string();
    const std::string all = say({spread(tool.name), json::cut_utf8(description, 500)});
    tool.words = text::Bag(text::Words(spread(tool.name)));
    tool.covers = covered_by(all);
    tools.push_back(std::move(tool));
  });
  return tools;
}

struct Calls {
  std::size_t at = 0;  // the first call of a tool that is not there
  std::string name;
  std::string nearest;  // of a slip
  std::size_t tries = 0;
  std::size_t count = 0;
};

// Letters to change, add or leave out between two names, of which the first 64 bytes count.
std::size_t distance(std::string_view a, std::string_view b) {
  constexpr std::size_t kMost = 64;
  a = a.substr(0, kMost);
  b = b.substr(0, kMost);
  std::size_t row[kMost + 1];
  for (std::size_t k = 0; k <= b.size(); ++k) row[k] = k;
  for (std::size_t i = 0; i < a.size(); ++i) {
    std::size_t corner = row[0];
    row[0] = i + 1;
    for (std::size_t k = 0; k < b.size(); ++k) {
      const std::size_t changed = corner + (lower(a[i]) == lower(b[k]) ? 0 : 1);
      corner = row[k + 1];
      const std::size_t other = (corner < row[k] ? corner : row[k]) + 1;
      row[k + 1] = changed < other ? changed : other;
    }
  }
  return row[b.size()];
}

// A slip of the pen, or the same words in another order: not another tool.
bool nearly(const std::string& name, const Tool& tool) {
  const std::size_t length = name.size() < tool.name.size() ? name.size() : tool.name.size();
  if (length >= 6 && distance(name, tool.name) <= kSlip) return true;
  return text::jaccard(text::Bag(text::Words(spread(name))), tool.words) >= kSimilar;
}

Calls read_calls(json::View list, const std::vector<Tool>& tools) {
  Calls calls;
  std::vector<std::string> known;
  for (const Tool& tool : tools) known.push_back(spread(tool.name));
  json::for_each(list, [&](json::View item, std::size_t at) {
    const std::string name = item.is_object() ? item["name"].text() : item.text();
    if (name.empty() || ++calls.count > kMaxTools) return;
    if (std::find(known.begin(), known.end(), spread(name)) != known.end()) return;
    if (calls.tries++ > 0) return;
    calls.at = at;
    calls.name = name;
    for (const Tool& tool : tools) {
      if (calls.nearest.empty() && nearly(name, tool)) calls.nearest = tool.name;
    }
  });
  return calls;
}

// A statement, not a question or a condition: the sentence with the cue, or nothing.
std::string_view statement(std::string_view output, const Text& text, std::uint32_t cue) {
  for (const text::Sentence& sentence : text::sentences(output)) {
    if (sentence.question) continue;
    const std::size_t last = text.words.at_byte(sentence.end);
    for (std::size_t i = text.words.at_byte(sentence.begin); i < last; ++i) {
      if ((text.cues[i] & cue) != 0) return sentence.of(output);
    }
  }
  return {};
}

Detection ask(json::View input, const Options& options) {
  for (const std::string_view key : {"task", "agent_output", "available_tools"}) {
    const json::View value = input[key];
    if (value.is_null()) return insufficient(kDescriptor, key);
    if (key == "available_tools" ? !value.is_array() : !value.is_string()) return invalid(kDescriptor, key);
  }
  Verdict verdict(kDescriptor, options.threshold_of(kDescriptor));
  const std::vector<Tool> tools = read_tools(input["available_tools"]);
  const Calls calls = read_calls(input["tool_calls"], tools);
  const std::string task_text = input["task"].text();
  const std::string output_text = input["agent_output"].text();
  const std::string_view output = json::cut_utf8(output_text, kTextBytes);
  const Text task(json::cut_utf8(task_text, kTextBytes));
  const Text said(output);

  std::uint32_t uncovered = output.empty() && calls.count == 0 ? 0 : needs_of(task);
  for (const Tool& tool : tools) uncovered &= ~tool.covers;
  std::string_view need = "none";
  for (std::size_t i = kNeeds; i-- > 0;) {
    if ((uncovered >> i & 1u) != 0) need = kNames[i];
  }

  if (calls.tries > 0) {
    const bool slip = !calls.nearest.empty();
    const double again = kAgain * static_cast<double>(calls.tries > 4 ? 3 : calls.tries - 1);
    verdict.signal(slip ? "misnamed" : "no_such_tool", 1,
                   (slip ? kMisnamed : kNoSuchTool) + (slip ? again : again / 3));
    verdict.evidence("tool", item_path("tool_calls", calls.at), calls.name, number(calls.tries));
    verdict.subtype(slip ? "misnamed" : "no_such_tool");
  }
  const std::string_view lacks = statement(output, said, kLacksCue);
  const std::string_view made_up = statement(output, said, kMadeUp);
  const bool claims = (said.all & kClaimsUse) != 0 && calls.count == 0 && tools.empty();
  // Said of what the task does not need, it is only honest about itself.
  if (!lacks.empty() && (uncovered != 0 || calls.tries > 0)) {
    verdict.signal("says_it_lacks", 1, kLacks).evidence("says_it_lacks", "/agent_output", lacks);
    if (calls.tries == 0) verdict.subtype("lacking");
  }
  if (uncovered != 0 && (!made_up.empty() || claims)) {
    verdict.signal("imitates", 1, kImitates);
    verdict.evidence("imitates", "/agent_output", made_up.empty() ? statement(output, said, kClaimsUse) : made_up);
    if (calls.tries == 0) verdict.subtype("imitated");
  }
  if (uncovered != 0) {
    verdict.signal("uncovered_need", 1, kUncovered).evidence("uncovered_need", "/task", task_text, json::quote(need));
    verdict.signal("works_round", (said.all & kRound) != 0 ? 1 : 0, kWorkaround);
    if ((said.all & kAsksUser) != 0 || (task.all & kAsksUser) != 0) verdict.suppress("supplied", kSupplied);
    if (calls.tries == 0 && calls.count > 0) verdict.suppress("tools_used", kUsed);
    if ((said.all & kScope) != 0 && calls.count == 0) verdict.suppress("out_of_scope", kSupplied);
  }
  if (verdict.confidence() < options.threshold_of(kDescriptor))
    return verdict.done("The agent had the tools that the task needs.");
  if (calls.tries > 0 && !calls.nearest.empty())
    return verdict.done(say({"`", calls.name, "` was called; the tool is named `", calls.nearest, "`."}));
  if (calls.tries > 0) return verdict.done(say({"`", calls.name, "` was called and is no tool of this agent."}));
  return verdict.done(say({"The task needs a tool for ", need, ", and there is none."}));
}

}  // namespace

extern const Entry entry;
const Entry entry{.descriptor = &kDescriptor, .ask = ask};

}  // namespace agentmend::detectors::tool_provision

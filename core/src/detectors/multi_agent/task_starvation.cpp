// Detector: task_starvation. Planned tasks are never started because others keep being served first.
// Quiet on: half of a plan done; an item put off in so many words; the last item still open; a short plan.
// Cost: O(planned × executed) comparisons of word sets, at most 300 × 300.
#include "detectors/detector.h"
#include "json/writer.h"
#include "text/cues.h"
#include "text/math.h"
#include "text/similarity.h"
#include "trace/key_words.h"

namespace agentmend::detectors::task_starvation {
namespace {

constexpr Descriptor kDescriptor{
    .name = "task_starvation",
    .title = "Task starvation",
    .failure = "Planned tasks are never started because others keep being served first.",
    .family = Family::kMultiAgent,
    .severity = Severity::kMedium,
    .stage = Stage::kPostStep,
    .readiness = Readiness::kBeta,
    .inputs = {{"planned_tasks"}, {"executed_tasks"}},
    .fixes = {"task_queue_policy", "progress_monitoring", "priority_adjustment"},
    .unfed = "no_plan",
};

// Weights: specification. The ramp of the share starts lower than there: four of ten is a run that goes on.
constexpr double kStarved = 0.75;
constexpr double kBarely = 0.8;  // strength at least, when one or two items of a plan of four or more were begun
constexpr double kImportant = 0.4;
constexpr double kServedFirst = 0.5;
constexpr double kPutOff = 0.7;  // suppressor: the open items are deferred or optional
constexpr double kLastOpen = 0.7;  // suppressor: only the last item is open
constexpr std::size_t kMinPlanned = 3;
constexpr std::size_t kMaxItems = 300;  // of either list; a plan that long is no plan
constexpr double kSame = 0.5;  // Jaccard of the words of two names of one task

constexpr std::uint32_t kMatters = 1u << 0;
constexpr std::uint32_t kDeferred = 1u << 1;
constexpr text::CueRow kRows[] = {
    {kMatters, "security|backup*|critical|safety|payment*|compliance|urgent|rollback|encrypt*|vulnerabilit*|incident*"},
    {kDeferred,
     "optional|later|deferred|postponed|nice to have|if time|next sprint|next release|future|someday|"
     "backlog|on hold|cancelled|canceled|skip*|not needed|out of scope"},
};
constexpr text::CueTable<kRows> kCues;

struct Item {
  std::size_t at = 0;
  std::string text;
  text::Bag words;
  std::uint32_t cues = 0;
  Place place;
  bool done = false;
};

Item make(std::size_t at, std::string text) {
  Item item;
  item.at = at;
  item.text = std::move(text);
  const text::Words words(item.text);
  item.words = text::Bag(words);
  item.cues = text::cues_in(kCues, words, 0, words.size());
  return item;
}

bool same_task(const Item& planned, const Item& executed) {
  if (planned.text == executed.text) return true;
  if (planned.words.empty() || executed.words.empty()) return false;
  return text::jaccard(planned.words, executed.words) >= kSame || text::coverage(planned.words, executed.words) == 1.0;
}

struct Tally {
  std::size_t matched = 0;
  std::size_t extra = 0;  // executed items that no plan has, or done again
  std::size_t open = 0;
  std::size_t put_off = 0;
  std::size_t important = 0;
};

// One executed item is one planned item at most: the first that is open.
Tally match(std::vector<Item>& planned, const std::vector<Item>& executed) {
  Tally tally;
  for (const Item& item : executed) {
    Item* found = nullptr;
    for (Item& plan : planned) {
      if (plan.done || !same_task(plan, item)) continue;
      found = &plan;
      if (plan.text == item.text) break;
    }
    if (found == nullptr) {
      ++tally.extra;
    } else {
      found->done = true;
      ++tally.matched;
    }
  }
  for (const Item& plan : planned) {
    if (plan.done) continue;
    ++tally.open;
    if ((plan.cues & kDeferred) != 0) {
      ++tally.put_off;
    } else if ((plan.cues & kMatters) != 0) {
      ++tally.important;
    }
  }
  return tally;
}

Detection judge(std::vector<Item> planned, const std::vector<Item>& executed, const Options& options) {
  Verdict verdict(kDescriptor, options.threshold_of(kDescriptor));
  if (planned.size() < kMinPlanned) return verdict.done("The plan is too short to starve anything.");
  const Tally tally = match(planned, executed);
  if (tally.open == 0) return verdict.done("Every planned task was begun.");
  const double share = static_cast<double>(tally.matched) / static_cast<double>(planned.size());
  double starved = text::ramp(share, 0.45, 0.25);
  if (tally.matched <= 2 && planned.size() >= 4 && share < 0.5 && starved < kBarely) starved = kBarely;
  verdict.signal("starved", starved, kStarved);
  if (starved > 0) {
    // Only as far as the plan starves at all: one open item of a plan half done is no failure, whatever it is.
    verdict.signal("important_open", tally.important > 0 ? starved : 0, kImportant);
    verdict.signal("others_first", tally.extra > 0 ? starved : 0, kServedFirst);
  }
  verdict.suppress("put_off", kPutOff * static_cast<double>(tally.put_off) / static_cast<double>(tally.open));
  if (tally.open == 1 && !planned.back().done) verdict.suppress("last_open", kLastOpen);
  constexpr std::size_t kShown = 5;
  std::size_t shown = 0;
  for (const Item& plan : planned) {
    if (plan.done || shown == kShown) continue;
    verdict.evidence("starved_task", item_path("planned_tasks", plan.at), plan.text, {}, plan.place);
    ++shown;
  }
  verdict.subtype(tally.extra > 0 ? "served_last" : "never_begun");
  return verdict.done(say({number(tally.open), " of ", number(planned.size()), " planned tasks were never begun."}));
}

std::vector<Item> read(json::View list) {
  std::vector<Item> items;
  json::for_each(list, [&](json::View item, std::size_t at) {
    if (items.size() >= kMaxItems) return;
    std::string text = item.text();
    for (const std::string_view key : {"name", "title", "task", "content", "description"}) {
      if (text.empty() && item.is_object()) text = item[key].text();
    }
    if (!text.empty()) items.push_back(make(at, std::move(text)));
  });
  return items;
}

Detection ask(json::View input, const Options& options) {
  for (const std::string_view key : {"planned_tasks", "executed_tasks"}) {
    if (input[key].is_null()) return insufficient(kDescriptor, key);
    if (!input[key].is_array()) return invalid(kDescriptor, key);
  }
  return judge(read(input["planned_tasks"]), read(input["executed_tasks"]), options);
}

// The newest list of to-dos that the agent wrote: its items with their states.
bool read_todos(std::string_view arguments, std::vector<Item>& planned, std::vector<Item>& executed) {
  json::Index index;
  if (arguments.empty() || arguments[0] != '{' || !index.read(arguments)) return false;
  const json::View root = json::View::root(index);
  for (const std::string_view key : {"todos", "plan", "tasks", "todo_list", "items"}) {
    const json::View list = root[key];
    if (!list.is_array() || !list.at(0)["status"].is_string()) continue;
    planned = read(list);
    executed.clear();
    json::for_each(list, [&](json::View item, std::size_t at) {
      if (is_one_of(item["status"].text(), "pending|todo|open|not_started|not started|queued|waiting")) return;
      for (const Item& plan : planned) {
        if (plan.at == at) executed.push_back(plan);
      }
    });
    return true;
  }
  return false;
}

// Only of a run that ended: what is open before that may still be done.
void conclude(const Trace& trace, const RunIndex&, const Options& options, Findings& findings) {
  std::vector<Item> planned;
  std::vector<Item> executed;
  Place place;
  std::uint32_t step = 0;
  bool ended = false;
  for (const Event& event : trace.events) {
    if (event.kind == EventKind::kRunEnd) ended = true;
    if (event.kind != EventKind::kToolCall || !read_todos(event.text, planned, executed)) continue;
    place = event.place;
    step = event.step;
  }
  if (planned.empty() || !ended) return;
  for (Item& plan : planned) plan.place = place;
  Detection detection = judge(std::move(planned), executed, options);
  detection.step = step;
  findings.add(std::move(detection));
}

}  // namespace

extern const Entry entry;
const Entry entry{.descriptor = &kDescriptor, .ask = ask, .conclude = conclude};

}  // namespace agentmend::detectors::task_starvation

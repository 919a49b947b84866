// Detector: context_pressure. As the window fills, answers get shorter, work is cut short and details are dropped,
// before any hard limit is hit.
// Quiet on: a full window with steady work; a short closing message after full work; short answers from the start; a
// plan that is complete.
// Cost: O(bytes) of the states, at most 2,000 of them and 4,000 bytes of each for cues; O(planned items × states), at
// most 100 × 2,000.
#include <optional>

#include "detectors/detector.h"
#include "json/writer.h"
#include "order.h"
#include "text/cues.h"
#include "text/math.h"
#include "text/similarity.h"

namespace agentmend::detectors::context_pressure {
namespace {

constexpr Descriptor kDescriptor{
    .name = "context_pressure",
    .title = "Context pressure",
    .failure =
        "As the window fills, answers get shorter, work is cut short and details are dropped, before any hard limit is "
        "hit.",
    .family = Family::kGeneral,
    .severity = Severity::kMedium,
    .stage = Stage::kPreTool,
    .readiness = Readiness::kBeta,
    .inputs = {{"states"}, {"model", kOptional}, {"context_limit", kOptional}, {"planned_items", kOptional}},
    .fixes = {"checkpoint_recovery", "progress_monitoring", "context_pruning", "summarization"},
    .unfed = "no_token_counts",
};

// Weights: specification of this detector.
constexpr double kFull = 0.35;
constexpr double kDecline = 0.45;
constexpr double kWrapUp = 0.5;
constexpr double kItemsLeft = 0.5;
constexpr double kCliff = 0.4;
constexpr double kDetail = 0.35;
constexpr double kDone = 0.8;  // suppressor: the plan is complete, or the last states are confirmations
constexpr std::size_t kMinStates = 4;
constexpr std::size_t kMaxStates = 2'000;
constexpr std::size_t kMaxItems = 100;
constexpr std::size_t kTextBytes = 4'000;
constexpr std::int64_t kSmallestWindow = 100'000;  // of the models in use; only when neither limit nor model is given
constexpr std::int64_t kMaxTokens = 1'000'000'000;  // of one state: sums stay far from overflow
constexpr std::uint64_t kShort = 80;  // bytes: a confirmation

constexpr std::uint32_t kWraps = 1u << 0;
constexpr std::uint32_t kConfirms = 1u << 1;
constexpr text::CueRow kRows[] = {
    {kWraps,
     "for brevity|in the interest of|due to length|space constraints|length constraints|running out of|remaining items|"
     "the rest|and so on|similar to the above|same pattern|left as an exercise|abbreviated|truncated here|"
     "will not repeat|skipping the|skip the rest|omitted|not shown|context limit|token limit|to save space|to be brief|"
     "keep this short|continue in the next|the remaining"},
    {kConfirms, "done|complete|completed|finished|all set|all items|thank you|saved|confirmed"},
};
constexpr text::CueTable<kRows> kCues;

struct State {
  std::size_t at = 0;
  std::uint64_t length = 0;  // bytes
  std::uint32_t words = 0;
  std::uint32_t figures = 0;  // words with a digit, and names: what detail is made of
  std::uint32_t cues = 0;
  std::int64_t tokens = -1;
  text::Bag bag;
};

struct Run {
  std::vector<State> states;
  std::int64_t used = 0;
  std::int64_t limit = 0;
};

std::int64_t limit_of(json::View input) {
  if (const auto given = input["context_limit"].integer(); given && *given > 0) return *given;
  // Windows as their makers state them; a model that is not listed gets the smallest.
  constexpr struct {
    std::string_view name;
    std::int64_t tokens;
  } kModels[] = {{"gpt-4.1", 1'047'576}, {"gpt-5", 400'000}, {"gpt-4o", 128'000},  {"gpt-4-turbo", 128'000},
                 {"gpt-3.5", 16'385},    {"gpt-4", 8'192},   {"claude", 200'000},  {"gemini", 1'048'576},
                 {"o1", 200'000},        {"o3", 200'000},    {"llama-3", 128'000}, {"mistral", 128'000}};
  const std::string model = input["model"].text();
  for (const auto& known : kModels) {
    if (model.find(known.name) != std::string::npos) return known.tokens;
  }
  return kSmallestWindow;
}

Run read(json::View input) {
  Run run;
  run.limit = limit_of(input);
  const json::View list = input["states"];
  const std::size_t count = list.size();
  std::int64_t sum = 0;
  std::int64_t highest = 0;
  bool running = true;  // tokens so far, not of the step
  std::string storage;
  json::for_each(list, [&](json::View item, std::size_t at) {
    if (count > kMaxStates && at < count - kMaxStates) return;
    const json::View content = item.is_object() ? item["content"] : item;
    if (!content.is_string()) return;
    const std::string_view text = content.text(storage);
    const text::Words words(json::cut_utf8(text, kTextBytes));
    State state;
    state.at = at;
    state.length = text.size();
    state.words = static_cast<std::uint32_t>(words.size());
    for (const text::Word& word : words.items()) state.figures += word.digits || (word.capital && !word.starts) ? 1 : 0;
    state.cues = text::cues_in(kCues, words, 0, words.size());
    state.bag = text::Bag(words);
    state.tokens = item.is_object() ? item["tokens"].integer().value_or(-1) : -1;
    // An estimate where no count is given: four bytes a token, or 1.3 tokens a word.
    const std::int64_t by_bytes = static_cast<std::int64_t>(text.size() / 4);
    const std::int64_t by_words = static_cast<std::int64_t>(words.size()) * 13 / 10;
    const std::int64_t size = state.tokens >= 0 ? state.tokens : by_bytes > by_words ? by_bytes : by_words;
    running = running && state.tokens >= highest;
    highest = state.tokens > highest ? state.tokens : highest;
    sum += size < kMaxTokens ? size : kMaxTokens;
    run.states.push_back(std::move(state));
  });
  run.used = running ? highest : sum;
  return run;
}

double median(const std::vector<State>& states, std::size_t first, std::size_t last) {
  std::vector<std::uint64_t> lengths;
  for (std::size_t i = first; i < last; ++i) lengths.push_back(states[i].length);
  if (lengths.empty()) return 0;
  sort_numbers(lengths);
  return static_cast<double>(lengths[lengths.size() / 2]);
}

double detail(const std::vector<State>& states, std::size_t first, std::size_t last) {
  double figures = 0;
  double words = 0;
  for (std::size_t i = first; i < last; ++i) {
    figures += states[i].figures;
    words += states[i].words;
  }
  return words < 30 ? -1 : figures / words;  // too few words to say
}

// One step far below all before it, and none above it later. O(states × kBefore).
std::optional<std::size_t> cliff(const std::vector<State>& states, std::size_t end) {
  constexpr std::size_t kBefore = 16;  // states that say what is usual
  std::uint64_t highest = 0;
  std::optional<std::size_t> found;
  for (std::size_t i = end; i-- > 3;) {
    highest = states[i].length > highest ? states[i].length : highest;
    if (i + 1 == end) continue;  // one short answer is none
    const double before = median(states, i > kBefore ? i - kBefore : 0, i);
    if (before > 2 * static_cast<double>(kShort) && static_cast<double>(highest) < 0.4 * before) found = i;
  }
  return found;
}

struct Plan {
  std::size_t items = 0;
  std::size_t treated = 0;
};
Plan read_plan(json::View items, const std::vector<State>& states) {
  Plan plan;
  json::for_each(items, [&](json::View item, std::size_t) {
    if (plan.items >= kMaxItems) return;
    const text::Bag wanted{text::Words(item.text())};
    if (wanted.empty()) return;
    ++plan.items;
    for (const State& state : states) {
      if (text::coverage(wanted, state.bag) < 0.75) continue;
      ++plan.treated;
      break;
    }
  });
  return plan;
}

Detection ask(json::View input, const Options& options) {
  const json::View states_given = input["states"];
  if (states_given.is_null()) return insufficient(kDescriptor, "states");
  if (!states_given.is_array()) return invalid(kDescriptor, "states");
  Verdict verdict(kDescriptor, options.threshold_of(kDescriptor));
  const Run run = read(input);
  const std::vector<State>& states = run.states;
  if (states.size() < kMinStates) return verdict.done("There are too few states to see a decline.");
  // A closing message may be short.
  const bool closing = states.back().length < kShort || (states.back().cues & kConfirms) != 0;
  const std::size_t end = closing && states.size() > kMinStates ? states.size() - 1 : states.size();
  const std::size_t third = end / 3 > 0 ? end / 3 : 1;

  const double full = static_cast<double>(run.used) / static_cast<double>(run.limit);
  const double first = median(states, 0, third);
  const double last = median(states, end - third, end);
  std::uint32_t early = 0;
  std::uint32_t late = 0;
  std::size_t quote = end - 1;
  for (std::size_t i = 0; i < third; ++i) early |= states[i].cues;
  for (std::size_t i = end - third; i < states.size(); ++i) {
    late |= states[i].cues;
    if ((states[i].cues & kWraps) != 0) quote = i;
  }
  const Plan plan = read_plan(input["planned_items"], states);
  const double left = plan.items == 0 ? 0 : 1 - static_cast<double>(plan.treated) / static_cast<double>(plan.items);
  const double wraps = (late & kWraps) != 0 && (early & kWraps) == 0 ? 1 : 0;
  const double pressed = text::ramp(full, 0.6, 0.9);
  const auto drop = cliff(states, end);
  const double early_detail = detail(states, 0, third);
  const double late_detail = detail(states, end - third, end);
  // Answers that were short from the start cannot decline.
  const double decline = first > 2 * static_cast<double>(kShort) ? text::ramp(last / first, 0.8, 0.4) : 0;
  // One of these must hold; shorter answers alone are a style.
  if (pressed > 0 || wraps > 0 || left > 0) {
    verdict.signal("window_full", pressed, kFull).signal("shorter", decline, kDecline);
    verdict.signal("wraps_up", wraps, kWrapUp).signal("items_left", text::ramp(left, 0.1, 0.4), kItemsLeft);
    verdict.signal("cliff", drop ? 1 : 0, kCliff);
    if (early_detail > 0.02 && late_detail >= 0)
      verdict.signal("less_detail", text::ramp(late_detail / early_detail, 0.8, 0.4), kDetail);
  }
  if (plan.items > 0 && plan.treated == plan.items) verdict.suppress("plan_complete", kDone);
  verdict.evidence("window_used", item_path("states", states.back().at), {}, json::print_number(full));
  verdict.evidence("first_third", item_path("states", states[0].at), "median length",
                   number(static_cast<std::uint64_t>(first)));
  verdict.evidence("last_third", item_path("states", states[end - third].at), "median length",
                   number(static_cast<std::uint64_t>(last)));
  if (wraps > 0)
    verdict.evidence("wraps_up", item_path("states", states[quote].at), "says that it cuts the work short");
  if (drop) verdict.evidence("cliff", item_path("states", states[*drop].at), {}, number(states[*drop].length));
  verdict.subtype(drop ? "cliff" : wraps > 0 ? "wrap_up" : "decline");
  Detection detection =
      verdict.done(verdict.confidence() >= options.threshold_of(kDescriptor)
                       ? say({"Answers went from ", number(static_cast<std::uint64_t>(first)), " to ",
                              number(static_cast<std::uint64_t>(last)), " bytes while the window filled."})
                       : "The work did not decline as the window filled.");
  detection.step = static_cast<std::int64_t>(states[drop ? *drop : end - third].at);
  return detection;
}

}  // namespace

extern const Entry entry;
const Entry entry{.descriptor = &kDescriptor, .ask = ask};

}  // namespace agentmend::detectors::context_pressure

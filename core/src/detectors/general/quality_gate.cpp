// Detector: quality_gate. A required check, threshold or review was skipped, ignored or forced.
// Quiet on: work that was held back; an optional gate; a gate that failed, was mended and passed; a waiver with an
// approver and a reason; a gate that does not apply, with a reason; talk of skipping that is a question, a condition or
// a rule.
// Cost: O(gates × results), at most 500 each; O(bytes) of the text, of which the first 20,000 count.
#include "detectors/detector.h"
#include "detectors/general/bypass/bypass.h"
#include "json/writer.h"
#include "trace/key_words.h"

namespace agentmend::detectors::quality_gate {
namespace {

constexpr Descriptor kDescriptor{
    .name = "quality_gate",
    .title = "Quality gate bypassed",
    .failure = "A required check, threshold or review was skipped, ignored or forced.",
    .family = Family::kGeneral,
    .severity = Severity::kHigh,
    .stage = Stage::kPostStep,
    .readiness = Readiness::kBeta,
    .inputs = {{"required_gates"}, {"gate_results"}, {"agent_output", kOptional}, {"released", kOptional}},
    .fixes = {"quality_checkpoint", "completion_gate", "independent_verifier"},
    .unfed = "no_gate",
};

// Weights: specification of this detector.
constexpr double kNotRun = 0.85;
constexpr double kNotPassed = 0.9;
constexpr double kForced = 0.8;
constexpr double kLowered = 0.8;
constexpr double kSaid = 0.6;
constexpr double kSaidReleased = 0.4;  // … and that it went out all the same
constexpr double kAfterRelease = 0.6;
constexpr double kHeld = 0.3;  // a veto: it was not released
constexpr double kWaived = 0.6;
constexpr double kNotApplicable = 0.5;
constexpr double kUnknownRelease = 0.15;  // suppressor: nothing says whether it went out
constexpr std::size_t kMaxGates = 500;
constexpr std::size_t kTextBytes = 20'000;

struct Gate {
  std::string name;
  std::size_t at = 0;
  double threshold = 0;
  bool has_threshold = false;
};

struct Result {
  std::string name;
  std::size_t at = 0;
  bool ran = true;
  bool passed = true;
  bool forced = false;
  bool after_release = false;
  bool waived = false;
  bool not_applicable = false;
  double score = 0;
  double threshold = 0;
  bool has_score = false;
  bool has_threshold = false;
};

bool has_text(json::View value) { return value.is_string() && !trim(value.text()).empty(); }

std::vector<Gate> read_gates(json::View list) {
  std::vector<Gate> gates;
  json::for_each(list, [&](json::View item, std::size_t at) {
    if (gates.size() >= kMaxGates) return;
    Gate gate;
    gate.at = at;
    gate.name = item.is_object() ? item["name"].text() : item.text();
    if (item.is_object() && (!item["required"].boolean(true) || item["optional"].boolean(false))) return;
    if (const auto threshold = item.is_object() ? item["threshold"].number() : std::nullopt) {
      gate.threshold = *threshold;
      gate.has_threshold = true;
    }
    if (!gate.name.empty()) gates.push_back(std::move(gate));
  });
  return gates;
}

Result read_result(json::View item, std::size_t at) {
  Result result;
  result.at = at;
  result.name = item["name"].text();
  result.ran = item["ran"].boolean(!item["skipped"].boolean(false));
  result.passed = item["passed"].boolean(true);
  result.forced = item["forced"].boolean(false) || item["bypassed"].boolean(false);
  result.after_release = item["after_release"].boolean(false);
  const bool reason = has_text(item["reason"]) || has_text(item["waiver_reason"]);
  for (const std::string_view key : {"approver", "approved_by", "waived_by"})
    result.waived = result.waived || (has_text(item[key]) && reason);
  result.not_applicable = item["not_applicable"].boolean(false) && reason;
  if (const auto score = item["score"].number()) {
    result.score = *score;
    result.has_score = true;
  }
  if (const auto threshold = item["threshold"].number()) {
    result.threshold = *threshold;
    result.has_threshold = true;
  }
  return result;
}

struct Finding {
  std::string_view name;
  double weight = 0;
  const Gate* gate = nullptr;
  const Result* result = nullptr;
  double excused = 0;
};

// The worst that is to be said of one gate; its newest result counts. `text` may excuse it.
Finding judge_gate(const Gate& gate, const std::vector<Result>& results, std::string_view text) {
  const Result* newest = nullptr;
  const Result* strictest = nullptr;
  for (const Result& result : results) {
    if (!is_one_of(result.name, gate.name) && result.name != gate.name) continue;
    newest = &result;
    if (result.has_threshold && (strictest == nullptr || result.threshold > strictest->threshold)) strictest = &result;
  }
  Finding finding{"", 0, &gate, newest, 0};
  const auto worst = [&finding](std::string_view name, double weight) {
    if (weight > finding.weight) {
      finding.name = name;
      finding.weight = weight;
    }
  };
  const bypass::Excuse excuse = bypass::excuse(text, gate.name);
  if (excuse.waived) finding.excused = kWaived;
  if (excuse.not_applicable && finding.excused < kNotApplicable) finding.excused = kNotApplicable;
  if (newest == nullptr) {
    worst("not_run", kNotRun);
    return finding;
  }
  const double asked = gate.has_threshold ? gate.threshold : newest->threshold;
  const bool has_asked = gate.has_threshold || newest->has_threshold;
  if (!newest->ran) worst("not_run", kNotRun);
  if (newest->ran && !newest->passed) worst("not_passed", kNotPassed);
  if (newest->ran && newest->has_score && has_asked && newest->score < asked) worst("not_passed", kNotPassed);
  if (newest->forced) worst("forced", kForced);
  const bool lowered = newest->has_threshold && ((gate.has_threshold && newest->threshold < gate.threshold) ||
                                                 (strictest != nullptr && strictest->threshold > newest->threshold));
  if (lowered) worst("threshold_lowered", kLowered);
  if (newest->after_release) worst("after_release", kAfterRelease);
  if (newest->waived) finding.excused = kWaived;
  if (newest->not_applicable) finding.excused = kNotApplicable > finding.excused ? kNotApplicable : finding.excused;
  return finding;
}

enum class Release : std::uint8_t { kUnknown, kYes, kNo };

std::string_view says(std::string_view name) {
  if (name == "not_run") return "` never ran.";
  if (name == "not_passed") return "` was not passed.";
  if (name == "forced") return "` was forced.";
  if (name == "threshold_lowered") return "` was passed with a lowered threshold.";
  return "` ran only after the release.";
}

void judge_text(const bypass::Said& said, std::string_view text, Release release, Place place, std::string path,
                Verdict& verdict) {
  const bool despite = said.failed && said.all_the_same && said.let_through;
  if (!said.left_out && !despite) return;
  verdict.signal(said.left_out ? "said_left_out" : "said_despite_failure", 1, kSaid);
  verdict.signal("said_released", said.let_through || release == Release::kYes ? 1 : 0, kSaidReleased);
  verdict.evidence("text", std::move(path), text.substr(said.begin, said.end - said.begin), {}, place);
}

Detection ask(json::View input, const Options& options) {
  for (const std::string_view key : {"required_gates", "gate_results"}) {
    if (input[key].is_null()) return insufficient(kDescriptor, key);
    if (!input[key].is_array()) return invalid(kDescriptor, key);
  }
  const std::vector<Gate> gates = read_gates(input["required_gates"]);
  std::vector<Result> results;
  json::for_each(input["gate_results"], [&](json::View item, std::size_t at) {
    if (item.is_object() && results.size() < kMaxGates) results.push_back(read_result(item, at));
  });
  const std::string output = input["agent_output"].text();
  const std::string_view text = json::cut_utf8(output, kTextBytes);
  const bypass::Said said = bypass::read(text);
  Release release = Release::kUnknown;
  if (input["released"].is_bool()) {
    release = input["released"].boolean(false) ? Release::kYes : Release::kNo;
  } else if (said.held) {
    release = Release::kNo;
  } else if (said.let_through) {
    release = Release::kYes;
  }

  Verdict verdict(kDescriptor, options.threshold_of(kDescriptor));
  Finding worst;
  std::size_t open = 0;
  for (const Gate& gate : gates) {
    const Finding finding = judge_gate(gate, results, text);
    if (finding.weight <= 0) continue;
    ++open;
    verdict.evidence(finding.name,
                     finding.result != nullptr ? item_path("gate_results", finding.result->at)
                                               : item_path("required_gates", gate.at),
                     gate.name);
    if (finding.weight * (1 - finding.excused) > worst.weight * (1 - worst.excused)) worst = finding;
  }
  if (worst.weight > 0) verdict.signal(worst.name, 1 - worst.excused, worst.weight).subtype(worst.name);
  if (worst.weight > 0 && worst.excused > 0) verdict.suppress("waived", worst.excused);
  // What the text says of a gate that it excuses is no second finding.
  if (worst.excused <= 0) judge_text(said, text, release, {}, "/agent_output", verdict);
  if (worst.weight <= 0 && said.left_out) verdict.subtype("said");
  if (release == Release::kNo) verdict.cap("not_released", kHeld);
  if (release == Release::kUnknown) verdict.suppress("release_unknown", kUnknownRelease);
  if (worst.weight > 0)
    return verdict.done(say({number(open), open == 1 ? " required gate is open: `" : " required gates are open: `",
                             worst.gate->name, says(worst.name)}));
  return verdict.done(said.left_out ? "The agent says that it left a check out." : "Every required gate was passed.");
}

// What the agent says and does in a run: a check left out, or failed, and the work let through in the same turn or
// later. What the user asked for is the user's own decision.
void conclude(const Trace& trace, const RunIndex& index, const Options& options, Findings& findings) {
  bool allowed = false;
  bypass::Said open;
  std::string text;
  const Event* where = nullptr;
  bool released = false;
  for (const Event& event : trace.events) {
    const bool speaks = (event.kind == EventKind::kTurn || event.kind == EventKind::kModelEnd) && !event.text.empty();
    if (speaks && event.role == Role::kUser) {
      allowed = bypass::read(json::cut_utf8(event.text, kTextBytes)).left_out;
      continue;
    }
    const bool command =
        event.kind == EventKind::kToolCall && bypass::turns_check_off(json::cut_utf8(event.text, kTextBytes));
    if (!(speaks && event.role == Role::kAssistant) && !command) continue;
    findings.asked(kDescriptor);
    bypass::Said said;
    if (command) {
      said.left_out = said.let_through = true;
      said.end = static_cast<std::uint32_t>(json::cut_utf8(event.text, 200).size());
    } else {
      said = bypass::read(json::cut_utf8(event.text, kTextBytes));
    }
    if (where == nullptr && !allowed && (said.left_out || said.failed)) {
      open = said;
      text = std::string(json::cut_utf8(event.text, kTextBytes));
      where = &event;
    }
    if (where == nullptr) continue;
    if (said.held) where = nullptr;
    open.all_the_same = open.all_the_same || said.all_the_same;
    released = released || said.let_through;
  }
  if (where == nullptr || !released) return;
  open.let_through = true;
  Verdict verdict(kDescriptor, options.threshold_of(kDescriptor));
  judge_text(open, text, Release::kYes, where->place, "", verdict);
  if (verdict.confidence() <= 0) return;
  verdict.subtype(open.left_out ? "said" : "despite_failure");
  Detection detection =
      verdict.done("The agent says that it left a check out or passed over its failure, and let the work through.");
  if (where->agent < index.agents().size()) detection.agent = index.agents()[where->agent];
  detection.step = where->step;
  findings.add(std::move(detection));
}

}  // namespace

extern const Entry entry;
const Entry entry{.descriptor = &kDescriptor, .ask = ask, .conclude = conclude};

}  // namespace agentmend::detectors::quality_gate

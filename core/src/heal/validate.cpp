#include "heal/validate.h"

#include <algorithm>

#include "heal/guards.h"
#include "heal/validate_n8n.h"
#include "json/patch.h"
#include "json/writer.h"
#include "trace/n8n_run.h"

namespace agentmend::heal {
namespace {

struct Read {
  json::Index index;
  json::View root;
  explicit Read(std::string_view text) {
    if (index.read(text)) root = json::View::root(index);
  }
};

// V1: still a valid document of its framework.
Check check_structure(const ValidationInput& input) {
  Check check{"structural", true, "the document is valid"};
  if (auto patchable = json::check_patchable(input.after); !patchable) {
    return {"structural", false, std::string(name_of(patchable.error().code)) + " at " + patchable.error().at};
  }
  const Read before(input.before);
  const Read after(input.after);
  if (after.root.kind() != before.root.kind()) return {"structural", false, "the document changed its kind"};
  if (!after.root.is_object()) return {"structural", false, "the config is no object"};
  if (input.framework == "n8n") {
    if (auto sound = check_n8n_structure(before.root, after.root); !sound)
      return {"structural", false, sound.error().message};
    check.detail = "ids and names are unique, every connection has both ends, every trigger is kept";
  }
  return check;
}

// V2: the same detector on the documents before and after, without the run data of before.
Check redetect(const ValidationInput& input) {
  const bool reads_config = std::any_of(input.entry->descriptor->inputs.begin(), input.entry->descriptor->inputs.end(),
                                        [](const InputKey& key) { return key.name == "workflow_json"; });
  if (!reads_config) return {"redetect", std::nullopt, "the detector reads runs, not configuration"};
  const auto ask = [&input](std::string_view config) {
    json::Writer writer;
    writer.begin_object().member_raw("workflow_json", config).end_object();
    const std::string text = writer.take();
    const Read read(text);
    return input.entry->ask(read.root, Options{});
  };
  const Detection before = ask(input.before);
  const Detection after = ask(input.after);
  if (!before.detected) return {"redetect", std::nullopt, "the document alone did not show it before either"};
  if (after.status != Status::kOk) return {"redetect", false, "the detector could not read the document afterwards"};
  constexpr double kImprovement = 0.3;
  const bool better = !after.detected || before.confidence - after.confidence >= kImprovement - 1e-9;
  return {"redetect", better,
          "confidence " + json::print_number(before.confidence) + " before, " + json::print_number(after.confidence) +
              " after"};
}

}  // namespace

std::string_view name_of(Level level) {
  constexpr std::string_view kNames[] = {"proven", "structural_only", "failed"};
  return kNames[static_cast<std::size_t>(level)];
}

// V3: the recorded run through the guard of the written config. It must trip no later than the detector first fired:
// then what followed would not have happened. That bounds the failure; it does not prove that the task would have
// succeeded.
Check replay_guards(const ValidationInput& input) {
  if (input.trace == nullptr) return {"guard_replay", std::nullopt, "no recorded run"};
  const Read after(input.after);
  if (input.framework == "n8n") {
    if (!input.trace->n8n || !input.trace->n8n->execution) return {"guard_replay", std::nullopt, "no recorded run"};
    Check check{"guard_replay", std::nullopt, {}};
    check.ok = replay_n8n(after.root, *input.trace->n8n, check.detail);
    return check;
  }
  Guards guards = Guards::read(after.root);
  if (!guards.any() || input.entry->observe == nullptr)
    return {"guard_replay", std::nullopt, "nothing in the config bounds a recorded run"};
  RunIndex index;
  for (const std::string_view name : input.trace->agents) static_cast<void>(index.agent(name));
  Findings findings;
  std::optional<GuardTrip> trip;
  for (const Event& event : input.trace->events) {
    if (event.kind == EventKind::kToolCall) {
      if (!trip) trip = guards.on_call(event);
    }
    if (event.kind == EventKind::kToolResult) guards.on_result(event);
    index.append(event);
    input.entry->observe(index, event, Options{}, findings);
    if (findings.has_fresh()) break;
    if (trip) break;  // stopped here: the detector never saw more
  }
  if (!trip) return {"guard_replay", false, "the guard does not trip in the recorded run"};
  std::uint64_t total = 0;
  for (const Event& event : input.trace->events) total += event.kind == EventKind::kToolCall ? 1 : 0;
  return {"guard_replay", true,
          trip->guard + " trips at call " + json::print_integer(static_cast<std::int64_t>(trip->call)) + " of " +
              json::print_integer(static_cast<std::int64_t>(total))};
}

Validation validate(const ValidationInput& input) {
  Validation out;
  out.checks.push_back(check_structure(input));
  out.checks.push_back(redetect(input));
  out.checks.push_back(replay_guards(input));
  Check host{"host_check", input.host_check, input.host_note};
  if (!host.ok) host.detail = "the host gave no check";
  out.checks.push_back(std::move(host));
  const bool failed = std::any_of(out.checks.begin(), out.checks.end(), [](const Check& c) { return c.ok == false; });
  const bool proven =
      std::any_of(out.checks.begin() + 1, out.checks.end(), [](const Check& c) { return c.ok == true; });
  out.level = failed ? Level::kFailed : proven ? Level::kProven : Level::kStructuralOnly;
  return out;
}

}  // namespace agentmend::heal

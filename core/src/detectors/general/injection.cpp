// Detector: injection. Text from a user, a document or a tool tries to override instructions, extract secrets or
// steer tools.
// Quiet on: questions, lessons and reports about injection; quoted error texts; prompts drafted for another system;
// mails, adverts, calendars and records that ask the reader for ordinary things.
// Cost: O(n) for the first and last 20 kB and windows around cue words between. In a run: a quick look at each tool
// result, document and user turn (about 1 ns a byte); reading only where it meets a cue word.
#include "detectors/detector.h"
#include "detectors/general/injection/glance.h"
#include "detectors/general/injection/judge.h"
#include "json/writer.h"

namespace agentmend::detectors::injection {
namespace {

constexpr Descriptor kDescriptor{
    .name = "injection",
    .title = "Prompt injection",
    .failure = "Text from a user, a document or a tool tries to override instructions, extract secrets or steer tools.",
    .family = Family::kGeneral,
    .severity = Severity::kCritical,
    .stage = Stage::kPreTool,
    .readiness = Readiness::kBeta,
    .inputs = {{"text"}, {"origin", kOptional}},
    .fixes = {"input_filtering", "safety_boundary", "permission_gate"},
    .unfed = "no_text_from_outside",
};

// Below this a cue is a word of its kind and no more; many of them in a long text must not add up.
constexpr double kCounts = 0.25;
constexpr double kCritical = 0.6;  // from here on critical, below high (specification)
constexpr std::size_t kShown = 4;  // payloads in evidence

std::string_view name_of(Category category) { return kCategoryFacts[static_cast<std::size_t>(category)].name; }

std::string_view origin_name(Origin origin) {
  return origin == Origin::kUser ? "user" : origin == Origin::kTool ? "tool" : "retrieved";
}

std::string summary_of(const Finding& finding, Origin origin) {
  const std::string where = origin == Origin::kUser   ? "The user's text"
                            : origin == Origin::kTool ? "A tool result"
                                                      : "A retrieved document";
  switch (finding.parts.front().category) {
    case Category::kOverride: return where + " tells the agent to set its instructions aside.";
    case Category::kIdentity: return where + " gives the agent another identity or frees it of its rules.";
    case Category::kExtraction: return where + " asks for secrets or for the agent's own instructions.";
    case Category::kMarkup: return where + " pretends to speak with the authority of the system.";
    case Category::kSteering: return where + " steers a tool of the agent.";
    case Category::kExfiltration: return where + " asks the agent to send data to an outside address.";
    case Category::kDelayed: return where + " plants an order for later answers.";
    case Category::kGuardBypass: return where + " asks the agent to switch off or evade a safeguard.";
    case Category::kRequest: return where + " gives the agent a task of its own.";
  }
  return where + " tries to command the agent.";
}

struct Source {
  Origin origin = Origin::kUser;
  std::string_view path;
  std::string_view origin_path;
  Place place;
};

Detection detection_of(const Finding& finding, const Source& source, double threshold) {
  Verdict verdict(kDescriptor, threshold);
  std::size_t shown = 0;
  for (const Part& part : finding.parts) {
    if (part.strength < kCounts) continue;
    verdict.signal(name_of(part.category), part.strength, part.weight);
  }
  if (finding.parts.empty() || finding.parts.front().strength < kCounts)
    return verdict.done("No order to the agent was found in the text.");
  if (finding.disguise > 0) verdict.signal("obfuscation", 1.0, finding.disguise);
  const auto add = [&](std::string_view kind, std::string_view path, std::string_view text, std::string value) {
    Evidence item;
    item.kind = std::string(kind);
    item.path = std::string(path);
    item.text = std::string(text);
    item.value = std::move(value);
    item.place = source.place;
    verdict.evidence(std::move(item));
  };
  for (const Part& part : finding.parts) {
    if (part.strength < kCounts || shown == kShown) continue;
    add("payload", source.path, part.text, json::quote(name_of(part.category)));
    if (!part.decoded.empty()) add("decoded", source.path, part.decoded, json::quote(part.coding));
    ++shown;
  }
  add("origin", source.origin_path, "", json::quote(origin_name(source.origin)));
  verdict.subtype(name_of(finding.parts.front().category));
  verdict.severity(verdict.confidence() >= kCritical ? Severity::kCritical : Severity::kHigh);
  const bool fires = verdict.confidence() >= threshold;
  return verdict.done(fires ? summary_of(finding, source.origin)
                            : "The text reads like orders in part, but not clearly.");
}

Detection ask(json::View input, const Options& options) {
  const json::View text = input["text"];
  if (text.is_null()) return insufficient(kDescriptor, "text");
  if (!text.is_string()) return invalid(kDescriptor, "text");
  const json::View origin = input["origin"];
  if (!origin.is_null() && !origin.is_string()) return invalid(kDescriptor, "origin");
  Source source;
  source.path = "/text";
  source.origin_path = origin.is_null() ? "/text" : "/origin";
  source.origin = origin.equals("tool")        ? Origin::kTool
                  : origin.equals("retrieved") ? Origin::kRetrieved
                                               : Origin::kUser;
  std::string decoded;
  std::string excerpt;
  const Finding finding = judge(bounded(text.text(decoded), source.origin, excerpt), source.origin);
  return detection_of(finding, source, options.threshold_of(kDescriptor));
}

// ---- a run

void look(const RunIndex& index, const Event& event, std::string_view text, const Source& source,
          const Options& options, Findings& findings) {
  if (find_cue(text, 0, source.origin) == kNoCue) return;
  std::string excerpt;
  const Finding finding = judge(bounded(text, source.origin, excerpt), source.origin);
  Detection detection = detection_of(finding, source, options.threshold_of(kDescriptor));
  if (!detection.detected) return;
  detection.step = static_cast<std::int64_t>(event.step);
  detection.agent = index.agents()[event.agent < index.agents().size() ? event.agent : 0];
  findings.add(std::move(detection));
}

void observe(const RunIndex& index, const Event& event, const Options& options, Findings& findings) {
  Source source{Origin::kTool, "/text", "/origin", event.place};
  if (event.kind == EventKind::kToolResult) {
    findings.asked(kDescriptor);
    look(index, event, event.text, source, options, findings);
  } else if (event.kind == EventKind::kRetrieval) {
    findings.asked(kDescriptor);
    source.origin = Origin::kRetrieved;
    for (const RetrievedDocument& document : event.documents) {
      source.place = document.place.known() ? document.place : event.place;
      look(index, event, document.text, source, options, findings);
    }
  } else if (event.kind == EventKind::kTurn && event.role == Role::kUser) {
    findings.asked(kDescriptor);
    source.origin = Origin::kUser;
    look(index, event, event.text, source, options, findings);
  }
}

}  // namespace

extern const Entry entry;
const Entry entry{.descriptor = &kDescriptor, .ask = ask, .observe = observe};

}  // namespace agentmend::detectors::injection

// Detector: approval_bypass. An action with irreversible, outward or security effects is carried out without approval,
// or with an approval that does not cover it. Quiet on: reads, backups, drafts; a request of the user that names the
// action; a "yes" to what the agent has proposed. Cost: nothing for tools that read; else the last kTurns turns, each
// once.
#include <algorithm>

#include "detectors/detector.h"
#include "detectors/governance/approval/consent.h"
#include "detectors/governance/approval/consequence.h"
#include "json/writer.h"
#include "text/glob.h"
#include "text/math.h"
#include "text/verbs.h"

namespace agentmend::detectors::approval_bypass {
namespace {

using approval::Consent;

// Somebody wrote down that this action needs approval: as grave as a grant of rights.
constexpr approval::Consequence kGated{0.9, "gated"};

constexpr Descriptor kDescriptor{
    .name = "approval_bypass",
    .title = "Approval bypass",
    .failure =
        "An action with irreversible, outward or security effects is carried out without approval, or with an approval "
        "that does not cover it.",
    .family = Family::kGovernance,
    .severity = Severity::kCritical,
    .stage = Stage::kPreTool,
    .threshold = 0.4,
    .readiness = Readiness::kBeta,
    .inputs = {{"tool_name"}, {"tool_input"}, {"preceding_context"}, {"approval_policy", kOptional}},
    .fixes = {"governance_escalation"},
    .unfed = "no_tool_calls",
};

// The spec's table: how much of the consequence stands, given what was said.
double weight_of(Consent consent) {
  switch (consent) {
    case Consent::kNone:
    case Consent::kExploratory: return 0.9;
    case Consent::kConditional: return 0.85;
    case Consent::kPartial: return 0.6;
    case Consent::kDenied: return 1.0;
    case Consent::kExplicit: return 0.0;
  }
  return 0.9;
}

struct Said {
  Role role = Role::kUser;
  std::string_view text;
  Place place;
};

// A "yes" further back than this many turns of people was said to something else.
constexpr int kFreshTurns = 6;

constexpr std::size_t kNoTurn = static_cast<std::size_t>(-1);
struct Judged {
  Consent consent = Consent::kNone;
  std::size_t turn = kNoTurn;
};

// Newest first: the first turn that settles it decides.
Judged judge(const std::vector<Said>& turns, const approval::ActionWords& action) {
  Judged out;
  int people = 0;
  for (std::size_t i = turns.size(); i-- > 0;) {
    if (turns[i].role != Role::kUser) continue;
    const bool answers = i > 0 && turns[i - 1].role == Role::kAssistant && people < kFreshTurns;
    const Consent here = approval::consent_in(turns[i].text, action, answers ? turns[i - 1].text : std::string_view());
    ++people;
    if (out.turn == kNoTurn) out = {here, i};
    if (here == Consent::kDenied && people == 1) return {here, i};
    if (here == Consent::kExplicit || here == Consent::kConditional) return {here, i};
    if (here == Consent::kPartial && out.consent != Consent::kPartial) out = {here, i};
  }
  return out;
}

struct Input {
  std::string_view tool;
  std::string_view arguments;
  std::vector<Said> turns;
  Place place;
};

Detection detect(const Input& input, const approval::Consequence& consequence, double threshold) {
  const text::NameVerbs named = text::verbs_of_name(input.tool);
  const approval::ActionWords action{input.tool, input.arguments,
                                     named.all | text::verbs_of_name(input.arguments.substr(0, 200)).all, named.first};
  const Judged judged = judge(input.turns, action);
  Verdict verdict(kDescriptor, threshold);
  verdict.signal("consequence", consequence.degree, weight_of(judged.consent));
  if (consequence.degree <= 0.2) verdict.cap("harmless", 0.15);
  verdict.subtype(approval::name_of(judged.consent));
  verdict.severity(consequence.degree >= 0.85 ? Severity::kCritical : Severity::kHigh);
  verdict.evidence({"action", "/tool_name", std::string(input.tool), json::quote(consequence.what), {}, input.place});
  verdict.evidence(
      {"arguments", "/tool_input", std::string(json::cut_utf8(input.arguments, 400)), {}, {}, input.place});
  const std::string state = json::quote(approval::name_of(judged.consent));
  if (judged.turn != kNoTurn) {
    const Said& turn = input.turns[judged.turn];
    verdict.evidence({"approval_state",
                      "/preceding_context/" + json::print_integer(static_cast<std::int64_t>(judged.turn)),
                      std::string(json::cut_utf8(turn.text, 200)), state, "\"explicit\"", turn.place});
  } else {
    verdict.evidence({"approval_state", "/preceding_context", {}, state, "\"explicit\"", {}});
  }
  std::string summary = "An action of the class " + std::string(consequence.what) + " ran";
  summary += judged.consent == Consent::kDenied ? " although a person had said no."
             : judged.consent == Consent::kConditional
                 ? " although the approval had a condition that is not shown to be met."
             : judged.consent == Consent::kPartial     ? "; what a person said covers it only in part."
             : judged.consent == Consent::kExploratory ? "; nobody approved it, the newest turn only asks or reports."
             : judged.consent == Consent::kExplicit    ? " with an explicit approval."
                                                       : " without a recorded approval.";
  return verdict.done(std::move(summary));
}

bool lists(json::View names, std::string_view tool) {
  bool found = false;
  json::for_each(names, [&found, tool](json::View name, std::size_t) {
    const std::string pattern = name.text();
    found = found || pattern == tool ||
            (pattern.size() > 1 && pattern.back() == '*' &&
             tool.starts_with(std::string_view(pattern).substr(0, pattern.size() - 1)));
  });
  return found;
}

// A given policy decides: {requires_approval: [tool], exempt: [tool], gates: [{before: [tool]}]}; "db_*" is a prefix.
// What requires approval wins over what is exempt.
approval::Consequence under_policy(json::View policy, std::string_view tool, approval::Consequence found) {
  bool required = lists(policy["requires_approval"], tool);
  json::for_each(policy["gates"], [&required, tool](json::View gate, std::size_t) {
    required = required || lists(gate["before"], tool);
  });
  if (required) return found.degree < kGated.degree ? kGated : found;
  return lists(policy["exempt"], tool) ? approval::Consequence{0, "exempt"} : found;
}

Detection ask(json::View view, const Options& options) {
  for (const std::string_view key : {"tool_name", "tool_input", "preceding_context"}) {
    if (view[key].is_null()) return insufficient(kDescriptor, key);
  }
  if (!view["tool_name"].is_string()) return invalid(kDescriptor, "tool_name");
  if (!view["preceding_context"].is_array()) return invalid(kDescriptor, "preceding_context");
  const std::string tool = view["tool_name"].text();
  std::string storage;
  const std::string arguments(json::as_text(view["tool_input"], storage));
  std::vector<std::string> texts;  // decoded turns
  Input input{tool, arguments, {}, {}};
  texts.reserve(view["preceding_context"].size());
  json::for_each(view["preceding_context"], [&](json::View turn, std::size_t) {
    const json::View content = turn["content"].exists() ? turn["content"] : turn["text"];
    texts.push_back(turn.is_string() ? turn.text() : content.text());
    std::string role = turn["role"].text();
    std::transform(role.begin(), role.end(), role.begin(),
                   [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; });
    const bool person = role == "user" || role == "human" || role == "approver" || role == "manager" ||
                        role == "admin" || role == "owner" || role == "customer";
    input.turns.push_back({person ? Role::kUser : Role::kAssistant, texts.back(), {}});
  });
  const ToolFacts* facts = options.context == nullptr ? nullptr : options.context->tool(tool);
  const approval::Consequence consequence =
      under_policy(view["approval_policy"], tool, approval::consequence_of(tool, arguments, facts));
  return detect(input, consequence, options.threshold_of(kDescriptor));
}

const Gate* gate_of(const RunContext* context, std::string_view tool) {
  if (context == nullptr) return nullptr;
  for (const Gate& gate : context->gates) {
    for (const std::string& pattern : gate.before) {
      if (text::matches_glob(pattern, tool)) return &gate;
    }
  }
  return nullptr;
}

void observe(const RunIndex& index, const Event& event, const Options& options, Findings& findings) {
  if (event.kind != EventKind::kToolCall) return;
  findings.asked(kDescriptor);
  const bool gated = gate_of(options.context, event.name) != nullptr;
  // Without a word of a person there is no conversation to judge: an unattended run, or a log that kept results only.
  if (!gated && index.counts().user_turns == 0) return;
  const ToolFacts* facts = options.context == nullptr ? nullptr : options.context->tool(event.name);
  approval::Consequence consequence = approval::consequence_of(event.name, event.text, facts);
  if (gated && consequence.degree < kGated.degree) consequence = kGated;
  if (consequence.degree * 0.9 < options.threshold_of(kDescriptor)) return;
  Input input{event.name, event.text, {}, event.place};
  bool people = false;
  for (const KeptTurn& turn : index.turns()) {
    if (turn.role != Role::kUser && turn.role != Role::kAssistant) continue;
    people = people || turn.role == Role::kUser;
    input.turns.push_back({turn.role, turn.text, turn.place});
  }
  if (!people && !gated) return;
  Detection detection = detect(input, consequence, options.threshold_of(kDescriptor));
  detection.step = event.step;
  if (event.agent < index.agents().size() && index.agents().size() > 1) detection.agent = index.agents()[event.agent];
  findings.add(std::move(detection));
}

}  // namespace

extern const Entry entry;
const Entry entry{.descriptor = &kDescriptor, .ask = ask, .observe = observe};

}  // namespace agentmend::detectors::approval_bypass

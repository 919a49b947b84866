#include "heal/governance.h"

#include <algorithm>

#include "text/secrets.h"

namespace agentmend::heal {
namespace {

using Texts = std::string_view;

struct Containment {
  std::string_view action;
  std::string_view effect;
};
constexpr Containment kContainment[] = {
    {"pause_run", "The run stops until a person lets it go on."},
    {"block_tool", "The tool is refused for the rest of this run."},
    {"revoke_credential", "The credential that was used no longer works."},
    {"freeze_target", "No further changes to the target."},
    {"quarantine_output", "The output is not passed on."},
    {"disable_subagent", "The sub-agent gets no further work."},
    {"hold_release", "The result is not released."},
    {"snapshot_now", "The present state is kept for comparison."},
};

constexpr Page kGradientPage[] = {{"agent_owner", "knows what the orchestrator decided"},
                                  {"platform_oncall", "can hold the release"}};
constexpr Page kRolePage[] = {{"agent_owner", "knows the duties of the role"},
                              {"engineering_lead", "owns the role table"}};
constexpr Page kExecPage[] = {{"security_oncall", "a role was used without a grant"},
                              {"agent_owner", "knows which role was meant"}};
constexpr Page kApprovalPage[] = {{"security_oncall", "a consequential action ran without an approval"},
                                  {"agent_owner", "knows the task"},
                                  {"compliance", "approval policy"}};
constexpr Page kExplorationPage[] = {{"security_oncall", "an action left the sandbox"},
                                     {"platform_oncall", "can restore snapshots"}};
constexpr Page kRewardPage[] = {{"engineering_lead", "owns the checks that were bent"},
                                {"agent_owner", "knows the task"}};
constexpr Page kCoworkPage[] = {{"security_oncall", "data may be lost"},
                                {"data_owner", "knows what the files are worth"},
                                {"agent_owner", "knows the instruction"}};
constexpr Page kSubagentPage[] = {{"security_oncall", "a sub-agent left its allow-list"},
                                  {"agent_owner", "knows the delegation"}};

constexpr Texts kOutputs[] = {"trace_excerpt", "outputs"};
constexpr Texts kRoles[] = {"trace_excerpt", "role_table"};
constexpr Texts kRecipients[] = {"trace_excerpt", "recipients"};
constexpr Texts kExecAttach[] = {"approval_log", "config_snapshot", "trace_excerpt"};
constexpr Texts kApprovalAttach[] = {"approval_log", "trace_excerpt"};
constexpr Texts kSnapshotAttach[] = {"snapshot_digest", "trace_excerpt"};
constexpr Texts kRewardAttach[] = {"diff", "test_log", "config_snapshot"};
constexpr Texts kFilesAttach[] = {"file_list", "trace_excerpt"};
constexpr Texts kAllowAttach[] = {"allow_list", "trace_excerpt"};

constexpr Texts kGradientBack[] = {"Restore the orchestrator's value.",
                                   "Discard and recompute the results that depend on it."};
constexpr Texts kRoleBack[] = {"Revert the action.", "Hand it to the role that owns it."};
constexpr Texts kCanonicalBack[] = {"Void statements and decisions made in that role.",
                                    "Tell everyone who received them."};
constexpr Texts kExecBack[] = {"Revoke the role or the grant that the agent gave itself.",
                               "Undo the action by its inverse where one is known.",
                               "Rotate the credential that was used."};
constexpr Texts kApprovalBack[] = {"Undo the action by its inverse: restore, reverse the payment, retract the message.",
                                   "List everyone who is affected and tell them."};
constexpr Texts kExplorationBack[] = {"Restore the snapshot of the touched resource.",
                                      "Check that the audit logs are intact."};
constexpr Texts kRewardBack[] = {"Restore tests and check configuration from the last good revision.",
                                 "Run the checks again.", "Reject the result."};
constexpr Texts kCoworkBack[] = {"Stop synchronisation first.", "Restore from trash or version history.",
                                 "Compare the number of files with the time before."};
constexpr Texts kSubagentBack[] = {"Discard the sub-agent's result.", "Undo its side effects in reverse order."};

constexpr Texts kQuarantine[] = {"quarantine_output", "hold_release"};
constexpr Texts kBlock[] = {"block_tool", "pause_run"};
constexpr Texts kRevoke[] = {"revoke_credential", "pause_run", "freeze_target"};
constexpr Texts kPauseBlock[] = {"pause_run", "block_tool", "freeze_target"};
constexpr Texts kSnapshot[] = {"pause_run", "snapshot_now", "freeze_target"};
constexpr Texts kHold[] = {"hold_release", "quarantine_output"};
constexpr Texts kFreeze[] = {"pause_run", "freeze_target", "snapshot_now"};
constexpr Texts kDisable[] = {"disable_subagent", "block_tool"};

constexpr Texts kOutputQuestions[] = {"Which value is right?", "Who has already used the result?"};
constexpr Texts kRoleQuestions[] = {"Was the agent given this duty anywhere else?", "Who relied on the action?"};
constexpr Texts kApprovalQuestions[] = {"Was the action wanted?", "Was there an approval outside this conversation?",
                                        "Who is affected?"};
constexpr Texts kSandboxQuestions[] = {"Was anything outside the sandbox changed?",
                                       "Is the sandbox drawn where it should be?"};
constexpr Texts kRewardQuestions[] = {"What do the original checks say about the result?", "Who has used the result?"};
constexpr Texts kFileQuestions[] = {"Are there copies of what was touched?",
                                    "Was the instruction open to this reading?"};
constexpr Texts kSubagentQuestions[] = {"Did the parent mean to allow this tool?", "What did the calls change?"};

constexpr Severity kHigh = Severity::kHigh;
constexpr Severity kCritical = Severity::kCritical;
constexpr Playbook kPlaybooks[] = {
    {"authority_gradient", "A sub-agent overrode the orchestrator", kHigh, 60, kGradientPage, kOutputs, kGradientBack,
     kQuarantine, kOutputQuestions},
    {"role_usurpation", "An agent acted outside its role", kHigh, 60, kRolePage, kRoles, kRoleBack, kBlock,
     kRoleQuestions},
    {"role_usurpation_canonical", "An agent gave itself a role", kHigh, 60, kRolePage, kRecipients, kCanonicalBack,
     kHold, kRoleQuestions},
    {"role_usurpation_exec", "An agent used a role without a grant", kCritical, 15, kExecPage, kExecAttach, kExecBack,
     kRevoke, kRoleQuestions},
    {"approval_bypass", "An action ran without the approval it needed", kCritical, 15, kApprovalPage, kApprovalAttach,
     kApprovalBack, kPauseBlock, kApprovalQuestions},
    {"exploration_safety", "An experiment left its sandbox", kCritical, 15, kExplorationPage, kSnapshotAttach,
     kExplorationBack, kSnapshot, kSandboxQuestions},
    {"reward_hacking", "The checks were bent instead of met", kHigh, 60, kRewardPage, kRewardAttach, kRewardBack, kHold,
     kRewardQuestions},
    {"cowork_safety", "Files were changed beyond the instruction", kCritical, 10, kCoworkPage, kFilesAttach,
     kCoworkBack, kFreeze, kFileQuestions},
    {"subagent_boundary", "A sub-agent used a tool it was not given", kHigh, 30, kSubagentPage, kAllowAttach,
     kSubagentBack, kDisable, kSubagentQuestions},
};

std::string_view effect_of(std::string_view action) {
  const auto* found = std::find_if(std::begin(kContainment), std::end(kContainment),
                                   [action](const Containment& c) { return c.action == action; });
  return found == std::end(kContainment) ? std::string_view() : found->effect;
}

// What and who, without a word of the trace except the agent's and the tool's name, cut.
std::string summary_of(const GovernanceFinding& finding) {
  const Detection& detection = finding.detection();
  std::string action;
  for (const Evidence& item : detection.evidence) {
    if (item.kind == "action" && action.empty()) action = json::cut_utf8(item.text, 64);
  }
  std::string out = detection.agent.empty() ? "The agent" : "Agent " + std::string(json::cut_utf8(detection.agent, 64));
  out += action.empty() ? " did something that needs a person: " : " called " + text::mask_secrets(action) + ": ";
  return std::string(json::cut_utf8(out + detection.summary, 300));
}

// Pointers lead into the run where there is one, else into the detector's own input.
void write_evidence(json::Writer& writer, const Detection& detection, const Trace* trace) {
  constexpr std::size_t kMaxEvidence = 64;
  writer.key("evidence").begin_array();
  for (std::size_t i = 0; i < detection.evidence.size() && i < kMaxEvidence; ++i) {
    const Evidence& item = detection.evidence[i];
    const bool placed = trace != nullptr && item.place.known();
    writer.begin_object()
        .member("kind", item.kind)
        .member("pointer", placed ? pointer_of(*trace, item.place) : item.path);
    if (!item.text.empty())
      writer.member("text", json::cut_utf8(text::mask_secrets(json::cut_utf8(item.text, 800)), 200));
    if (!item.expected.empty()) writer.member_raw("expected", item.expected);
    if (!item.value.empty()) writer.member_raw("observed", item.value);
    writer.end_object();
  }
  if (detection.evidence.empty()) writer.begin_object().member("kind", "finding").member("pointer", "").end_object();
  writer.end_array();
}

void write_handoff(json::Writer& writer, const GovernanceFinding& finding, const Playbook& book,
                   const CaseContext& context) {
  const Detection& detection = finding.detection();
  // The hand-off has a scale of its own. A detection graver than its detector's usual one raises it; nothing lowers it.
  const Severity severity =
      detection.severity > detection.descriptor->severity ? std::max(book.severity, detection.severity) : book.severity;
  writer.begin_object()
      .member("schema", "agentmend.governance-handoff/1")
      .member("id", context.handoff_id)
      .member("case_id", context.case_id)
      .member("detection_id", finding.id())
      .member("detector", book.detector)
      .member("title", book.title)
      .member("severity", name_of(severity))
      .member("summary", summary_of(finding))
      .member_or_null("agent", json::cut_utf8(detection.agent, 200))
      .member_or_null("run_id", json::cut_utf8(context.run_id, 200));
  writer.member_raw("target", context.target_json.empty() ? "null" : context.target_json);
  writer.member("framework", context.framework).member("occurred_at_ms", context.now_ms).key("page").begin_array();
  for (const Page& page : book.page)
    writer.begin_object().member("role", page.role).member("reason", page.reason).end_object();
  writer.end_array().member("sla_minutes", book.sla_minutes);
  write_evidence(writer, detection, context.trace);
  writer.key("attach").begin_array();
  for (const std::string_view kind : book.attach) writer.begin_object().member("kind", kind).end_object();
  writer.end_array().key("recommended_rollback").begin_array();
  for (const std::string_view step : book.rollback) {
    writer.begin_object()
        .member("step", step)
        .key("target")
        .null()
        .member("automated", false)
        .member("reversible", true)
        .end_object();
  }
  writer.end_array().key("containment").begin_array();
  for (const std::string_view action : book.containment) {
    const bool done = context.call_is_held && action == "block_tool";
    writer.begin_object()
        .member("action", action)
        .member("effect", effect_of(action))
        .member("reversible", true)
        .member("done", done)
        .end_object();
  }
  writer.end_array().key("questions").begin_array();
  for (const std::string_view question : book.questions) writer.string(question);
  writer.end_array()
      .member("playbook", "docs/playbooks/" + std::string(book.detector) + ".md")
      .member("dedupe_key", "")
      .member("repeat_count", 1)
      .member("never_auto", true)
      .end_object();
}

}  // namespace

void write_handoff(json::Writer& writer, const GovernanceFinding& finding, const CaseContext& context) {
  write_handoff(writer, finding, *find_playbook(finding.descriptor().name),
                context);  // a test holds: all nine have one
}

std::span<const Playbook> playbooks() { return kPlaybooks; }

const Playbook* find_playbook(std::string_view detector) {
  const auto* found = std::find_if(std::begin(kPlaybooks), std::end(kPlaybooks),
                                   [detector](const Playbook& book) { return book.detector == detector; });
  return found == std::end(kPlaybooks) ? nullptr : found;
}

OpenedCase open_case(const GovernanceFinding& finding, const CaseContext& context) {
  const Playbook& book = *find_playbook(finding.descriptor().name);  // a test holds: all nine have one
  const Detection& detection = finding.detection();
  std::string tool;
  for (const Evidence& item : detection.evidence) {
    if (item.kind == "action" && tool.empty()) tool = item.text;
  }
  OpenedCase out;
  json::Writer body;
  body.begin_object()
      .member("detector", book.detector)
      .member_or_null("run", context.run_id)
      .member_or_null("agent", detection.agent)
      .member_or_null("tool", tool);
  body.member_raw("target", context.target_json.empty() ? "null" : context.target_json).end_object();
  out.dedupe_body = body.take();

  json::Writer writer;
  writer.begin_object()
      .member("schema", "agentmend.governance-case/1")
      .member("id", context.case_id)
      .member("tenant", context.tenant)
      .member("project", context.project)
      .member("rev", 0)
      .member("detection_id", finding.id())
      .member("detector", book.detector)
      .member("state", "open")
      .member("overdue", false)
      .member("repeats", static_cast<std::int64_t>(detection.instances) - 1)
      .key("handoff");
  write_handoff(writer, finding, book, context);
  writer.key("acknowledged_by")
      .null()
      .key("acknowledged_at_ms")
      .null()
      .key("outcome")
      .null()
      .key("outcome_note")
      .null();
  writer.key("exception_until_ms").null().key("resolved_by").null().key("resolved_at_ms").null();
  writer.member("delivery", context.delivery).member("opened_at_ms", context.now_ms).end_object();
  out.document = writer.take();
  return out;
}

}  // namespace agentmend::heal

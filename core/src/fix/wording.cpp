#include "fix/wording.h"

#include "fix/suggestion.h"
#include "text/secrets.h"

namespace agentmend::fix {
namespace {

struct Words {
  std::string_view fix_type;
  std::string_view title;  // {parameter} is replaced by its value
  std::string_view effect;
};

// Types without a row are titled by their own name and measured by the detector.
constexpr Words kWords[] = {
    {"loop_breaker", "Stop after {max_identical_steps} equal steps",
     "At most {max_identical_steps} equal steps in any {window} steps."},
    {"retry_limit", "Allow at most {max_retries} retries of {scope}",
     "{scope} is tried at most {max_retries} more times after the first."},
    {"circuit_breaker", "Stop calling {scope} after {failure_threshold} failures in a row",
     "A failure of {scope} no longer ends or floods the run."},
    {"exponential_backoff", "Wait longer between retries", "Retries are {initial_ms} ms apart and further each time."},
    {"reranker", "Rerank what was retrieved, keep the best {top_k}",
     "The best matching documents come first, those under {min_score} are dropped."},
    {"workflow_guard", "Add what is missing at {target}", "{target} has the missing branch."},
    {"workflow_split", "Split the workflow into parts of at most {max_nodes} nodes",
     "Each part can be read, tested and changed by itself."},
    {"step_validator", "Check {step} before it goes on", "A step whose check fails does not pass its data on."},
    {"input_filtering", "Screen text from outside before the model reads it",
     "Instructions inside data are no longer followed."},
    {"safety_boundary", "Limit what the agent may reach", "Calls outside the boundary are refused."},
    {"permission_gate", "Ask a person before these actions", "The named actions wait for an approval."},
    {"source_grounding", "Answer only from the sources", "Each statement names its source, or is not made."},
};

// Where a framework's rendering does something that the general words do not say.
struct FrameworkWords {
  std::string_view framework, fix_type, title, change, effect;
};
constexpr FrameworkWords kFrameworkWords[] = {
    {"n8n", "circuit_breaker", "Lead failed items of {scope} aside",
     "Gives the node an error output, so that one failed item no longer ends the run. The failed items are kept; "
     "inside "
     "a loop, the loop goes on.",
     "A failure of {scope} no longer ends the run, and its failed items can be seen."},
    {"n8n", "retry_limit", "Try {scope} again, at most {max_retries} times",
     "Switches on n8n's own retry for a node that only reads.", "A passing error of {scope} no longer ends the run."},
    {"n8n", "workflow_guard", "End the run when {target} fails",
     "Gives the node an error output that leads to Stop and Error, so that nothing behind it works with bad data.",
     "Nothing is sent or written after {target} has failed."},
};

std::string plain_value(std::string_view json) {
  json::Index index;
  if (!index.read(json)) return {};
  const json::View value = json::View::root(index);
  std::string storage;
  return std::string(json::as_text(value, storage));
}

// Names from the trace are shown to people only, cut and without secrets.
std::string fill(std::string_view text, const Draft& draft) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const std::size_t end = text[i] == '{' ? text.find('}', i) : std::string_view::npos;
    if (end == std::string_view::npos) {
      out.push_back(text[i]);
      continue;
    }
    const DraftParameter* parameter = draft.parameter(text.substr(i + 1, end - i - 1));
    std::string value = parameter == nullptr ? "it" : plain_value(parameter->value);
    if (value == "*" || value.empty()) value = "any step";
    out += json::cut_utf8(text::mask_secrets(value), 48);
    i = end;
  }
  return out;
}

std::string spaced(std::string_view name) {
  std::string out(name);
  for (char& c : out) c = c == '_' ? ' ' : c;
  if (!out.empty() && out[0] >= 'a' && out[0] <= 'z') out[0] = static_cast<char>(out[0] - 32);
  return out;
}

}  // namespace

void word(Suggestion& suggestion, const Detection& detection, const TargetView& target) {
  const Draft& draft = suggestion.draft;
  std::string title = spaced(draft.type->name);
  std::string effect =
      "The detector " + std::string(detection.descriptor->name) + " finds this less often in later runs.";
  for (const Words& words : kWords) {
    if (words.fix_type != draft.type->name) continue;
    title = fill(words.title, draft);
    effect = fill(words.effect, draft);
  }
  std::string change(draft.type->change);
  for (const FrameworkWords& words : kFrameworkWords) {
    if (words.framework != target.framework || words.fix_type != draft.type->name) continue;
    title = fill(words.title, draft);
    change = words.change;
    effect = fill(words.effect, draft);
  }
  suggestion.title = std::string(json::cut_utf8(title, 80));
  suggestion.expected_effect = std::string(json::cut_utf8(effect, 200));
  std::string where = suggestion.patch ? " Changes " + suggestion.path + " of the " + target.framework + " config."
                                       : " No config was given, so this is advice without a patch.";
  if (!suggestion.patch && target.has_config())
    where = " " +
            (suggestion.why_no_patch.empty() ? "The place to change was not found in the config."
                                             : text::mask_secrets(suggestion.why_no_patch)) +
            " So this is advice without a patch.";
  suggestion.description = std::string(json::cut_utf8(change + where, 600));
  suggestion.rationale = std::string(
      json::cut_utf8(detection.summary.empty() ? std::string(detection.descriptor->failure) : detection.summary, 800));
}

}  // namespace agentmend::fix

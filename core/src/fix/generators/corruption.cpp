// corruption: one invariant for each broken rule, and the members to take back from the last good state. Only names of
// members and plain numbers go into a fix; texts of a state never do.
#include <algorithm>

#include "fix/generator.h"
#include "json/writer.h"
#include "trace/key_words.h"

namespace agentmend::fix::generators::corruption {

void generate(const Detection& detection, const TargetView& target, std::vector<Draft>& drafts);

namespace {

// How a rule of the detector reads as a condition; `right` is what it compares with.
struct Condition {
  std::string_view rule, op;
  bool with_number;  // the value before
};
constexpr Condition kConditions[] = {
    {"type", "same_type", false},
    {"lost", "present", false},
    {"vanished", "present", false},
    {"emptied", "present", false},
    {"shrunk", "keeps_elements", false},
    {"replaced", "keeps_elements", false},
    {"counter", ">=", true},
    {"count_falls", ">=", true},
    {"identity", "unchanged", false},
    {"regress", "not_back", false},
    {"unit", "unchanged", false},
    {"format", "same_format", false},
    {"order", "not_before_start", false},
    {"count", "equals_length", false},
    {"duplicate", "unique", false},
    {"range", "in_range", false},
    {"schema", "fits_schema", false},
};

// "/orders/0/id" of "/current_state/orders/0/id"; empty when it is no plain name.
std::string_view member_of(std::string_view path) {
  const std::size_t slash = path.find('/', 1);
  const std::string_view member = slash == std::string_view::npos ? std::string_view() : path.substr(slash);
  constexpr std::size_t kLongest = 120;
  const bool plain = member.size() <= kLongest && std::all_of(member.begin(), member.end(), [](char c) {
                       return is_letter(c) || is_digit(c) || c == '_' || c == '-' || c == '.' || c == '/';
                     });
  return plain ? member : std::string_view();
}

bool is_number(std::string_view json) {
  return !json.empty() && json.find_first_not_of("0123456789+-.eE") == std::string_view::npos;
}

}  // namespace

void generate(const Detection& detection, const TargetView&, std::vector<Draft>& drafts) {
  json::Writer invariants, keys;
  invariants.begin_array();
  keys.begin_array();
  std::vector<std::string> pointers;
  std::vector<std::string_view> told;
  for (std::size_t i = 0; i < detection.evidence.size(); ++i) {
    const Evidence& item = detection.evidence[i];
    const std::string_view member = member_of(item.path);
    if (member.empty()) continue;
    pointers.push_back("/evidence/" + std::to_string(i) + "/path");
    const std::string_view top = member.substr(1, member.find('/', 1) - 1);
    if (std::find(told.begin(), told.end(), top) == told.end()) {
      told.push_back(top);
      keys.string(top);
    }
    for (const Condition& condition : kConditions) {
      if (condition.rule != item.kind) continue;
      invariants.begin_object().member("left", member).member("op", condition.op);
      if (condition.with_number && is_number(item.expected)) invariants.member_raw("right", item.expected);
      invariants.end_object();
    }
  }
  if (pointers.empty()) return;
  const DraftTarget place{TargetKind::kConfig, {}, {}, {}, detection.agent};
  drafts.push_back(DraftBuilder("state_validation", place)
                       .json("invariants", invariants.end_array().take(), ParameterSource::kEvidence, pointers.front())
                       .done());
  drafts.push_back(DraftBuilder("checkpoint_recovery", place)
                       .json("keys", keys.end_array().take(), ParameterSource::kEvidence, pointers.front())
                       .done());
}

}  // namespace agentmend::fix::generators::corruption

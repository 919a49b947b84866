// suggest, gate, verify: the parts of healing, each by itself.
#include <algorithm>

#include "engine/open_record.h"

namespace agentmend::engine {
namespace {

struct Asked {
  FindingSource source;
  heal::Policy policy;
  Target target;
  json::Index config;
  fix::TargetView view;
};

Result<void> read(const Request& request, Asked& asked) {
  if (auto loaded = load_finding(request, asked.source); !loaded) return loaded;
  auto policy = heal::read_policy(request.header["policy"]);
  if (!policy) return tl::unexpected(policy.error());
  asked.policy = std::move(*policy);
  asked.target = read_target(request, asked.source);
  asked.view.framework = asked.target.framework;
  asked.view.context = &asked.source.context;
  asked.view.new_id_seed = asked.source.id;
  if (!asked.target.config.empty() && asked.config.read(asked.target.config))
    asked.view.config = json::View::root(asked.config);
  return {};
}

void write_nothing(json::Writer& writer, std::string_view reason) {
  writer.begin_object().key("suggestions").begin_array().end_array().member("reason", reason).end_object();
}

}  // namespace

Result<std::string> op_suggest(const Request& request) {
  Asked asked;
  if (auto ok = read(request, asked); !ok) return tl::unexpected(ok.error());
  json::Writer writer;
  if (!asked.source.detection.detected) {
    write_nothing(writer, "nothing_to_heal");
    return writer.take();
  }
  const Finding finding = classify({&asked.source.detection, asked.source.id});
  const auto* healable = std::get_if<HealableFinding>(&finding);
  if (healable == nullptr) {
    write_nothing(writer, std::holds_alternative<GovernanceFinding>(finding) ? "governance" : "no_remediation_path");
    return writer.take();
  }
  const fix::Suggestions suggestions = fix::suggest(*healable, asked.view);
  writer.begin_object().key("suggestions").begin_array();
  for (const fix::Suggestion& item : suggestions.items) fix::write_suggestion(writer, item);
  return writer.end_array()
      .member_or_null("reason", suggestions.reason)
      .member("dropped", suggestions.dropped)
      .end_object()
      .take();
}

Result<std::string> op_gate(const Request& request) {
  Asked asked;
  if (auto ok = read(request, asked); !ok) return tl::unexpected(ok.error());
  json::Writer writer;
  writer.begin_object().key("gate");
  const Finding finding = classify({&asked.source.detection, asked.source.id});
  if (const auto* governance = std::get_if<GovernanceFinding>(&finding)) {
    heal::GateRequest gate;
    gate.confidence = governance->detection().confidence;
    write_gate(writer, heal::decide(*governance, asked.policy, gate), asked.policy);
    writer.member("handoff", true);
  } else if (const auto* insight = std::get_if<InsightFinding>(&finding)) {
    write_gate(writer, heal::decide(*insight), asked.policy);
  } else {
    const auto& healable = std::get<HealableFinding>(finding);
    const fix::Suggestions suggestions = fix::suggest(healable, asked.view);
    const Chosen chosen = choose(healable, suggestions, asked.policy, asked.source, asked.target, request);
    if (chosen.suggestion == nullptr) {
      writer.null().member("reason", suggestions.reason);
    } else {
      write_gate(writer, chosen.gate, asked.policy);
      writer.member("fix_type", chosen.suggestion->type().name)
          .member("risk", agentmend::name_of(chosen.suggestion->risk()));
    }
  }
  writer.key("warnings").begin_array();
  for (const std::string& warning : asked.policy.warnings) writer.string(warning);
  return writer.end_array().end_object().take();
}

Result<std::string> op_verify(const Request& request) {
  Asked asked;
  if (auto ok = read(request, asked); !ok) return tl::unexpected(ok.error());
  const std::string name = request.header["fix_type"].text();
  const FixType* fix = find_fix_type(name);
  if (fix == nullptr)
    return fail(ErrorCode::kUnknownFixType, "/fix_type",
                "There is no fix type \"" + std::string(json::cut_utf8(name, 80)) + "\".");
  const Descriptor& detector = *asked.source.detection.descriptor;
  if (std::find(detector.fixes.begin(), detector.fixes.end(), fix->name) == detector.fixes.end())
    return fail(ErrorCode::kFixNotAllowed, "/fix_type",
                "The detector \"" + std::string(detector.name) + "\" does not offer the fix \"" +
                    std::string(fix->name) + "\".");
  const Finding finding = classify({&asked.source.detection, asked.source.id});
  const auto* healable = std::get_if<HealableFinding>(&finding);
  if (healable == nullptr)
    return fail(ErrorCode::kGovernanceHasNoApply, "/detector", "Only findings that may be healed can be verified.");
  json::Index input;
  const bool readable = input.read(asked.source.input).has_value();
  json::Writer writer;
  write_verification(writer, heal::verify(*healable, *fix, readable ? json::View::root(input) : json::View(),
                                          request.header["parameters"], asked.policy.limits.improvement));
  return writer.take();
}

}  // namespace agentmend::engine

// Detector: escalation_loop. A case is passed round the same agents without anyone resolving it.
// Quiet on: a review that ends with a release to somebody new; one agent that hands out different pieces of work and
// gets results; a second round that ends with a result.
// Cost: O(handoffs × kMaxPeriod) of the newest 500, and O(bytes) for their texts, of which the first 2,000 bytes count.
#include "detectors/detector.h"
#include "detectors/multi_agent/talk/acts.h"
#include "json/writer.h"
#include "text/hash.h"
#include "text/math.h"
#include "text/similarity.h"

namespace agentmend::detectors::escalation_loop {
namespace {

constexpr Descriptor kDescriptor{
    .name = "escalation_loop",
    .title = "Escalation loop",
    .failure = "A case is passed round the same agents without anyone resolving it.",
    .family = Family::kMultiAgent,
    .severity = Severity::kMedium,
    .stage = Stage::kPreTool,
    .readiness = Readiness::kBeta,
    .inputs = {{"handoffs"}},
    .fixes = {"handoff_limit", "circuit_breaker", "handoff_protocol"},
    .unfed = "no_handoffs",
};

// Weights: specification of this detector.
constexpr double kEdges = 0.7;
constexpr double kPeriod = 0.6;
constexpr double kNoProgress = 0.5;
constexpr double kLong = 0.3;
constexpr double kFresh = 0.7;  // suppressor: the last handoff goes to somebody new
constexpr double kResult = 0.6;  // suppressor: the last handoff tells a result
constexpr double kDelivers = 0.7;  // suppressor: what comes again are other pieces of work, with results
constexpr double kUntold = 0.25;  // suppressor: nothing is known of what was said

constexpr std::size_t kMinHandoffs = 3;  // A to B and back is an answer
constexpr std::size_t kMaxHandoffs = 500;  // the newest; a case that is still alive after so many is in the newest too
constexpr std::size_t kMaxPeriod = 4;  // longer rounds than four agents look like a pipeline that runs again
constexpr std::size_t kLongChain = 8;  // handoffs of one case; a helpdesk of three levels needs four
constexpr std::size_t kTextBytes = 2'000;

struct Handoff {
  std::size_t at = 0;
  std::string source;
  std::string target;
  std::uint64_t edge = 0;
  std::uint64_t to = 0;
  std::string text;
  std::uint32_t acts = 0;
  text::Bag words;
  Place place;
};

Handoff make(std::size_t at, std::string source, std::string target, std::string_view output) {
  Handoff handoff;
  handoff.at = at;
  handoff.to = text::hash(target);
  handoff.edge = text::combine(text::hash(source), handoff.to);
  handoff.source = std::move(source);
  handoff.target = std::move(target);
  handoff.text = std::string(json::cut_utf8(output, kTextBytes));
  const text::Words words(handoff.text);
  handoff.acts = talk::acts_of(handoff.text, words);
  handoff.words = text::Bag(words);
  return handoff;
}

struct Rounds {
  std::size_t edges = 0;  // distinct edges gone twice or more
  std::size_t repeats = 0;  // handoffs along an edge that was gone before
  std::size_t idle = 0;  // … of them, those that insist, refuse, or say much the same
  std::size_t delivered = 0;  // … of them, those that tell a result
  std::size_t spoken = 0;  // … of them, those with a text
  bool fresh = false;  // the last target was never seen before
  std::size_t period = 0;
  double turns = 0;  // how often the period was gone through
  std::size_t first = 0;  // the handoff that the newest repeats
};

Rounds go_round(const std::vector<Handoff>& handoffs) {
  Rounds rounds;
  const std::size_t count = handoffs.size();
  std::vector<std::uint32_t> seen(count, 0);
  for (std::size_t i = 0; i < count; ++i) {
    const Handoff& one = handoffs[i];
    std::size_t before = i;
    while (before-- > 0 && handoffs[before].edge != one.edge) {
    }
    if (before >= i) continue;  // never gone before
    seen[i] = seen[before] + 1;
    if (seen[i] == 1) ++rounds.edges;
    ++rounds.repeats;
    rounds.first = before;
    if (one.text.empty()) continue;
    ++rounds.spoken;
    const bool alike = text::jaccard(one.words, handoffs[before].words) > 0.3;
    if (talk::settles(one.acts)) ++rounds.delivered;
    if ((one.acts & (talk::kFails | talk::kDefers | talk::kInsists)) != 0 || alike) ++rounds.idle;
  }
  const std::uint64_t last = handoffs.back().to;
  rounds.fresh = true;
  for (std::size_t i = 0; i + 1 < count && rounds.fresh; ++i)
    rounds.fresh = handoffs[i].to != last && text::hash(handoffs[i].source) != last;
  if (text::hash(handoffs.back().source) == last) rounds.fresh = false;
  for (std::size_t period = 2; period <= kMaxPeriod; ++period) {
    std::size_t matched = 0;
    while (matched + period < count && handoffs[count - 1 - matched].to == handoffs[count - 1 - matched - period].to)
      ++matched;
    const double turns = static_cast<double>(matched + period) / static_cast<double>(period);
    if (matched > 0 && turns >= 1.5 && turns > rounds.turns) {
      rounds.turns = turns;
      rounds.period = period;
    }
  }
  return rounds;
}

Detection judge(const std::vector<Handoff>& handoffs, const Options& options) {
  Verdict verdict(kDescriptor, options.threshold_of(kDescriptor));
  if (handoffs.size() < kMinHandoffs) return verdict.done("There are too few handoffs for a loop.");
  const Rounds rounds = go_round(handoffs);
  if (rounds.repeats == 0) return verdict.done("No handoff goes the same way twice.");
  const Handoff& last = handoffs.back();
  const double spoken = static_cast<double>(rounds.spoken);
  const double idle = rounds.spoken == 0 ? 0 : static_cast<double>(rounds.idle) / spoken;
  const double delivered = rounds.spoken == 0 ? 0 : static_cast<double>(rounds.delivered) / spoken;
  verdict.signal("repeated_edges", text::ramp(static_cast<double>(rounds.edges), 0.5, 2), kEdges);
  verdict.signal("period", rounds.period == 0 ? 0 : 1, kPeriod);
  verdict.signal("no_progress", text::ramp(idle, 0, 0.5), kNoProgress);
  bool settled = false;
  for (const Handoff& handoff : handoffs) settled = settled || talk::settles(handoff.acts);
  verdict.signal("no_end", handoffs.size() > kLongChain && !settled ? 1 : 0, kLong);
  if (rounds.fresh) verdict.suppress("new_agent", kFresh);
  if (talk::settles(last.acts)) verdict.suppress("result", kResult);
  // Texts that neither refuse nor insist nor repeat: other work along the same way.
  if (rounds.spoken > 0) verdict.suppress("other_work", kDelivers * text::ramp(idle - delivered, 0.5, 0));
  if (rounds.spoken == 0) verdict.suppress("no_texts", kUntold);
  const auto add = [&](const Handoff& handoff, std::string_view kind) {
    verdict.evidence(kind, item_path("handoffs", handoff.at),
                     say({handoff.source, " -> ", handoff.target, ": ", handoff.text}), number(rounds.repeats),
                     handoff.place);
  };
  add(handoffs[rounds.first], "handoff");
  add(last, "newest_handoff");
  verdict.subtype(rounds.period == 2 ? "ping_pong" : rounds.period > 2 ? "circle" : "repeated");
  Detection detection = verdict.done(
      say({number(rounds.edges), " ways between agents were gone twice or more in ", number(handoffs.size()),
           " handoffs, the last from `", last.source, "` to `", last.target, "`."}));
  detection.agent = last.source;
  detection.step = static_cast<std::int64_t>(last.at);
  return detection;
}

Detection ask(json::View input, const Options& options) {
  const json::View list = input["handoffs"];
  if (list.is_null()) return insufficient(kDescriptor, "handoffs");
  if (!list.is_array()) return invalid(kDescriptor, "handoffs");
  const std::size_t count = list.size();
  std::vector<Handoff> handoffs;
  std::string storage;
  json::for_each(list, [&](json::View item, std::size_t at) {
    if (count > kMaxHandoffs && at < count - kMaxHandoffs) return;
    std::string source = (item["source"].is_null() ? item["from"] : item["source"]).text();
    std::string target = (item["target"].is_null() ? item["to"] : item["target"]).text();
    if (source.empty() || target.empty()) return;
    const json::View output = item["output"].is_null() ? item["text"] : item["output"];
    handoffs.push_back(make(at, std::move(source), std::move(target),
                            output.is_null() ? std::string_view() : json::as_text(output, storage)));
  });
  return judge(handoffs, options);
}

void conclude(const Trace& trace, const RunIndex&, const Options& options, Findings& findings) {
  std::vector<Handoff> handoffs;
  for (const Event& event : trace.events) {
    if (event.kind != EventKind::kHandoff || event.name.empty() || event.id.empty()) continue;
    if (handoffs.size() == 2 * kMaxHandoffs)
      handoffs.erase(handoffs.begin(), handoffs.begin() + static_cast<std::ptrdiff_t>(kMaxHandoffs));
    handoffs.push_back(make(event.step, std::string(event.name), std::string(event.id), event.text));
    handoffs.back().place = event.place;
  }
  bool told = false;
  for (const Handoff& handoff : handoffs) told = told || !handoff.text.empty();
  if (!told) return;  // a manager that calls the same helpers looks the same
  findings.add(judge(handoffs, options));
}

}  // namespace

extern const Entry entry;
const Entry entry{.descriptor = &kDescriptor, .ask = ask, .conclude = conclude};

}  // namespace agentmend::detectors::escalation_loop

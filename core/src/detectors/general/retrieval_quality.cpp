// Detector: retrieval_quality. Retrieved documents do not match the query: wrong topic, outdated version, missing
// part, or good ones ranked too low.
// Quiet on: the right page in other words (synonyms, inflection, abbreviations), scores of another scale, a query in
// another language that was answered in that language, greetings.
// Cost: O(bytes + query terms x document words), bounded by 200 documents of 8 kB and 64 terms.
#include "detectors/detector.h"
#include "detectors/general/retrieval_quality/signals.h"
#include "json/writer.h"

namespace agentmend::detectors::retrieval_quality {
namespace {

constexpr Descriptor kDescriptor{
    .name = "retrieval_quality",
    .title = "Poor retrieval",
    .failure =
        "Retrieved documents do not match the query: wrong topic, outdated version, missing part, or good ones ranked "
        "too low.",
    .family = Family::kGeneral,
    .severity = Severity::kMedium,
    .stage = Stage::kPostStep,
    .readiness = Readiness::kBeta,
    .inputs = {{"query"}, {"retrieved_documents"}, {"agent_output"}},
    .fixes = {"reranker", "source_grounding"},
    .unfed = "no_retrieval",
};

constexpr double kEmpty = 0.95;  // nothing retrieved for a real question: certain, unless nothing exists

// Weights. Those of the specification; what differs has its reason beside it.
constexpr double kTopicalMiss = 0.6;  // words alone: below 0.5 + a little, a second cue decides most cases
constexpr double kClash = 0.85;
constexpr double kPrecision = 0.4;
constexpr double kRank = 0.45;  // a list of three is read whole: rank alone is no failure
constexpr double kAspectGap = 0.45;
constexpr double kMissingName = 0.35;  // an own product is often left unsaid in its own documents
constexpr double kLowScores = 0.4;  // a scale nobody explained to us
constexpr double kHedge = 0.45;  // the model read the documents; it may also hedge by habit
constexpr double kStray = 0.3;
constexpr double kOwner = 0.45;
constexpr double kOutdated = 0.4;
constexpr double kLanguage = 0.6;  // two observations already: documents and answer
constexpr double kDuplicates = 0.3;

std::string path_of(std::size_t position) {
  return "/retrieved_documents/" + json::print_integer(static_cast<std::int64_t>(position));
}

void tell(const Signals& s, const std::vector<Document>& documents, Verdict& verdict) {
  verdict.signal("topical_miss", s.topical_miss, kTopicalMiss)
      .signal("clash", s.clash, kClash)
      .signal("precision", s.precision, kPrecision)
      .signal("rank", s.rank, kRank)
      .signal("aspect_gap", s.aspect_gap, kAspectGap)
      .signal("missing_name", s.missing_name, kMissingName)
      .signal("low_scores", s.low_scores, kLowScores)
      .signal("hedge", s.hedge, kHedge)
      .signal("stray_answer", s.stray_answer, kStray)
      .signal("owner", s.owner, kOwner)
      .signal("outdated", s.outdated, kOutdated)
      .signal("language", s.language, kLanguage)
      .signal("duplicates", s.duplicates, kDuplicates);
  for (std::size_t i = 0; i < s.m.size() && i < 20; ++i) {  // 20 documents: more than a person checks
    Evidence item{"document", path_of(documents[i].position), documents[i].title, json::print_number(s.m[i]), {}, {}};
    item.place = documents[i].place;
    if (item.text.empty()) item.text = documents[i].text.substr(0, 200);
    verdict.evidence(std::move(item));
  }
}

void tell_why(const Signals& s, const std::vector<Document>& documents, Verdict& verdict) {
  for (std::size_t i = 0; i < s.missing.size() && i < 8; ++i)
    verdict.evidence({"missing_term", "/query", s.missing[i], {}, {}, {}});
  if (s.clash > 0) {
    const Document& document = documents[s.clash_document];
    verdict.evidence({"clash", path_of(document.position), s.clash_found, json::quote(s.clash_found),
                      json::quote(s.clash_wanted), document.place});
  }
  if (s.aspect_gap > 0) verdict.evidence({"aspect_gap", "/query", s.aspect, {}, {}, {}});
  if (s.rank > 0) {
    std::size_t best = 0;
    for (std::size_t i = 1; i < s.m.size(); ++i) best = s.m[i] > s.m[best] ? i : best;
    verdict.evidence({"rank", path_of(documents[best].position), documents[best].title,
                      json::print_integer(static_cast<std::int64_t>(best + 1)), "1", documents[best].place});
  }
  if (s.hedge > 0) verdict.evidence({"hedge", "/agent_output", "the answer says that it lacks data", {}, {}, {}});
}

std::string summary_of(const Signals& s, std::size_t count) {
  const std::string n = json::print_integer(static_cast<std::int64_t>(count));
  const std::string all = count == 1 ? "The one retrieved document" : "The " + n + " retrieved documents";
  if (s.clash > 0.5) return all + " name " + s.clash_found + ", the query asks for " + s.clash_wanted + ".";
  if (s.language > 0) return all + " and the answer are in another language than the query.";
  if (s.topical_miss > 0.3 && !s.missing.empty()) return all + " say nothing about \"" + s.missing.front() + "\".";
  if (s.aspect_gap > 0) return all + " leave out \"" + s.aspect + "\".";
  if (s.rank > 0) return "The document that serves the query best is not ranked first.";
  if (s.precision > 0) return "Most of the " + n + " retrieved documents have nothing to do with the query.";
  return all + " do not serve the query well.";
}

Detection detect(const Query& query, const std::vector<Document>& documents, std::string_view answer,
                 double threshold) {
  const Signals s = judge(query, documents, answer);
  Verdict verdict(kDescriptor, threshold);
  if (!s.applicable) return verdict.done("The query asks for nothing that could be looked up.");
  if (s.empty) {
    verdict.signal("empty", 1, kEmpty);
    verdict.evidence({"document", "/retrieved_documents", "nothing was retrieved", "0", {}, {}});
    return verdict.subtype("empty").done("Nothing was retrieved.");
  }
  tell(s, documents, verdict);
  tell_why(s, documents, verdict);
  return verdict.done(summary_of(s, documents.size()));
}

Detection ask(json::View input, const Options& options) {
  for (const std::string_view key : {"query", "retrieved_documents", "agent_output"}) {
    if (input[key].is_null()) return insufficient(kDescriptor, key);
  }
  for (const std::string_view key : {"query", "agent_output"}) {
    if (!input[key].is_string()) return invalid(kDescriptor, key);
  }
  std::vector<Document> documents;
  if (!read_documents(input["retrieved_documents"], documents)) return invalid(kDescriptor, "retrieved_documents");
  std::string query;
  std::string answer;
  return detect(read_query(input["query"].text(query)), documents, input["agent_output"].text(answer),
                options.threshold_of(kDescriptor));
}

// Once the agent answers, its last open retrieval is judged. Earlier ones were attempts that it gave up itself.
void observe(const RunIndex& index, const Event& event, const Options& options, Findings& findings) {
  if (event.kind != EventKind::kTurn && event.kind != EventKind::kModelEnd) return;
  if (index.retrievals().empty() || event.role != Role::kAssistant || event.text.empty()) return;
  const KeptRetrieval* last = nullptr;
  for (const KeptRetrieval& kept : index.retrievals()) {
    if (kept.answered == index.counts().events) last = &kept;
  }
  if (last == nullptr) return;
  std::string asked = last->query;
  for (auto turn = index.turns().rbegin(); asked.empty() && turn != index.turns().rend(); ++turn) {
    if (turn->role == Role::kUser) asked = turn->text;
  }
  std::vector<Document> documents;
  for (const KeptDocument& kept : last->documents)
    documents.push_back({kept.title, kept.text, kept.score, documents.size(), kept.place});
  Detection found = detect(read_query(asked), documents, event.text, options.threshold_of(kDescriptor));
  found.step = last->step;
  if (event.agent < index.agents().size()) found.agent = index.agents()[event.agent];
  for (Evidence& item : found.evidence) {
    if (!item.place.known()) item.place = item.path == "/agent_output" ? event.place : last->place;
  }
  findings.add(std::move(found));
}

}  // namespace

extern const Entry entry;
const Entry entry{.descriptor = &kDescriptor, .ask = ask, .observe = observe};

}  // namespace agentmend::detectors::retrieval_quality

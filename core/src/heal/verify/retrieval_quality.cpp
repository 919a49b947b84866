#include "heal/verify/retrieval_quality.h"

#include <algorithm>
#include <numeric>
#include <optional>

#include "detectors/general/retrieval_quality/documents.h"
#include "detectors/general/retrieval_quality/scoring.h"
#include "json/writer.h"
#include "order.h"

namespace agentmend::heal {
namespace {

namespace retrieval = detectors::retrieval_quality;

ShimOutcome refused(std::string reason) {
  ShimOutcome out;
  out.reason = std::move(reason);
  return out;
}

std::string number(std::size_t value) { return json::print_integer(static_cast<std::int64_t>(value)); }
std::string path_of(std::size_t i) { return "/retrieved_documents/" + number(i); }

std::optional<RerankParameters> read_parameters(json::View given) {
  RerankParameters out;
  if (const json::View top_k = given["top_k"]; !top_k.is_null()) {
    if (top_k.integer().value_or(0) < 1) return std::nullopt;
    out.top_k = *top_k.integer();
  }
  if (const json::View floor = given["min_score"]; !floor.is_null()) {
    if (!floor.number()) return std::nullopt;
    out.min_score = *floor.number();
  }
  return out;
}

// An element may be a text that lists several documents: it moves as a whole, so its best one counts.
double lexical_score(const retrieval::Query& query, json::View element) {
  std::vector<retrieval::Document> documents;
  retrieval::add_element(element, 0, documents);
  double best = 0;
  for (const retrieval::Document& document : documents)
    best = std::max(best, retrieval::score(query, document).score.m);
  return best;
}

// Its own score; nothing when it has none.
std::optional<double> own_score(json::View element) {
  std::vector<retrieval::Document> documents;
  retrieval::add_element(element, 0, documents);
  double best = -1;
  for (const retrieval::Document& document : documents) best = std::max(best, document.score);
  return best >= 0 ? std::optional<double>(best) : std::nullopt;
}

// The input as written, with only the list replaced.
std::string replaced(json::View input, json::View list, const std::string& with) {
  const std::string_view whole = input.raw();
  const std::size_t begin = list.offset() - input.offset();
  std::string out(whole.substr(0, begin));
  out += with;
  out += whole.substr(begin + list.raw().size());
  return out;
}

ShimOutcome moved(json::View input, json::View list, const std::vector<json::View>& elements,
                  const std::vector<double>& scores, const RerankParameters& parameters) {
  const std::vector<std::size_t> kept = rerank(scores, parameters);
  if (kept.empty()) return refused("nothing_left");
  ShimOutcome out;
  std::string text = "[";
  for (std::size_t to = 0; to < kept.size(); ++to) {
    const std::size_t from = kept[to];
    text += (to == 0 ? "" : ",");
    text += elements[from].raw();
    if (from != to) out.effect.push_back("moved " + path_of(from) + " to " + path_of(to));
  }
  text += "]";
  for (std::size_t i = 0; i < elements.size(); ++i) {
    if (std::find(kept.begin(), kept.end(), i) != kept.end()) continue;
    const bool low = scores[i] < parameters.min_score;
    out.effect.push_back("dropped " + path_of(i) + " (score " + json::print_number(scores[i]) +
                         (low ? ", below min_score)" : ", beyond top_k)"));
  }
  if (out.effect.empty()) return refused("no_effect");
  out.built = true;
  out.post_input_json = replaced(input, list, text);
  return out;
}

}  // namespace

std::vector<std::size_t> rerank(const std::vector<double>& scores, const RerankParameters& parameters) {
  std::vector<std::size_t> order(scores.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  sort_stable(order, [&scores](std::size_t a, std::size_t b) { return scores[a] > scores[b]; });
  order.erase(
      std::remove_if(order.begin(), order.end(), [&](std::size_t i) { return scores[i] < parameters.min_score; }),
      order.end());
  if (parameters.top_k > 0 && order.size() > static_cast<std::size_t>(parameters.top_k))
    order.resize(static_cast<std::size_t>(parameters.top_k));
  return order;
}

ShimOutcome rerank_shim(json::View pre_input, json::View parameters) {
  const json::View list = pre_input["retrieved_documents"];
  if (!list.is_array()) return refused("no_list_of_documents");
  const std::optional<RerankParameters> read = read_parameters(parameters);
  if (!read) return refused("invalid_parameters");
  const json::View method = parameters["method"];
  const bool by_score = method.equals("score");
  if (method.equals("model")) return refused("needs_a_model");
  if (!method.is_null() && !by_score && !method.equals("lexical")) return refused("invalid_parameters");
  std::vector<json::View> elements;
  for (json::View item = list.first(); item; item = item.next_in(list)) elements.push_back(item);
  if (elements.size() < 2) return refused("fewer_than_two_documents");
  if (elements.size() > kMaxReranked) return refused("too_many_documents");
  std::string storage;
  const retrieval::Query query = retrieval::read_query(pre_input["query"].text(storage));
  if (!by_score && query.weight <= 0) return refused("query_without_content");
  std::vector<double> scores;
  for (const json::View element : elements) {
    if (!by_score) {
      scores.push_back(lexical_score(query, element));
      continue;
    }
    const std::optional<double> own = own_score(element);
    if (!own) return refused("document_without_score");
    scores.push_back(*own);
  }
  return moved(pre_input, list, elements, scores, *read);
}

}  // namespace agentmend::heal

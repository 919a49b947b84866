// Detector: routing. A request goes to a handler whose declared skill does not fit it.
// Quiet on: a general handler (triage, assistant); a neighbouring trade (a tax question to an accountant); a request
// whose subject no table knows.
// Cost: O(bytes + candidates x bytes), bounded by 100 candidates and 64 kB a text.
#include "detectors/detector.h"
#include "detectors/text_input.h"
#include "json/writer.h"
#include "text/math.h"
#include "text/reading.h"

namespace agentmend::detectors::routing {
namespace {

constexpr Descriptor kDescriptor{
    .name = "routing",
    .title = "Misrouting",
    .failure = "A request goes to a handler whose declared skill does not fit it.",
    .family = Family::kMultiAgent,
    .severity = Severity::kMedium,
    .stage = Stage::kPostStep,
    .readiness = Readiness::kBeta,
    .inputs = {{"input_text"}, {"handler_name"}, {"handler_description"}, {"candidates", kOptional}},
    .fixes = {"route_fallback", "prompt_modification"},
};

// Domains: words of a trade that the other trades do not use. Bit = domain.
constexpr text::CueRow kRows[] = {
    {1u << 0, "bill|billing|invoice*|charge|charges|charged|refund*|subscription|payment*|account balance|receipt"},
    {1u << 1, "tax|taxes|deduction*|accountant|accounting|bookkeep*|business entity|audit|fiscal"},
    {1u << 2, "invest*|portfolio*|stock market|stocks|bond|bonds|retirement|trading|financial|finance|mortgage|loan*"},
    {1u << 3,
     "medical|medicine|medication*|doctor|patient*|symptom*|diagnos*|disease*|broken arm|treatment|antibiotic*|health|"
     "clinical|pharma*|dosage*|injur*|nurse|allerg*|side effects|dentist"},
    {1u << 4,
     "legal|law|laws|lawyer|attorney|contract|contracts|court|regulation*|compliance|gdpr|privacy|lawsuit|statute"},
    {1u << 5, "calculus|integral|equation*|algebra|mathematic*|math|derivative|theorem|geometry|statistics"},
    {1u << 6,
     "program*|software|code|coding|python|java|javascript|api|apis|backend|frontend|function|refactor*|compile*|"
     "debug*|library|algorithm|response times"},
    {1u << 7,
     "database*|sql|postgres*|mysql|schema*|queries|replication|warehouse|data warehouse|data storage|index|nosql"},
    {1u << 8,
     "cloud|kubernetes|docker|devops|infrastructure|deployment*|ci cd|pipeline|pipelines|terraform|server|servers|"
     "microservice*|orchestration"},
    {1u << 9, "security|vulnerab*|phishing|malware|firewall|breach|encryption|penetration"},
    {1u << 10, "network|networks|packet|router|latency|connectivity|bandwidth|dns|vpn|traffic data"},
    {1u << 11, "machine learning|neural|model training|anomaly detection|deep learning|llm|ai|ml"},
    {1u << 12,
     "cook*|recipe*|ingredient*|bake|baking|tiramisu|meal*|kitchen appliance|dish|dishes|cuisine|dietary|food"},
    {1u << 13, "travel|flight*|hotel*|itinerary|vacation|tourist|visa|trip|booking"},
    {1u << 14, "restaurant*|diner|reservation|bistro|hospitality"},
    {1u << 15, "marketing|campaign*|seo|brand*|advertis*|social media|conversion|content strategy"},
    {1u << 16, "poem*|poetry|literature|novel|literary|verse|creative writing|fiction|author"},
    {1u << 17, "music|song*|playlist*|melody|genre|chord*|band|concert"},
    {1u << 18, "fashion|outfit*|styling|style consult*|clothing|wardrobe|dress"},
    {1u << 19, "real estate|property listing*|home valuation*|house|housing|rent|tenant|landlord|apartment"},
    {1u << 20, "vehicle*|car|cars|automotive|engine|mechanic|brake*|tire*|oil change"},
    {1u << 21, "animal*|veterinar*|dog|dogs|cat|cats|pet|pets"},
    {1u << 22, "teach*|student*|kindergarten|classroom|lesson*|curriculum|tutor*|education|school|homework"},
    {1u << 23, "plumb*|faucet|leak*|pipe|pipes|drain|toilet|home repair|electrician|carpent*|roof"},
    {1u << 24, "biology|photosynthesis|plants|plant|cell|cells|chemistry|physics|molecule*|science|evolution"},
    {1u << 25, "recruit*|candidate*|hiring|job posting*|resume|interview*|onboarding|payroll|employee*|hr"},
    {1u << 26, "anxiety|stress|wellness|mental health|wellbeing|therapy|therapist|counsel*|mindful*"},
    {1u << 27, "customer service|customer support|support ticket*|troubleshoot*|complaint*|help desk"},
    {1u << 28, "analytics|dashboard*|sentiment|metrics|data analysis|visuali*|business intelligence|bi"},
    {1u << 29, "blockchain|crypto*|bitcoin|ethereum|smart contract*"},
    {1u << 30, "sport*|fitness|workout|gym|training plan|marathon|exercise"},
    {1u << 31, "general|triage|any topic|any question|assistant|all purpose|everything|fallback|default"},
};
constexpr text::CueTable<kRows> kCues;

constexpr std::uint32_t kGeneral = 1u << 31;
// Trades that answer each other's questions.
constexpr std::uint32_t kRelated[] = {
    0x00000207u,  // money: billing, tax, finance, and who guards it
    0x00000fc0u | (1u << 28) | (1u << 29),  // computing
    0x04000008u,  // health of body and mind
    0x00000012u,  // law and tax
    (1u << 12) | (1u << 14),  // food
    (1u << 13) | (1u << 14),  // guests
    (1u << 15) | (1u << 28),
    (1u << 16) | (1u << 22),
    (1u << 22) | (1u << 24) | (1u << 5),
    (1u << 0) | (1u << 27),
    (1u << 4) | (1u << 9),
    (1u << 3) | (1u << 30),
};

constexpr double kClash = 0.8;
constexpr double kMisfit = 0.55;
constexpr double kBetter = 0.6;
constexpr std::size_t kMaxCandidates = 100;

std::uint32_t neighbours(std::uint32_t domains) {
  std::uint32_t out = domains;
  for (const std::uint32_t group : kRelated) out |= (domains & group) != 0 ? group : 0;
  return out;
}

struct Handler {
  std::string text;
  text::Words words;
  std::uint32_t domains = 0;
  double fit = 0;
};

Handler handler(std::string_view name, std::string_view description, const text::Words& request,
                const text::Bag& asked) {
  Handler out;
  out.text = std::string(name);
  for (char& c : out.text) c = c == '_' || c == '-' ? ' ' : c;
  out.text.append(". ").append(description.substr(0, text::Reading::kMaxBytes));
  out.words = text::Words(out.text);
  out.domains = text::cues_in(kCues, out.words, 0, out.words.size());
  const double cover = text::coverage(asked, text::Bag(out.words));
  const double soft = text::similarity(text::SoftVector(request), text::SoftVector(out.words));
  out.fit = cover > soft ? cover : soft;
  return out;
}

Detection ask(json::View input, const Options& options) {
  TextInput in(kDescriptor, input);
  const std::string request_text = in.text("input_text");
  const std::string name = in.text("handler_name");
  const std::string description = in.text("handler_description");
  if (in.failed()) return in.answer();
  Verdict verdict(kDescriptor, options.threshold_of(kDescriptor));
  const text::Words request(std::string_view(request_text).substr(0, text::Reading::kMaxBytes));
  const text::Bag asked(request);
  if (asked.empty()) return verdict.done("The request has no words to judge by.");
  const Handler chosen = handler(name, description, request, asked);
  if (text::Bag(chosen.words).empty()) return verdict.done("The handler does not say what it does.");
  const std::uint32_t wanted = text::cues_in(kCues, request, 0, request.size());
  const std::uint32_t has = chosen.domains & ~kGeneral;
  const bool shared = (neighbours(wanted & ~kGeneral) & has) != 0;
  const bool clash = (wanted & ~kGeneral) != 0 && has != 0 && !shared;
  double best = 0;
  std::string best_name;
  std::size_t seen = 0;
  json::for_each(input["candidates"], [&](json::View item, std::size_t) {
    if (seen++ >= kMaxCandidates || !item["name"].is_string()) return;
    const Handler other = handler(item["name"].text(), item["description"].text(), request, asked);
    if (other.fit > best) {
      best = other.fit;
      best_name = item["name"].text();
    }
  });
  const double better = best_name.empty() || best_name == name ? 0 : text::ramp(best - chosen.fit, 0.05, 0.3);
  verdict.signal("domain_clash", clash && !shared ? 1 : 0, kClash)
      .signal("misfit", shared ? 0 : 1.0 - text::ramp(chosen.fit, 0.05, 0.15), kMisfit)
      .signal("better_candidate", better, kBetter);
  if ((chosen.domains & kGeneral) != 0) verdict.suppress("general_handler", 0.7);
  if ((wanted & ~kGeneral) == 0) verdict.suppress("unknown_subject", 0.3);
  verdict.evidence("request", "/input_text", std::string_view(request_text).substr(0, 200));
  verdict.evidence("handler", "/handler_description", std::string_view(description).substr(0, 200));
  if (better > 0) verdict.evidence("better", "/candidates", best_name);
  if (clash)
    return verdict.done(say({"The request is about another trade than the handler ", json::cut_utf8(name, 80), "."}));
  if (better > 0) return verdict.done(say({"The candidate ", json::cut_utf8(best_name, 80), " fits better."}));
  return verdict.done("The request was compared with the handler's own description.");
}

}  // namespace

extern const Entry entry;
const Entry entry{.descriptor = &kDescriptor, .ask = ask};

}  // namespace agentmend::detectors::routing

// Detector: derailment. Work moves off the assigned task to another topic or another kind of deliverable.
// Quiet on: warnings, next steps and conditions of the task's own object; related fixes; clarification; refusals.
// Cost: O(bytes + sentences x words), bounded by 64 kB a text and 300 sentences.
#include "detectors/detector.h"
#include "detectors/text_input.h"
#include "text/math.h"
#include "text/opposites.h"
#include "text/reading.h"

namespace agentmend::detectors::derailment {
namespace {

constexpr Descriptor kDescriptor{
    .name = "derailment",
    .title = "Task derailment",
    .failure = "Work moves off the assigned task to another topic or another kind of deliverable.",
    .family = Family::kGeneral,
    .severity = Severity::kMedium,
    .stage = Stage::kPostStep,
    .readiness = Readiness::kBeta,
    .inputs = {{"task"}, {"output"}},
    .fixes = {"progress_monitoring", "goal_tracking", "task_anchoring"},
};

enum Means : std::uint32_t {
  kTurn = 1u << 0,
  kPromo = 1u << 1,
  kMuse = 1u << 2,
  kExplode = 1u << 3,
  kStory = 1u << 4,
  kServes = 1u << 5,
};
constexpr text::CueRow kRows[] = {
    {kTurn,
     "by the way|did you know|speaking of|reminds me|reminded of|interestingly|fun fact|on another note|"
     "while i am at it|but first|before that happens|let me ask|have you considered|have you tried|have you thought|"
     "you know|however before you|let me share|like to share|wanted to share|wanted to tell|should mention|"
     "what we really need|what you really need|i also see you|i noticed you|i notice you|might be interested|"
     "may be interested|since you interested|since you are|since you|unrelated|off topic|on a side note"},
    {kPromo,
     "exciting|excited|upgrade to|premium|offer|discount|bundle|limited time|promotional|partnership|early access|"
     "launching|we are also|our new|revolutionary|cutting edge|explore our|check out|popular|"
     "our enterprise|would you like me to tell|would you like a tutorial|app store|convenient|"
     "exclusive|our premium|expanding|rolling out|you might also want|migrating to a new"},
    {kMuse,
     "fascinating|fascinated|interesting|remarkable|amazing|i think we should|i personally|i remember|i love|"
     "rewarding|psychology|history of|evolution of|evolved|deeper|philosophical|broader|societal|dating back|"
     "underrated|etymology|career|thoughts on"},
    {kExplode,
     "redesign the entire|entire|redesign|from scratch|normalize the entire|let me build|i also add|"
     "let me also|comprehensive|machine learning models|internationalization|migrate from|"
     "rewrite|overhaul|whole system|instead let me"},
    {kStory, "once upon a time|haiku|poem|creative story|in a land|magical|enchanted|mystical"},
    {kServes,
     "note that|please note|please|make sure|ensure|remember|warning|to avoid|so i|since the|because|recommend|"
     "next step|within|i found|resolved|fixed"},
};
constexpr text::CueTable<kRows> kCues;

constexpr double kTurned = 0.75;  // the cue alone is a habit of speech; what follows must leave the topic
constexpr double kPromotes = 0.55;
constexpr double kMuses = 0.6;
constexpr double kExplodes = 0.7;
constexpr double kGenre = 0.8;
constexpr double kOff = 0.5;
constexpr std::size_t kSmallTask = 20;  // words: a task that small did not ask for a rebuild

struct Walk {
  std::size_t sentences = 0;
  std::size_t off = 0;  // share nothing with the task
  std::size_t after = 0;  // sentences from the first turn on
  std::size_t after_off = 0;
  std::size_t turn = 0;  // its sentence
  bool turned = false;
  std::size_t promo = 0;
  std::size_t muse = 0;
  std::size_t explode = 0;
  std::size_t first_off = 0;
};

Walk walk(const text::Reading& task, const text::Reading& output) {
  Walk out;
  text::Bag topic = task.bag;
  for (std::size_t i = 0; i < output.sentences.size(); ++i) {
    const text::Sentence& s = output.sentences[i];
    const std::size_t first = output.first_word(s);
    const std::size_t last = output.last_word(s);
    const text::Bag bag(output.words, first, last);
    if (bag.empty()) continue;
    const std::uint32_t means = text::cues_in(kCues, output.words, first, last);
    const double on = text::coverage(bag, task.bag);
    const double near = text::coverage(bag, topic);
    ++out.sentences;
    const bool off = on < 0.08 && near < 0.12;
    if (off && out.off++ == 0) out.first_off = i;
    if (!off && !out.turned) topic.add(bag);  // what an answer to the task brings up is topic too
    out.promo += (means & kPromo) != 0 ? 1 : 0;
    out.muse += (means & (kMuse | kStory)) != 0 ? 1 : 0;
    if ((means & kExplode) != 0 && (text::cues_in(kCues, task.words, 0, task.words.size()) & kExplode) == 0)
      ++out.explode;
    if ((means & kTurn) != 0 && !out.turned) {
      out.turned = true;
      out.turn = i;
    }
    if (out.turned) {
      ++out.after;
      out.after_off += on < 0.15 ? 1 : 0;
    }
  }
  return out;
}

double share(std::size_t part, std::size_t all) {
  return all == 0 ? 0 : static_cast<double>(part) / static_cast<double>(all);
}

Detection judge(const std::string& task_text, const std::string& output_text, double threshold) {
  Verdict verdict(kDescriptor, threshold);
  const text::Reading task(task_text);
  const text::Reading output(output_text);
  if (task.bag.empty() || output.bag.empty()) return verdict.done("There is no task or no output to compare.");
  const Walk w = walk(task, output);
  const text::CueCounts said = text::count_cues(kCues, output);
  const text::CueCounts asked = text::count_cues(kCues, task);
  const bool genre = said[4] > 0 && asked[4] == 0;
  const double turned = w.turned ? 0.4 + 0.6 * share(w.after_off, w.after) : 0;
  const double off = text::ramp(share(w.off, w.sentences), 0.3, 0.8);
  const double figures = static_cast<double>(output.facts.size());
  verdict.signal("turn", turned, kTurned)
      .signal("promotion",
              w.promo == 0 || asked[1] > 0 ? 0
              : w.promo == 1               ? 0.6
                                           : 1,
              kPromotes)
      .signal("musing",
              w.muse == 0 || asked[2] > 0 ? 0
              : w.muse == 1               ? 0.6
                                          : 1,
              kMuses)
      .signal("explosion", task.words.size() < kSmallTask && w.explode > 0 ? (w.explode == 1 ? 0.7 : 1) : 0, kExplodes)
      .signal("genre", genre ? 1 : 0, kGenre)
      .signal("off_topic", off * (figures < 3 ? 1 : 0.3), kOff)
      .feature("turn_cues", static_cast<double>(said[0]) / 2, 1)
      .feature("promo_cues", static_cast<double>(said[1]) / 3, 1)
      .feature("muse_cues", static_cast<double>(said[2]) / 3, 1)
      .feature("figures", figures / 6, -1)
      .learned();
  const text::Sentence* shown = nullptr;
  if (w.turned)
    shown = &output.sentences[w.turn];
  else if (w.off > 0)
    shown = &output.sentences[w.first_off];
  else if (!output.sentences.empty())
    shown = &output.sentences.back();
  if (shown != nullptr) verdict.evidence("off_topic", "/output", shown->of(output.given));
  verdict.evidence("task", "/task", task.given);
  if (genre)
    verdict.subtype("deliverable");
  else if (w.explode > 0 && !w.turned)
    verdict.subtype("explosion");
  else if (w.turned)
    verdict.subtype("turn");
  if (w.turned) return verdict.done("The output turns to something else than the task.");
  if (genre) return verdict.done("The output is another kind of text than the task asks for.");
  return verdict.done(say({number(w.off), " of ", number(w.sentences), " sentences share nothing with the task."}));
}

Detection ask(json::View input, const Options& options) {
  TextInput in(kDescriptor, input);
  const std::string task = in.text("task");
  const std::string output = in.text("output");
  if (in.failed()) return in.answer();
  return judge(task, output, options.threshold_of(kDescriptor));
}

}  // namespace

extern const Entry entry;
const Entry entry{.descriptor = &kDescriptor, .ask = ask};

}  // namespace agentmend::detectors::derailment

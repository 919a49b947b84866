#include "detectors/general/injection/judge.h"

#include <algorithm>

#include "detectors/general/injection/scene.h"
#include "order.h"
#include "text/decode.h"

namespace agentmend::detectors::injection {
namespace {

// What a text is about, when it is about injection or quotes somebody.
struct Frame {
  bool about = false;  // discusses, teaches or defends against attacks
  bool reports = false;  // says what an error, log or article says
  bool carries = false;  // hands over a text to be worked on, and the text gives orders
  bool drafts = false;  // writes a document or a prompt for another system
};

Frame frame_of(const Reading& r) {
  Frame frame;
  int attack = 0;
  int study = 0;
  bool asks = false;
  bool carry = false;
  for (const Token& token : r.tokens) {
    if (token.quoted) continue;
    attack += token.is(kAttack) ? 1 : 0;
    study += token.is(kStudy) ? 1 : 0;
    frame.reports = frame.reports || token.is(kReport);
    frame.drafts = frame.drafts || token.is(kDraft);
    const std::string_view verb = token.word;
    carry = carry || any_of(verb, " process analyze analyse classify parse translate summarize summarise proofread ");
    frame.carries = frame.carries || (carry && any_of(verb, " this following below "));
    asks = asks || token.is(kAsk) || token.word == "explain" || token.word == "describe";
  }
  frame.about = attack > 0 && (study > 0 || asks || attack > 2);
  frame.drafts = frame.drafts || (study > 0 && asks);
  return frame;
}

// How much of a cue a frame takes away.
double suppressed(const Frame& frame, const Cue& cue, Origin origin, bool several) {
  double share = 0;
  if (origin == Origin::kUser) {
    if (cue.quoted && (frame.about || (frame.reports && !several)))
      share = 0.8;
    else if (cue.quoted && frame.drafts && !several)
      share = 0.7;
    else if (cue.quoted && frame.carries && !frame.reports)
      share = 0.2;
    else if (cue.quoted)
      share = several ? (frame.reports || frame.drafts ? 0.3 : 0.2) : 0.45;
    else if (frame.about)
      share = 0.35;
  } else if (frame.about) {
    share = 0.35;
  }
  return share;
}

void take(Finding& finding, Part part) {
  for (Part& known : finding.parts) {
    if (known.category != part.category) continue;
    if (part.strength * part.weight > known.strength * known.weight) known = std::move(part);
    return;
  }
  finding.parts.push_back(std::move(part));
}

double weight_of(Category category, Origin origin) {
  const double weight = kCategoryFacts[static_cast<std::size_t>(category)].weight;
  return origin == Origin::kUser ? weight : std::min(0.95, weight + 0.1);  // data must not command
}

// Nobody encodes a mention of "previous instructions" but to hide it: no verb is asked for.
void add_told(Finding& finding, const Reading& r, Origin origin, std::string_view coding) {
  for (std::size_t i = 1; i < r.tokens.size(); ++i) {
    if (!r.tokens[i].is(kTold) || !r.tokens[i - 1].is(kPrior | kYour)) continue;
    Part part;
    part.weight = weight_of(part.category, origin);
    part.strength = 0.7;
    part.decoded = std::string(r.span(i - 1, i));
    part.coding = coding;
    return take(finding, std::move(part));
  }
}

// Cues of one reading. `coding`: the reading is of decoded text.
void add_cues(Finding& finding, const Reading& r, Origin origin, std::string_view coding) {
  const std::vector<Cue> cues = find_cues(r, origin != Origin::kUser);
  const Frame frame = coding.empty() ? frame_of(r) : Frame{};
  std::uint32_t quoted = 0;
  bool outside = false;
  for (const Cue& cue : cues) {
    if (cue.quoted && cue.strength >= 0.5) quoted |= 1u << static_cast<unsigned>(cue.category);
    outside = outside || (!cue.quoted && cue.strength >= 0.5);
  }
  if (!coding.empty()) add_told(finding, r, origin, coding);
  const bool several = (quoted & (quoted - 1)) != 0 || outside;
  for (const Cue& cue : cues) {
    Part part;
    part.category = cue.category;
    part.weight = weight_of(cue.category, origin);
    const bool speaks =
        cue.category == Category::kOverride || cue.category == Category::kIdentity || cue.category == Category::kMarkup;
    if (r.program && !speaks && cue.strength < 0.9) continue;  // what programs do to their own guards and outputs
    const double taken = coding.empty() ? suppressed(frame, cue, origin, several) : 0.0;
    part.strength = cue.strength * (1.0 - taken);
    finding.frame = std::max(finding.frame, taken);
    // In data weak cues are ordinary words; many in a long page must not add up.
    if (origin != Origin::kUser && part.strength < 0.45) continue;
    part.text = std::string(r.span(cue.first, cue.last));
    bool leet = false;
    for (std::uint32_t i = cue.first; i <= cue.last; ++i) leet = leet || r.tokens[i].leet;
    if (!coding.empty()) {
      part.coding = coding;
      part.decoded = part.text;
    } else if (leet || r.folded.disguised()) {
      const std::string_view plain = r.between(cue.first, cue.last);
      const bool odd =
          std::any_of(part.text.begin(), part.text.end(), [](char c) { return static_cast<unsigned char>(c) >= 0x80; });
      if (leet || odd || r.folded.spaced > 0) {
        part.coding = leet ? "leet" : "folded";
        part.decoded = std::string(plain);
        if (cue.strength >= 0.4) finding.disguise = 0.2;
      }
    }
    take(finding, std::move(part));
  }
}

}  // namespace

Finding judge(std::string_view text, Origin origin) {
  Finding finding;
  const Reading reading(text);
  add_cues(finding, reading, origin, {});
  for (const text::Decoded& run : text::decode_runs(text)) {
    const Reading inner(run.text);
    Finding decoded;
    add_cues(decoded, inner, origin, run.coding);
    for (Part& part : decoded.parts) {
      if (part.strength >= 0.4) finding.disguise = 0.2;
      part.text = std::string(text.substr(run.begin, run.end - run.begin));
      take(finding, std::move(part));
    }
  }
  if (origin != Origin::kUser) {
    const FoundRequest request = find_request(reading, origin == Origin::kRetrieved);
    if (request.score > 0) {
      Part part;
      part.category = Category::kRequest;
      part.weight = weight_of(Category::kRequest, origin);
      part.strength = request.score / part.weight > 1 ? 1 : request.score / part.weight;
      part.text = std::string(reading.span(request.first, request.last));
      take(finding, std::move(part));
    }
  }
  sort_stable(finding.parts,
              [](const Part& a, const Part& b) { return a.strength * a.weight > b.strength * b.weight; });
  return finding;
}

}  // namespace agentmend::detectors::injection

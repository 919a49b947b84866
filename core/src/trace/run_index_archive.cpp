// A run index as bytes and back.
#include "archive.h"
#include "trace/run_index.h"

namespace agentmend {
namespace {

void exchange(Archive& archive, Place& place) {
  archive.number(place.document);
  archive.number(place.offset);
}

void exchange(Archive& archive, KeptTurn& turn) {
  constexpr std::size_t kCut = 8;  // the mark of a cut stands beside the two halves
  archive.number(turn.role, static_cast<std::uint64_t>(Role::kTool));
  archive.number(turn.agent);
  archive.number(turn.step);
  exchange(archive, turn.place);
  archive.text(turn.text, RunIndex::kTurnBytes + kCut);
  archive.flag(turn.cut);
}

void exchange(Archive& archive, KeptRetrieval& kept) {
  archive.number(kept.agent);
  archive.number(kept.step);
  exchange(archive, kept.place);
  archive.text(kept.query, RunIndex::kTurnBytes);
  archive.list(kept.documents, RunIndex::kDocuments, [&archive](KeptDocument& document) {
    archive.text(document.title, RunIndex::kDocumentBytes);
    archive.text(document.text, RunIndex::kDocumentBytes);
    archive.real(document.score);
    exchange(archive, document.place);
  });
  archive.number(kept.answered);
}

// What knows its own JSON.
template <typename Part>
void exchange_json(Archive& archive, Part& part) {
  constexpr std::size_t kMost = 8u << 20;
  json::Writer writer;
  part.write(writer);
  std::string text = writer.take();
  archive.text(text, kMost);
  if (!archive.reading() || archive.failed()) return;
  json::Index index;
  archive.check(index.read(text).has_value() && part.read(json::View::root(index)));
}

}  // namespace

void RunIndex::exchange(Archive& archive, bool trusted) {
  archive.list(agents_, kAgents, [&archive](std::string& name) { archive.text(name, kNameBytes); });
  archive.list(turns_, kTurns, [&archive](KeptTurn& turn) { agentmend::exchange(archive, turn); });
  archive.list(retrievals_, kRetrievals, [&archive](KeptRetrieval& kept) { agentmend::exchange(archive, kept); });
  archive.list(actions_, kAgents, [&archive](ActionHistory& actions) { actions.exchange(archive); });
  archive.list(open_calls_, kOpenCalls, [&archive](OpenCall& call) {
    archive.text(call.id, kNameBytes);
    archive.text(call.tool, kNameBytes);
  });
  archive.number(opened_);
  for (std::uint64_t* count : {&counts_.events, &counts_.turns, &counts_.user_turns, &counts_.tool_calls,
                               &counts_.tool_errors, &counts_.retrievals, &counts_.handoffs, &seen_bytes_})
    archive.number(*count);
  archive.number(forgotten_agents_);
  tally_.exchange(archive);
  exchange_json(archive, spending_);
  exchange_json(archive, states_);

  archive.check(!agents_.empty() && !actions_.empty());
  archive.check(opened_ == open_calls_.size() || (opened_ > kOpenCalls && open_calls_.size() == kOpenCalls));
  for (const KeptTurn& turn : turns_) archive.check(turn.agent < agents_.size());
  for (const KeptRetrieval& kept : retrievals_) archive.check(kept.agent < agents_.size());
  if (!archive.reading()) return;
  action_bytes_ = 0;
  for (const ActionHistory& actions : actions_) action_bytes_ += actions.kept_bytes();
  if (trusted) return;
  // That a person has spoken still counts, for a call is judged by it; the words do not.
  for (KeptTurn& turn : turns_) {
    if (turn.role == Role::kUser) turn.text = "[not restored]";
  }
}

}  // namespace agentmend

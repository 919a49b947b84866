#include "detectors/multi_agent/coordination/checks.h"

#include <algorithm>

#include "detectors/detector.h"

namespace agentmend::detectors::coordination {
namespace {

using talk::kAsks;
using talk::kCancels;
using talk::kDefers;
using talk::kFails;
using talk::kInsists;
using talk::kLacks;
using talk::kNotice;
using talk::kOrders;
using talk::kSettles;
using talk::kWaits;

// Weights. A stated "not acknowledged" is the failure itself; all that is read from words stays below it.
constexpr double kUnanswered = 0.9;
constexpr double kOnce = 0.85;  // strength of one unanswered message; repeated, or late, or several: 1
constexpr double kOutstanding = 0.75;  // nobody said that it was not received, but no answer came
constexpr double kSilent = 0.6;  // ordered together with others, who answered
constexpr double kContradiction = 0.75;
constexpr double kCircle = 0.9;
constexpr double kReturned = 0.75;
constexpr double kNoSuchAgent = 0.85;
constexpr double kDuplicate = 0.7;
constexpr double kTwoInCharge = 0.4;  // may be meant; with another sign it is not
constexpr double kRace = 0.6;
constexpr double kBroken = 0.45;  // words about missing data alone: two agents must say so
constexpr double kStorm = 0.6;

constexpr std::int64_t kLate = 5 * 60 * 1000;  // five minutes: agents answer in seconds, people in the loop in minutes
constexpr double kSameText = 0.8;  // Jaccard: an order repeated word for word, but for a name

class Checks {
 public:
  explicit Checks(const Log& log) : log_(log), messages_(log.messages) {}

  std::vector<Found> run() {
    unanswered();
    outstanding();
    contradiction();
    waiting_circle();
    returned();
    no_such_agent();
    duplicate_order();
    two_in_charge();
    race();
    broken_handover();
    storm();
    return std::move(found_);
  }

 private:
  [[nodiscard]] std::string_view name(std::uint32_t agent) const {
    return agent < log_.agents.size() ? std::string_view(log_.agents[agent].name) : "nobody";
  }
  void add(Found found) {
    if (found.strength > 0) found_.push_back(std::move(found));
  }
  void keep(Found& best, Found found) const {
    if (found.strength * found.weight > best.strength * best.weight) best = std::move(found);
  }

  // The first message from `from` to `to` (or to anybody) after `i`; size() when there is none.
  [[nodiscard]] std::size_t next(std::size_t i, std::uint32_t from, std::uint32_t to) const {
    for (std::size_t k = i + 1; k < messages_.size(); ++k) {
      const Message& message = messages_[k];
      if (message.from == from && (to == kNobody || message.to == to || message.everybody)) return k;
    }
    return messages_.size();
  }
  // Somebody tells a result later, about the same thing or between the same two.
  [[nodiscard]] bool settled_after(std::size_t i) const {
    const Message& one = messages_[i];
    const std::size_t end = std::min(messages_.size(), i + 1 + kFar);
    for (std::size_t k = i + 1; k < end; ++k) {
      const Message& later = messages_[k];
      if (!later.does(kSettles) || later.does(kFails | kDefers | kWaits) || later.ack == Ack::kNo) continue;
      const bool same_two =
          (later.from == one.from && later.to == one.to) || (later.from == one.to && later.to == one.from);
      if (same_two || share(later.subjects, one.subjects) || text::jaccard(later.words, one.words) > 0.25) return true;
    }
    return false;
  }

  void unanswered() {
    Found best;
    std::size_t count = 0;
    for (std::size_t i = 0; i < messages_.size(); ++i) {
      const Message& message = messages_[i];
      if (message.ack != Ack::kNo || message.from == message.to) continue;
      const std::size_t reply = message.everybody ? messages_.size() : next(i, message.to, message.from);
      const bool answered = reply < messages_.size() && !messages_[reply].does(kFails | kDefers);
      Found found{"unacknowledged", "unanswered", kOnce, kUnanswered, i, i, message.to, {}};
      if (answered || message.everybody) found.strength = 0.4;  // the flag and the log differ
      if (message.does(kNotice) && !message.does(kAsks)) found.strength = 0.4;  // needs no answer
      const std::size_t again = next(i, message.from, message.to);
      if (found.strength == kOnce) {
        ++count;
        const bool repeated = again < reply && again < messages_.size();
        const std::int64_t last = messages_.back().at_ms;
        const bool late = message.at_ms >= 0 && last - message.at_ms > kLate && reply == messages_.size();
        if (repeated || late || count > 1) found.strength = 1;
        if (repeated) found.other = again;
      }
      found.says = say({"A message from `", name(message.from), "` to `", name(message.to), "` was not acknowledged."});
      keep(best, std::move(found));
    }
    add(std::move(best));
  }

  // Asked and never answered, though nothing says that it was not received.
  void outstanding() {
    Found best;
    for (std::size_t i = 0; i < messages_.size(); ++i) {
      const Message& message = messages_[i];
      if (message.ack == Ack::kNo || message.everybody || message.to == kNobody || message.from == message.to) continue;
      if (!message.does(kAsks) || log_.agents[message.to].person) continue;
      if (log_.agents[message.to].last_spoke > i + 1) continue;
      const std::size_t again = next(i, message.from, message.to);
      Found found{"never_answered", "unanswered", 0, kOutstanding, i, i, message.to, {}};
      if (message.ack == Ack::kUnknown && again < messages_.size() && messages_[again].does(kAsks | kInsists)) {
        found.strength = 1;
        found.other = again;
      } else if (log_.whole && message.does(kOrders) && another_answered(i)) {
        found.strength = 1;
        found.weight = kSilent;
      }
      found.says = say({"`", name(message.to), "` was asked by `", name(message.from), "` and never spoke again."});
      keep(best, std::move(found));
    }
    add(std::move(best));
  }
  // The same sender ordered something from another, at the same time or later, and that one answered.
  [[nodiscard]] bool another_answered(std::size_t i) const {
    for (std::size_t k = i + 1; k < messages_.size(); ++k) {
      const Message& later = messages_[k];
      if (later.from != messages_[i].from || later.to == messages_[i].to || later.to == kNobody) continue;
      if (later.does(kOrders) && next(k, later.to, later.from) < messages_.size()) return true;
    }
    return false;
  }

  // Two agents say of one thing what excludes each other, not to each other, and nobody settles it.
  void contradiction() {
    Found best;
    for (std::size_t i = 0; i < messages_.size(); ++i) {
      const Message& one = messages_[i];
      if (one.subjects.empty() && one.names.empty()) continue;
      const std::size_t end = std::min(messages_.size(), i + 1 + kNearby);
      for (std::size_t k = i + 1; k < end; ++k) {
        const Message& two = messages_[k];
        if (one.from == two.from || one.from == kNobody) continue;
        const bool clash =
            two.from != one.to && two.to != one.from && share(one.subjects, two.subjects) && states_clash(one, two);
        if (!(clash || names_clash(one, two)) || settled_after(k)) continue;
        keep(best, {"contradiction", "contradiction", 1, kContradiction, k, i, two.from,
                    say({"`", name(one.from), "` and `", name(two.from), "` say opposite things about one subject."})});
      }
    }
    add(std::move(best));
  }
  [[nodiscard]] static bool has(const std::vector<std::uint64_t>& list, std::uint64_t key) {
    return std::find(list.begin(), list.end(), key) != list.end();
  }
  [[nodiscard]] static bool states_clash(const Message& one, const Message& two) {
    for (const std::uint64_t state : one.states) {
      const std::uint64_t other = opposite(state);
      if (has(two.states, other) && !has(one.states, other) && !has(two.states, state)) return true;
    }
    return false;
  }
  // A name that the second agent has from the first and tells differently.
  [[nodiscard]] static bool names_clash(const Message& one, const Message& two) {
    if (one.names.size() != 1 || two.names.size() != 1 || one.to != two.from) return false;
    const bool same_thing = one.subjects.empty() || two.subjects.empty() || share(one.subjects, two.subjects);
    return same_thing && one.names[0].first == two.names[0].first && one.names[0].second != two.names[0].second &&
           text::common(one.words, two.words) >= 2;  // the attribute and its owner
  }

  // Each agent's newest message says that it waits for the next one of the circle.
  void waiting_circle() {
    std::vector<std::size_t> newest(log_.agents.size(), messages_.size());
    for (std::size_t i = 0; i < messages_.size(); ++i) {
      if (messages_[i].from != kNobody) newest[messages_[i].from] = i;
    }
    for (std::uint32_t start = 0; start < newest.size(); ++start) {
      std::uint32_t at = start;
      for (std::size_t steps = 0; steps <= newest.size(); ++steps) {
        const std::size_t i = newest[at];
        if (i >= messages_.size() || !messages_[i].does(kWaits) || messages_[i].to == kNobody) break;
        at = messages_[i].to;
        if (at != start) continue;
        if (steps == 0) break;  // waits for itself: not a circle of agents
        add({"waiting_circle", "deadlock", 1, kCircle, newest[start], i, start,
             say({"`", name(start), "` and `", name(messages_[i].from), "` wait for each other."})});
        return;
      }
    }
  }

  // Work comes back to somebody who had given it away, undone: once through others, or twice between two.
  void returned() {
    Found best;
    for (std::size_t i = 1; i < messages_.size(); ++i) {
      const Message& back = messages_[i];
      if (back.to == kNobody || back.from == kNobody || !back.does(kFails | kDefers)) continue;
      if (back.does(kSettles) && !back.does(kDefers)) continue;
      if (settled_after(i)) continue;
      const std::size_t again = earlier_refusal(i);
      const std::size_t origin = came_round(i);
      Found found{"returned_undone", "handoff_circle", 0, kReturned, i, i, back.from, {}};
      if (again < i) {
        found.strength = 1;
        found.other = again;
      } else if (origin < i) {
        found.strength = 0.85;
        found.other = origin;
      }
      found.says = say({"Work came back from `", name(back.from), "` to `", name(back.to), "` undone."});
      keep(best, std::move(found));
    }
    add(std::move(best));
  }
  // The same two, the same direction, much the same refusal.
  [[nodiscard]] std::size_t earlier_refusal(std::size_t i) const {
    const Message& back = messages_[i];
    for (std::size_t k = i; k-- > 0 && k + kNearby >= i;) {
      const Message& before = messages_[k];
      if (before.from != back.from || before.to != back.to || !before.does(kFails | kDefers)) continue;
      if (text::jaccard(before.words, back.words) < 0.3 && !back.does(kInsists)) continue;
      if (next(k, back.to, back.from) < i) return k;
    }
    return messages_.size();
  }
  // A chain of at least three messages, each sent by whom the one before reached, that ends where it began.
  [[nodiscard]] std::size_t came_round(std::size_t i) const {
    std::uint32_t holder = messages_[i].from;
    std::size_t length = 1;
    std::size_t at = i;
    for (std::size_t k = i; k-- > 0 && k + kNearby >= i;) {
      const Message& before = messages_[k];
      if (before.to != holder || before.from == kNobody || before.from == holder) continue;
      holder = before.from;
      at = k;
      ++length;
      if (holder == messages_[i].to) break;
    }
    const bool round = holder == messages_[i].to && length >= 3 && messages_[at].does(kAsks | kDefers | kNotice);
    return round || (holder == messages_[i].to && length >= 3) ? at : messages_.size();
  }

  void no_such_agent() {
    bool listed = false;
    for (const Agent& agent : log_.agents) listed = listed || agent.listed;
    if (!listed) return;
    for (std::size_t i = 0; i < messages_.size(); ++i) {
      const Message& message = messages_[i];
      if (message.everybody || message.to == kNobody) continue;
      const Agent& agent = log_.agents[message.to];
      if (agent.listed || agent.person || agent.last_spoke != 0) continue;
      add({"unknown_recipient", "wrong_address", 1, kNoSuchAgent, i, i, message.from,
           say({"`", name(message.from), "` wrote to `", agent.name, "`, which is no agent of this run."})});
      return;
    }
  }

  // One order about one thing to two agents. Reading twice is a second opinion, not a clash.
  void duplicate_order() {
    for (std::size_t i = 0; i < messages_.size(); ++i) {
      const Message& one = messages_[i];
      if (!one.does(kOrders) || one.reads || one.subjects.empty() || one.words.size() < 2) continue;
      const std::size_t end = std::min(messages_.size(), i + 1 + kNearby);
      for (std::size_t k = i + 1; k < end; ++k) {
        const Message& two = messages_[k];
        if (two.from != one.from || two.to == one.to || two.to == kNobody || one.to == kNobody) continue;
        if (!share(one.subjects, two.subjects) || text::jaccard(one.words, two.words) < kSameText) continue;
        if (next(i, one.to, one.from) < k) continue;  // the first answered: it is passed on
        add({"duplicate_order", "duplicate_work", 1, kDuplicate, k, i, one.from,
             say({"`", name(one.from), "` gave one piece of work to `", name(one.to), "` and to `", name(two.to),
                  "`."})});
        return;
      }
    }
  }

  // Two agents ask a third about one thing, and neither heard of it from the other.
  void two_in_charge() {
    for (std::size_t i = 0; i < messages_.size(); ++i) {
      const Message& one = messages_[i];
      if (one.subjects.empty() || one.to == kNobody || one.reads) continue;
      const std::size_t end = std::min(messages_.size(), i + 1 + kNearby);
      for (std::size_t k = i + 1; k < end; ++k) {
        const Message& two = messages_[k];
        if (two.from == one.from || two.to != one.to || two.from == one.to || two.reads) continue;
        if (!share(one.subjects, two.subjects) || was_told(two.from, k, one.subjects)) continue;
        const bool both_answered =
            next(k, one.to, one.from) < messages_.size() && next(k, one.to, two.from) < messages_.size();
        if (!one.does(kAsks) && !two.does(kAsks) && !both_answered) continue;
        add({"two_in_charge", "duplicate_work", 1, kTwoInCharge, k, i, two.from,
             say({"`", name(one.from), "` and `", name(two.from), "` both handle one matter with `", name(one.to),
                  "`."})});
        return;
      }
    }
  }
  [[nodiscard]] bool was_told(std::uint32_t agent, std::size_t before,
                              const std::vector<std::uint64_t>& subjects) const {
    for (std::size_t k = before; k-- > 0 && k + kNearby >= before;) {
      if ((messages_[k].to == agent || messages_[k].everybody) && share(messages_[k].subjects, subjects)) return true;
    }
    return false;
  }

  // An order is taken back before the receiver said anything, and nothing shows which of the two was done.
  void race() {
    for (std::size_t i = 1; i < messages_.size(); ++i) {
      const Message& cancel = messages_[i];
      if (!cancel.does(kCancels) || cancel.to == kNobody) continue;
      for (std::size_t k = i; k-- > 0 && k + kNearby >= i;) {
        const Message& order = messages_[k];
        if (order.from != cancel.from || order.to != cancel.to || !order.does(kAsks)) continue;
        if (text::common(order.words, cancel.words) < 2 && !share(order.subjects, cancel.subjects)) continue;
        if (next(k, cancel.to, kNobody) < messages_.size()) break;
        add({"cancel_race", "race", 1, kRace, i, k, cancel.from,
             say({"`", name(cancel.from), "` took an order back before `", name(cancel.to), "` had answered it."})});
        return;
      }
    }
  }

  // What is handed over is missing, says the giver or the receiver; and nobody mends it.
  void broken_handover() {
    std::vector<std::uint32_t> who;
    for (std::size_t i = 0; i < messages_.size() && who.size() < 2; ++i) {
      const Message& message = messages_[i];
      if (!message.does(kLacks) || message.from == kNobody || settled_after(i)) continue;
      if (std::find(who.begin(), who.end(), message.from) != who.end()) continue;
      who.push_back(message.from);
      add({who.size() == 1 ? "broken_handover" : "broken_handover_seen", "broken_handover", 1, kBroken, i, i,
           message.from,
           say({"What `", name(message.from), "` got or gave was missing or broken, and nobody mended it."})});
    }
  }

  // More than twenty messages a minute between two, much alike.
  void storm() {
    std::size_t run = 1;
    for (std::size_t i = 1; i < messages_.size(); ++i) {
      const Message& one = messages_[i - 1];
      const Message& two = messages_[i];
      const bool same_two = (one.from == two.from && one.to == two.to) || (one.from == two.to && one.to == two.from);
      run = same_two && text::jaccard(one.words, two.words) > kSameText ? run + 1 : 1;
      if (run <= kStormRun || two.at_ms < 0) continue;
      const std::int64_t span = two.at_ms - messages_[i - kStormRun].at_ms;
      if (span < 0 || span > 60'000) continue;
      add({"storm", "storm", 1, kStorm, i, i - kStormRun, two.from,
           say({"`", name(two.from), "` and `", name(two.to), "` send each other the same again and again."})});
      return;
    }
  }

  static constexpr std::size_t kNearby = 40;  // messages looked at around one: what is farther apart is another matter
  static constexpr std::size_t kFar = 200;  // messages within which a matter may be settled
  static constexpr std::size_t kStormRun = 20;
  const Log& log_;
  const std::vector<Message>& messages_;
  std::vector<Found> found_;
};

}  // namespace

std::vector<Found> check(const Log& log) {
  if (log.messages.empty()) return {};
  return Checks(log).run();
}

}  // namespace agentmend::detectors::coordination

// What a session holds, for the files that make it up: events, answers, snapshots.
#pragma once

#include <string>
#include <vector>

#include "agentmend/session.h"
#include "archive.h"
#include "detectors/registry.h"
#include "engine/envelope.h"
#include "heal/in_loop.h"

namespace agentmend {

struct Session::State {
  RunContext context;
  engine::Envelope envelope;
  Error problem;  // of the last event
  bool has_problem = false;
  bool unreadable = false;  // it may have been a call
  Error bad_options;
  bool has_bad_options = false;
  std::string agent;  // of events that name none
  std::string task;

  Arena arena;
  json::Index line;
  RunIndex index;
  Findings findings;
  struct Watch {  // a detector that looks at single events
    const Entry* entry;
    Options options;
  };
  std::vector<Watch> watching;
  heal::InLoop in_loop;
  heal::Intervention last;  // of the last event, when `decided`
  bool decided = false;
  std::uint32_t events = 0;
  std::uint32_t unread = 0;  // events that could not be read
  bool trusts_snapshot = false;
  std::vector<std::size_t> fresh;

  std::uint32_t refuse(Error error, bool is_read = false) {
    unreadable = !is_read;
    if (unreadable) ++unread;
    problem = std::move(error);
    has_problem = true;
    return 2;
  }
  // Everything but the options; `trusted` as in RunIndex::exchange.
  void exchange(Archive& archive, bool trusted);
  void complain(Error error) {
    if (!has_bad_options) bad_options = std::move(error);
    has_bad_options = true;
  }
};

}  // namespace agentmend

// The checks on a log of messages. Each says at most one thing: its strongest case.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "detectors/multi_agent/coordination/log.h"

namespace agentmend::detectors::coordination {

struct Found {
  std::string_view name;  // of the signal
  std::string_view subtype;
  double strength = 0;
  double weight = 0;
  std::size_t message = 0;  // position in Log::messages
  std::size_t other = 0;  // the message that it clashes with; the same when there is none
  std::uint32_t agent = kNobody;  // held responsible
  std::string says;  // the sentence of the summary
};

// O(messages²) at most, with kMaxMessages: some checks look at all later messages of each.
[[nodiscard]] std::vector<Found> check(const Log& log);

}  // namespace agentmend::detectors::coordination

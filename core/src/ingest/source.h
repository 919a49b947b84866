// Which source is a text? Container first, then signature fields with a base score and supports.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "error.h"
#include "json/view.h"

namespace agentmend {

struct Candidate {
  std::string_view source;
  double score = 0;
};

// Candidates of one JSON value, best first; sources that we only recognise (and do not read yet) included.
[[nodiscard]] std::vector<Candidate> candidates_of(json::View value);

void best_first(std::vector<Candidate>& candidates);

// The source to take, by the rules: at least 0.8, or 0.65 with the second 0.2 lower; ties are ambiguous.
[[nodiscard]] Result<Candidate> choose(const std::vector<Candidate>& candidates, json::View value);

// Takes off at most four envelopes: {"data": X}, {"result"}, {"body"}, {"trace"}, {"payload"}, [X].
[[nodiscard]] json::View peel(json::View value);

// The array of messages of a chat document, wherever the shape keeps it.
[[nodiscard]] json::View messages_of(json::View value);

// What the bytes are when they are no text of ours: an archive, a page, protobuf, a Git LFS pointer.
[[nodiscard]] Result<void> check_container(std::string_view text);

[[nodiscard]] bool can_read(std::string_view source);
[[nodiscard]] std::string canonical_source(std::string_view hint);  // "chat_messages" -> "plain-chat"; unknown: empty

}  // namespace agentmend

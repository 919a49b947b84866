// What a trace keeps when there is more than it may hold.
#include <gtest/gtest.h>

#include <algorithm>
#include <string>

#include "ingest/bounds.h"
#include "ingest/ingest.h"
#include "json/writer.h"

namespace agentmend {
namespace {

bool lost(const Trace& trace, std::string_view code) {
  return std::any_of(trace.losses.begin(), trace.losses.end(), [&](const Loss& loss) { return loss.code == code; });
}

TEST(IngestBounds, TheMiddleOfTooManySpansGoesAndIsCounted) {
  constexpr std::size_t kExtra = 500;
  std::string text;
  for (std::size_t i = 0; i < kMostSpans + kExtra; ++i)
    text += "{\"role\":\"assistant\",\"content\":\"" + json::print_integer(static_cast<std::int64_t>(i)) + "\"}\n";

  const auto read = ingest({{"long.jsonl", text}}, "");

  ASSERT_TRUE(read.has_value()) << read.error().message;
  const Trace& trace = read->trace;
  EXPECT_EQ(trace.spans.size(), kMostSpans);
  ASSERT_TRUE(trace.truncated.has_value());
  EXPECT_EQ(trace.truncated->what, "spans");
  EXPECT_EQ(trace.truncated->kept, kMostSpans);
  EXPECT_EQ(trace.truncated->seen, kMostSpans + kExtra);
  EXPECT_TRUE(lost(trace, "cut_middle"));
  // The first tenth is the beginning, the rest the end.
  EXPECT_EQ(pointer_of(trace, trace.spans[kMostSpans / 10 - 1].place), "/19999");
  EXPECT_EQ(pointer_of(trace, trace.spans[kMostSpans / 10].place), "/20500");
  EXPECT_EQ(pointer_of(trace, trace.spans.back().place), "/200499");
}

TEST(IngestBounds, ATextOfMoreThanAMebibyteIsCutAndMarked) {
  const std::string text = "[{\"role\":\"user\",\"content\":\"" + std::string(1'500'000, 'x') + "\"}]";

  const auto read = ingest({{"big.json", text}}, "");

  ASSERT_TRUE(read.has_value()) << read.error().message;
  ASSERT_EQ(read->trace.events.size(), 1u);
  EXPECT_EQ(read->trace.events[0].text.size(), std::size_t{1} << 20);
  EXPECT_TRUE(lost(read->trace, "cut_text"));
}

TEST(IngestBounds, ParentsThatWentAreNoParents) {
  Trace trace;
  trace.spans.resize(kMostSpans + 10);
  for (std::size_t i = 1; i < trace.spans.size(); ++i) trace.spans[i].parent = static_cast<std::uint32_t>(i - 1);

  bound_trace(trace);

  for (std::size_t i = 1; i < trace.spans.size(); ++i) {
    const std::uint32_t expected = i == kMostSpans / 10 ? Span::kNone : static_cast<std::uint32_t>(i - 1);
    ASSERT_EQ(trace.spans[i].parent, expected) << i;
  }
}

}  // namespace
}  // namespace agentmend

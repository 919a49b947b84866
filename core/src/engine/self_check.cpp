// self_check: our own exp and ln over pseudo-random arguments, as hashes of their bits. Two builds that answer the same
// compute the same scores; the conformance tests ask it. read: the reader alone, for measuring it.
#include <cstdint>
#include <cstring>

#include "engine/request.h"
#include "text/hash.h"
#include "text/math.h"

namespace agentmend::engine {
namespace {

constexpr std::int64_t kChunk = 100;
constexpr std::int64_t kMaxCount = 1'000'000;

std::uint64_t bits_of(double value) {
  std::uint64_t bits = 0;
  std::memcpy(&bits, &value, sizeof(bits));
  return bits;
}

std::string hex(std::uint64_t value) {
  constexpr char kDigits[] = "0123456789abcdef";
  std::string out(16, '0');
  for (std::size_t i = 16; i-- > 0; value >>= 4) out[i] = kDigits[value & 15];
  return out;
}

// splitmix64 (Steele, Lea, Flood 2014), then 53 bits to [0, 1).
double uniform(std::uint64_t& state) {
  state += 0x9e3779b97f4a7c15ull;
  std::uint64_t z = state;
  z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9ull;
  z = (z ^ (z >> 27)) * 0x94d049bb133111ebull;
  return static_cast<double>((z ^ (z >> 31)) >> 11) * (1.0 / 9007199254740992.0);
}

}  // namespace

Result<std::string> op_self_check(const Request& request) {
  const auto seed = request.header["seed"].integer();
  const auto count = request.header["count"].integer();
  if (!seed || !count || *count < 1 || *count > kMaxCount) {
    return fail(ErrorCode::kInvalidInput, "/count", "Give seed (integer) and count (1 to 1000000).");
  }
  json::Writer writer;
  writer.begin_object();
  for (const bool exponential : {true, false}) {
    writer.key(exponential ? "exp" : "ln").begin_array();
    auto state = static_cast<std::uint64_t>(*seed);
    std::uint64_t digest = 0;
    for (std::int64_t i = 1; i <= *count; ++i) {
      const double u = uniform(state);
      // exp over the range of logits and beyond; ln over twelve decades around one
      const double value =
          exponential ? text::exp((u - 0.5) * 120.0) : text::ln(text::exp((u - 0.5) * 28.0) * (0.5 + uniform(state)));
      digest = text::combine(digest, bits_of(value));
      if (i % kChunk == 0 || i == *count) {
        writer.string(hex(digest));
        digest = 0;
      }
    }
    writer.end_array();
  }
  return writer.end_object().take();
}

Result<std::string> op_read(const Request& request) {
  json::Index index;
  if (auto read = index.read(request.payload); !read) return tl::unexpected(read.error());
  json::Writer writer;
  return writer.begin_object().member("values", index.entries().size()).end_object().take();
}

}  // namespace agentmend::engine

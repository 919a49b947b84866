#include "archive.h"

#include <cstring>

namespace agentmend {

void Archive::word(std::uint64_t& value, std::uint64_t most) {
  if (!reading()) {
    std::uint64_t left = value;
    for (; left >= 0x80; left >>= 7) out_->push_back(static_cast<char>(static_cast<unsigned char>(left | 0x80u)));
    out_->push_back(static_cast<char>(left));
    return;
  }
  std::uint64_t bits = 0;
  for (unsigned shift = 0; !failed_; shift += 7) {
    if (at_ == in_.size() || shift > 63) return fail();
    const auto byte = static_cast<unsigned char>(in_[at_++]);
    if (shift == 63 && byte > 1) return fail();
    bits |= static_cast<std::uint64_t>(byte & 0x7fu) << shift;
    if (byte < 0x80) break;
  }
  check(bits <= most);
  value = failed_ ? 0 : bits;
}

void Archive::text(std::string& value, std::size_t most) {
  const std::size_t size = count(value.size(), most);
  if (!reading()) {
    out_->append(value);
    return;
  }
  value.assign(in_.substr(at_, size));
  at_ += size;
}

void Archive::real(double& value) {
  std::uint64_t bits = 0;
  std::memcpy(&bits, &value, sizeof(bits));
  word(bits, ~0ull);
  if (!reading()) return;
  std::memcpy(&value, &bits, sizeof(bits));
  check(value - value == 0);  // no NaN, no infinity
  if (failed_) value = 0;
}

std::size_t Archive::count(std::size_t now, std::size_t most) {
  std::uint64_t size = now;
  word(size, reading() ? most : ~0ull);
  if (!reading()) return now;
  check(size <= in_.size() - at_);
  return failed_ ? 0 : static_cast<std::size_t>(size);
}

}  // namespace agentmend

// A state as bytes, and back: one description of a type serves both ways, so that they cannot differ.
//
//   void exchange(Archive& archive) { archive.number(count_); archive.text(name_); }
//
// Reading never trusts what it reads: a bound that does not hold, or an early end, makes the archive fail. Whoever
// reads asks failed() at the end and drops what was read.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <limits>
#include <string>
#include <string_view>
#include <type_traits>

namespace agentmend {

class Archive {
 public:
  explicit Archive(std::string& out) : out_(&out) {}
  explicit Archive(std::string_view in) : in_(in) {}

  [[nodiscard]] bool reading() const { return out_ == nullptr; }
  [[nodiscard]] bool failed() const { return failed_; }
  [[nodiscard]] bool at_end() const { return at_ == in_.size(); }
  [[nodiscard]] std::size_t offset() const { return at_; }  // where reading stands, or failed
  void fail() { failed_ = true; }
  void check(bool holds) { failed_ = failed_ || !holds; }

  void word(std::uint64_t& value, std::uint64_t most);  // seven bits a byte
  void text(std::string& value, std::size_t most = 1u << 20);
  void real(double& value);
  // How many items follow: `now` when writing. At most `most`, and no more than bytes are left.
  [[nodiscard]] std::size_t count(std::size_t now, std::size_t most);

  // A number or an enum, at most `most`. Signed ones that are never below -1 are written one up.
  template <typename T>
  void number(T& value, std::uint64_t most = 0) {
    constexpr bool kSigned = std::is_signed_v<T>;
    if (most == 0) most = largest<T>();
    std::uint64_t bits = static_cast<std::uint64_t>(value) + (kSigned ? 1u : 0u);
    word(bits, most);
    if (reading()) value = static_cast<T>(bits - (kSigned ? 1u : 0u));
  }
  void flag(bool& value) {
    std::uint64_t bits = value ? 1 : 0;
    word(bits, 1);
    if (reading()) value = bits != 0;
  }

  // A list that can be cleared and grown, its items each by exchange(archive, item).
  template <typename List, typename Item>
  void list(List& items, std::size_t most, Item&& exchange_item) {
    const std::size_t size = count(items.size(), most);
    if (reading()) items.clear();
    for (std::size_t i = 0; i < size && !failed_; ++i) {
      if (reading()) items.emplace_back();
      exchange_item(items[i]);
    }
  }
  template <typename List>
  void numbers(List& items, std::size_t most) {
    list(items, most, [this](auto& item) { this->number(item); });
  }

 private:
  template <typename T>
  static constexpr std::uint64_t largest() {
    if constexpr (std::is_enum_v<T>) {
      return std::numeric_limits<std::underlying_type_t<T>>::max();
    } else if constexpr (std::is_signed_v<T>) {
      return 1ull << 53;  // times, counts and money: sums of them never overflow
    } else {
      return std::numeric_limits<T>::max();
    }
  }

  std::string* out_ = nullptr;
  std::string_view in_;
  std::size_t at_ = 0;
  bool failed_ = false;
};

}  // namespace agentmend

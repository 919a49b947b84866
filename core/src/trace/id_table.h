// Ids to positions: spans by their id, calls by theirs. Keeps views, so the ids must outlive the table.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

namespace agentmend {

class IdTable {
 public:
  static constexpr std::uint32_t kNone = 0xffffffffu;
  // The position stored for the id, to read or to change; kNone when the id is new. The reference holds until the next.
  [[nodiscard]] std::uint32_t& at(std::string_view id);
  [[nodiscard]] std::uint32_t find(std::string_view id) const;

 private:
  struct Entry {
    std::uint64_t hash = 0;
    std::string_view id;
    std::uint32_t position = kNone;
  };
  [[nodiscard]] std::size_t slot_of(std::uint64_t hash, std::string_view id) const;
  void grow();
  std::vector<Entry> entries_;
  std::vector<std::uint32_t> slots_;  // open addressing, at most half full; position in entries_ + 1
};

}  // namespace agentmend

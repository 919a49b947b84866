// Reads the texts of a detector's own input: a missing or mistyped key becomes the answer.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "detectors/detector.h"

namespace agentmend {

class TextInput {
 public:
  TextInput(const Descriptor& descriptor, json::View input) : descriptor_(&descriptor), input_(input) {}
  [[nodiscard]] bool failed() const { return failed_; }
  [[nodiscard]] Detection answer() { return std::move(answer_); }
  [[nodiscard]] std::string text(std::string_view key);  // required
  [[nodiscard]] json::View list(std::string_view key);  // required, an array
  [[nodiscard]] std::string given(std::string_view key) const;  // optional; also an array of texts, by lines
 private:
  void fail(Detection answer);
  const Descriptor* descriptor_;
  json::View input_;
  Detection answer_ = {};
  bool failed_ = false;
};

}  // namespace agentmend

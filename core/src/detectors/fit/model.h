// The learned correction of a detector's hand score: z = a logit(hand) + b + sum(beta x). The table is written by
// fit.mjs.
#pragma once

#include <cstddef>
#include <string_view>
#include <vector>

namespace agentmend {
struct Signal;
}

namespace agentmend::fit {

struct Term {
  std::string_view signal;
  float mean;
  float deviation;
  float beta;  // never against the direction that the detector declared for the signal
};
struct Model {
  std::string_view detector;
  float a;
  float b;
  std::size_t first;  // in the list of terms
  std::size_t count;
};

// Nothing when the detector was not fitted: the hand score stands.
[[nodiscard]] const Model* model_of(std::string_view detector);
[[nodiscard]] double corrected(const Model& model, double hand, const std::vector<Signal>& signals);

}  // namespace agentmend::fit

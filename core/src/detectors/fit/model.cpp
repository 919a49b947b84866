#include "detectors/fit/model.h"

#include "detectors/detector.h"
#include "detectors/fit/models.h"
#include "text/math.h"

namespace agentmend::fit {

const Model* model_of(std::string_view detector) {
  for (const Model& model : kModels) {
    if (!model.detector.empty() && model.detector == detector) return &model;
  }
  return nullptr;
}

double corrected(const Model& model, double hand, const std::vector<Signal>& signals) {
  double z = static_cast<double>(model.a) * text::logit(hand) + static_cast<double>(model.b);
  for (std::size_t i = model.first; i < model.first + model.count; ++i) {
    const Term& term = kTerms[i];
    double x = 0;
    for (const Signal& signal : signals) {
      if (signal.name == term.signal) x = signal.value;
    }
    x = (x - static_cast<double>(term.mean)) / static_cast<double>(term.deviation);
    z += static_cast<double>(term.beta) * (x < -4 ? -4 : x > 4 ? 4 : x);  // 4: one odd text must not decide alone
  }
  return text::logistic(z);
}

}  // namespace agentmend::fit

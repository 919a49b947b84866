// What a run has spent so far: model calls, tokens and money, per model and per agent, tool calls and time. O(1) an
// event. All agents of a run count on the run: a child's spending is its root's. What nobody counted is estimated from
// text, and counted as estimated.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "json/view.h"
#include "json/writer.h"
#include "trace/event.h"

namespace agentmend {

struct Budget {  // -1 = not limited
  std::int64_t max_cost_micro_usd = -1;
  std::int64_t max_tokens = -1;
  std::int64_t max_llm_calls = -1;
  std::int64_t max_tool_calls = -1;
  std::int64_t max_duration_ms = -1;
  [[nodiscard]] bool empty() const {
    return max_cost_micro_usd < 0 && max_tokens < 0 && max_llm_calls < 0 && max_tool_calls < 0 && max_duration_ms < 0;
  }
};
// {max_cost_usd, max_tokens, max_llm_calls, max_tool_calls, max_duration_ms}; what is no number >= 0 limits nothing.
[[nodiscard]] Budget read_budget(json::View limits);

struct Spent {
  std::int64_t calls = 0;  // of models
  std::int64_t input_tokens = 0;  // cached ones included
  std::int64_t output_tokens = 0;
  std::int64_t cost_micro_usd = 0;  // of the calls that have a price
  std::int64_t unpriced = 0;  // calls without one
  std::int64_t estimated = 0;  // calls whose tokens are an estimate
  [[nodiscard]] std::int64_t tokens() const { return input_tokens + output_tokens; }
};

// One model call, as it is told.
struct ModelCall {
  std::string_view model;
  std::int64_t input_tokens = 0, output_tokens = 0, cached_tokens = 0;
  std::int64_t cost_micro_usd = -1;  // given; else the price table's
  bool estimated = false;
  std::uint32_t agent = 0, step = 0;
  Place place;
};

class Spending {
 public:
  static constexpr std::size_t kModels = 16;  // told apart; later ones share the last place, named "other"
  static constexpr std::size_t kAgents = 64;
  static constexpr std::size_t kDearest = 3;  // calls kept for evidence

  struct OfModel {
    std::string model;
    Spent spent;
  };
  struct OfAgent {
    std::uint32_t agent = 0;
    Spent spent;
    std::int64_t context_bytes = 0;  // what was said to it and by it: what its next call reads at least
    std::int64_t last_input = 0, last_tokens = 0;
    std::uint32_t growing = 0;  // calls in a row whose input grew by more than 30 %
    bool wasted = false;  // its last call was already counted as wasted
  };
  struct Dear {
    std::string model;
    std::int64_t tokens = 0, cost_micro_usd = -1;
    std::uint32_t step = 0;
    Place place;
  };

  void append(const Event& event);
  void add(const ModelCall& call);
  void limit(const Budget& budget) { budget_ = budget; }  // what the run itself says

  [[nodiscard]] const Spent& total() const { return total_; }
  [[nodiscard]] const std::vector<OfModel>& models() const { return models_; }
  [[nodiscard]] const std::vector<OfAgent>& agents() const { return agents_; }
  [[nodiscard]] const std::vector<Dear>& dearest() const { return dearest_; }  // most first
  [[nodiscard]] const Budget& budget() const { return budget_; }
  [[nodiscard]] std::int64_t tool_calls() const { return tool_calls_; }
  [[nodiscard]] std::int64_t duration_ms() const { return first_ms_ < 0 ? -1 : last_ms_ - first_ms_; }
  [[nodiscard]] std::int64_t wasted_tokens() const { return wasted_tokens_; }  // of calls whose tool call failed
  [[nodiscard]] std::uint32_t longest_growth() const { return longest_growth_; }

  // A member of a session's snapshot.
  void write(json::Writer& writer) const;
  [[nodiscard]] bool read(json::View value);  // false: not of this form, nothing was taken

 private:
  OfAgent& of_agent(std::uint32_t agent);
  Spent& of_model(std::string_view model);
  std::vector<OfModel> models_;
  std::vector<OfAgent> agents_;
  std::vector<Dear> dearest_;
  Spent total_;
  Budget budget_;
  std::int64_t tool_calls_ = 0, first_ms_ = -1, last_ms_ = -1, wasted_tokens_ = 0;
  std::uint32_t longest_growth_ = 0;
};

}  // namespace agentmend

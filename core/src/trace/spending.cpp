#include "trace/spending.h"

#include <algorithm>

#include "trace/models.h"

namespace agentmend {
namespace {

constexpr std::int64_t kMost = 1'000'000'000'000'000;  // no figure of a run comes near; sums stay far from overflow

std::int64_t bounded(std::int64_t value) { return std::clamp<std::int64_t>(value, 0, kMost); }

void sum(Spent& into, const ModelCall& call, std::int64_t cost) {
  ++into.calls;
  into.input_tokens = bounded(into.input_tokens + call.input_tokens);
  into.output_tokens = bounded(into.output_tokens + call.output_tokens);
  if (cost < 0) {
    ++into.unpriced;
  } else {
    into.cost_micro_usd = bounded(into.cost_micro_usd + cost);
  }
  if (call.estimated) ++into.estimated;
}

// The numbers of a Spent, in the order in which they are written.
constexpr std::int64_t Spent::*kFields[] = {&Spent::calls,          &Spent::input_tokens, &Spent::output_tokens,
                                            &Spent::cost_micro_usd, &Spent::unpriced,     &Spent::estimated};

void write_spent(json::Writer& writer, const Spent& spent) {
  writer.begin_array();
  for (const auto field : kFields) writer.integer(spent.*field);
  writer.end_array();
}

bool read_spent(json::View value, Spent& spent) {
  if (!value.is_array() || value.size() != std::size(kFields)) return false;
  bool sound = true;
  json::for_each(value, [&](json::View item, std::size_t i) {
    const auto number = item.integer();
    sound = sound && number && *number >= 0 && *number <= kMost;
    if (sound) spent.*kFields[i] = *number;
  });
  return sound;
}

std::int64_t limit_of(json::View limits, std::string_view name, double factor) {
  const auto number = limits[name].number();
  if (!number || *number < 0) return -1;
  const double scaled = *number * factor;
  return scaled > static_cast<double>(kMost) ? kMost : static_cast<std::int64_t>(scaled + 0.5);
}

}  // namespace

Budget read_budget(json::View limits) {
  Budget budget;
  budget.max_cost_micro_usd = limit_of(limits, "max_cost_usd", 1'000'000);
  if (budget.max_cost_micro_usd < 0) budget.max_cost_micro_usd = limit_of(limits, "max_cost_micro_usd", 1);
  budget.max_tokens = limit_of(limits, "max_tokens", 1);
  budget.max_llm_calls = limit_of(limits, "max_llm_calls", 1);
  budget.max_tool_calls = limit_of(limits, "max_tool_calls", 1);
  budget.max_duration_ms = limit_of(limits, "max_duration_ms", 1);
  if (budget.max_duration_ms < 0) budget.max_duration_ms = limit_of(limits, "max_duration_seconds", 1000);
  if (budget.max_duration_ms < 0) budget.max_duration_ms = limit_of(limits, "max_seconds", 1000);
  return budget;
}

Spending::OfAgent& Spending::of_agent(std::uint32_t agent) {
  for (OfAgent& known : agents_) {
    if (known.agent == agent) return known;
  }
  if (agents_.size() >= kAgents) return agents_.back();
  agents_.emplace_back().agent = agent;
  return agents_.back();
}

Spent& Spending::of_model(std::string_view model) {
  for (OfModel& known : models_) {
    if (known.model == model) return known.spent;
  }
  if (models_.size() >= kModels) return models_.back().spent;
  constexpr std::size_t kLongestName = 100;
  const bool last = models_.size() + 1 == kModels;
  models_.push_back({std::string(last ? std::string_view("other") : json::cut_utf8(model, kLongestName)), {}});
  return models_.back().spent;
}

void Spending::add(const ModelCall& told) {
  ModelCall call = told;
  call.input_tokens = bounded(call.input_tokens);
  call.output_tokens = bounded(call.output_tokens);
  const std::int64_t cost = call.cost_micro_usd >= 0
                                ? bounded(call.cost_micro_usd)
                                : price_of(call.model, call.input_tokens, call.output_tokens, call.cached_tokens);
  sum(total_, call, cost);
  sum(of_model(call.model), call, cost);
  OfAgent& agent = of_agent(call.agent);
  sum(agent.spent, call, cost);
  const bool grew = agent.last_input > 0 && call.input_tokens * 10 > agent.last_input * 13;
  agent.growing = grew && !call.estimated ? agent.growing + 1 : 0;
  longest_growth_ = std::max(longest_growth_, agent.growing);
  agent.last_input = call.input_tokens;
  agent.last_tokens = call.input_tokens + call.output_tokens;
  agent.wasted = false;

  const auto dearer = [](const Dear& a, std::int64_t c, std::int64_t tokens) {
    return a.cost_micro_usd != c ? a.cost_micro_usd > c : a.tokens >= tokens;
  };
  std::size_t at = 0;
  while (at < dearest_.size() && dearer(dearest_[at], cost, agent.last_tokens)) ++at;
  if (at >= kDearest) return;
  if (dearest_.size() == kDearest) dearest_.pop_back();
  dearest_.insert(dearest_.begin() + static_cast<std::ptrdiff_t>(at),
                  {std::string(json::cut_utf8(call.model, 100)), agent.last_tokens, cost, call.step, call.place});
}

void Spending::append(const Event& event) {
  if (event.at_ms >= 0) {
    if (first_ms_ < 0) first_ms_ = last_ms_ = event.at_ms;
    last_ms_ = std::max(last_ms_, event.at_ms);
  }
  if (event.kind == EventKind::kToolCall) ++tool_calls_;
  if (event.kind == EventKind::kState || event.kind == EventKind::kRunEnd) return;
  OfAgent& agent = of_agent(event.agent);
  if (event.kind == EventKind::kModelEnd) {
    ModelCall call;
    call.model = event.name;
    call.agent = event.agent;
    call.step = event.step;
    call.place = event.place;
    call.estimated = !event.usage.told;
    call.cost_micro_usd = event.usage.cost_micro_usd;
    call.input_tokens =
        call.estimated ? estimated_tokens(static_cast<std::size_t>(agent.context_bytes)) : event.usage.input_tokens;
    call.output_tokens = call.estimated ? estimated_tokens(event.text.size()) : event.usage.output_tokens;
    call.cached_tokens = event.usage.cached_tokens;
    add(call);
  } else if (event.kind == EventKind::kToolResult && event.status == CallStatus::kError && !agent.wasted) {
    wasted_tokens_ = bounded(wasted_tokens_ + agent.last_tokens);
    agent.wasted = true;
  }
  agent.context_bytes = bounded(agent.context_bytes + static_cast<std::int64_t>(event.text.size()));
}

void Spending::write(json::Writer& writer) const {
  writer.begin_object().key("total");
  write_spent(writer, total_);
  writer.key("models").begin_array();
  for (const OfModel& one : models_) {
    writer.begin_object().member("model", one.model).key("spent");
    write_spent(writer, one.spent);
    writer.end_object();
  }
  writer.end_array().key("agents").begin_array();
  for (const OfAgent& one : agents_) {
    writer.begin_object().member("agent", one.agent).key("spent");
    write_spent(writer, one.spent);
    writer.member("context_bytes", one.context_bytes).member("last_input", one.last_input);
    writer.member("last_tokens", one.last_tokens).member("growing", one.growing).member("wasted", one.wasted);
    writer.end_object();
  }
  writer.end_array().key("dearest").begin_array();
  for (const Dear& one : dearest_) {
    writer.begin_object().member("model", one.model).member("tokens", one.tokens);
    writer.member("cost", one.cost_micro_usd).member("step", one.step);
    writer.member("document", one.place.document).member("offset", one.place.offset).end_object();
  }
  writer.end_array().key("budget").begin_array();
  for (const std::int64_t limit : {budget_.max_cost_micro_usd, budget_.max_tokens, budget_.max_llm_calls,
                                   budget_.max_tool_calls, budget_.max_duration_ms})
    writer.integer(limit);
  writer.end_array().member("tool_calls", tool_calls_).member("first_ms", first_ms_).member("last_ms", last_ms_);
  writer.member("wasted_tokens", wasted_tokens_).member("longest_growth", longest_growth_).end_object();
}

bool Spending::read(json::View value) {
  Spending taken;
  bool sound = value.is_object() && read_spent(value["total"], taken.total_);
  const auto number = [&sound](json::View item, std::int64_t least = 0) {
    const auto n = item.integer();
    sound = sound && n && *n >= least && *n <= kMost;
    return n.value_or(0);
  };
  json::for_each(value["models"], [&](json::View item, std::size_t i) {
    OfModel& one = taken.models_.emplace_back();
    one.model = item["model"].text();
    sound = sound && i < kModels && read_spent(item["spent"], one.spent);
  });
  json::for_each(value["agents"], [&](json::View item, std::size_t i) {
    OfAgent& one = taken.agents_.emplace_back();
    one.agent = static_cast<std::uint32_t>(number(item["agent"]));
    sound = sound && i < kAgents && read_spent(item["spent"], one.spent);
    one.context_bytes = number(item["context_bytes"]);
    one.last_input = number(item["last_input"]);
    one.last_tokens = number(item["last_tokens"]);
    one.growing = static_cast<std::uint32_t>(number(item["growing"]));
    one.wasted = item["wasted"].boolean(false);
  });
  json::for_each(value["dearest"], [&](json::View item, std::size_t i) {
    Dear& one = taken.dearest_.emplace_back();
    one.model = item["model"].text();
    one.tokens = number(item["tokens"]);
    one.cost_micro_usd = number(item["cost"], -1);
    one.step = static_cast<std::uint32_t>(number(item["step"]));
    one.place.document = static_cast<std::uint32_t>(number(item["document"]));
    one.place.offset = static_cast<std::uint32_t>(number(item["offset"]));
    sound = sound && i < kDearest;
  });
  std::int64_t* limits[] = {&taken.budget_.max_cost_micro_usd, &taken.budget_.max_tokens, &taken.budget_.max_llm_calls,
                            &taken.budget_.max_tool_calls, &taken.budget_.max_duration_ms};
  sound = sound && value["budget"].size() == std::size(limits);
  if (!sound) return false;
  json::for_each(value["budget"], [&](json::View item, std::size_t i) { *limits[i] = number(item, -1); });
  taken.tool_calls_ = number(value["tool_calls"]);
  taken.first_ms_ = number(value["first_ms"], -1);
  taken.last_ms_ = number(value["last_ms"], -1);
  taken.wasted_tokens_ = number(value["wasted_tokens"]);
  taken.longest_growth_ = static_cast<std::uint32_t>(number(value["longest_growth"]));
  if (!sound) return false;
  *this = std::move(taken);
  return true;
}

}  // namespace agentmend

#include "json/flatted.h"

#include <optional>
#include <vector>

#include "json/writer.h"

namespace agentmend::json {
namespace {

constexpr std::size_t kMaxElements = 2'000'000;  // a run of 64 MiB has fewer

// "12" -> 12; nothing when it is no canonical decimal number.
std::optional<std::size_t> index_of(View value) {
  std::string storage;
  const std::string_view text = value.text(storage);
  if (text.empty() || text.size() > 8 || (text.size() > 1 && text[0] == '0')) return std::nullopt;
  std::size_t number = 0;
  for (const char c : text) {
    if (c < '0' || c > '9') return std::nullopt;
    number = number * 10 + static_cast<std::size_t>(c - '0');
  }
  return number;
}

class Unflattener {
 public:
  Unflattener(View array, const Limits& limits) : limits_(limits) {
    for (View item = array.first(); item && elements_.size() <= kMaxElements; item = item.next_in(array))
      elements_.push_back(item);
    open_.assign(elements_.size(), false);
  }

  Result<Unflattened> run() {
    if (elements_.empty() || elements_.size() > kMaxElements)
      return fail(ErrorCode::kFlattedIndex, "", "The flatted data has no elements, or more than 2,000,000.");
    enter(0);
    while (!frames_.empty() && !error_) step();
    if (error_) return tl::unexpected(*error_);
    Unflattened out;
    out.text = writer_.take();
    out.cycles = cycles_;
    return out;
  }

 private:
  struct Frame {
    std::size_t element;
    View container, next;  // next: the member or item to write
  };

  void stop(ErrorCode code, std::size_t element, std::string message) {
    error_ = Error{code, "/" + print_integer(static_cast<std::int64_t>(element)), std::move(message)};
  }

  // Writes element `at`: a scalar at once, a container by opening it.
  void enter(std::size_t at) {
    const View value = elements_[at];
    if (!value.is_array() && !value.is_object()) {
      writer_.raw(value.raw());
      return;
    }
    if (open_[at]) {
      ++cycles_;
      writer_.null();
      return;
    }
    if (frames_.size() >= limits_.max_depth || writer_.str().size() > limits_.max_bytes) {
      const bool deep = frames_.size() >= limits_.max_depth;
      stop(deep ? ErrorCode::kLimitDepth : ErrorCode::kLimitBytes, at, "The flatted data unfolds beyond the limits.");
      return;
    }
    open_[at] = true;
    if (value.is_array()) {
      writer_.begin_array();
    } else {
      writer_.begin_object();
    }
    frames_.push_back({at, value, value.first()});
  }

  void step() {
    const View container = frames_.back().container;
    const View value = frames_.back().next;
    const std::size_t element = frames_.back().element;
    if (!value) {
      if (container.is_array()) {
        writer_.end_array();
      } else {
        writer_.end_object();
      }
      open_[element] = false;
      frames_.pop_back();
      return;
    }
    frames_.back().next = value.next_in(container);
    if (container.is_object()) writer_.key(value.key().text(key_));
    if (value.is_string()) {
      const auto index = index_of(value);
      if (!index || *index >= elements_.size()) {
        stop(ErrorCode::kFlattedIndex, element, "An index of the flatted data is out of range or not a number.");
        return;
      }
      enter(*index);
    } else {
      writer_.raw(value.raw());  // numbers, booleans, null; nested containers do not occur
    }
  }

  const Limits& limits_;
  std::vector<View> elements_;
  std::vector<bool> open_;  // containers being written
  std::vector<Frame> frames_;
  std::optional<Error> error_;
  Writer writer_;
  std::string key_;
  std::uint32_t cycles_ = 0;
};

}  // namespace

Result<Unflattened> unflatten(View array, const Limits& limits) { return Unflattener(array, limits).run(); }

bool looks_flatted(View value) {
  const View root = value.is_array() ? value.first() : View();
  if (!root.is_object() || !root.next_in(value)) return false;
  bool refers = false, plain = false;
  for_each_member(root, [&](std::string_view, View member) {
    if (member.is_string()) (index_of(member) ? refers : plain) = true;
  });
  return refers && !plain;
}

}  // namespace agentmend::json

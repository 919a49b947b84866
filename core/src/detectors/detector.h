// What a detector is: a descriptor (data), and up to three ways to ask it. See README.md of this folder for the recipe.
#pragma once

#include <cstdint>
#include <deque>
#include <initializer_list>
#include <string>
#include <string_view>
#include <vector>

#include "json/view.h"
#include "trace/event.h"
#include "trace/run_context.h"
#include "trace/run_index.h"
#include "trace/trace.h"

namespace agentmend {

enum class Family : std::uint8_t {
  kGeneral,
  kMultiAgent,
  kN8n,
  kDify,
  kOpenclaw,
  kLanggraph,
  kSafety,
  kGovernance,
  kClaudeCode
};
enum class Severity : std::uint8_t { kLow, kMedium, kHigh, kCritical };
enum class Stage : std::uint8_t { kPreTool, kPostStep, kOffline };  // kPreTool: the finding is about the pending call
enum class Readiness : std::uint8_t { kPlanned, kExperimental, kBeta, kStable };

[[nodiscard]] std::string_view name_of(Family family);
[[nodiscard]] std::string_view name_of(Severity severity);
[[nodiscard]] std::string_view name_of(Stage stage);
[[nodiscard]] std::string_view name_of(Readiness readiness);

// A short constexpr list.
template <typename T, std::size_t N>
struct Few {
  T items[N]{};
  std::size_t count = 0;
  constexpr Few() = default;
  constexpr Few(std::initializer_list<T> list) {
    for (const T& item : list) items[count++] = item;
  }
  [[nodiscard]] constexpr const T* begin() const { return items; }
  [[nodiscard]] constexpr const T* end() const { return items + count; }
  [[nodiscard]] constexpr std::size_t size() const { return count; }
  [[nodiscard]] constexpr bool empty() const { return count == 0; }
};

struct InputKey {
  std::string_view name;
  bool optional = false;
};
constexpr bool kOptional = true;

// Bucket, governance and risk are not written here: they follow from the family and the fix types.
struct Descriptor {
  std::string_view name;  // byte-equal to the catalogue
  std::string_view title = "";
  std::string_view failure = "";  // what goes wrong, one sentence
  Family family = Family::kGeneral;
  Severity severity = Severity::kMedium;
  Stage stage = Stage::kPostStep;
  double threshold = 0.5;  // detected = confidence >= threshold
  Readiness readiness = Readiness::kPlanned;
  Few<InputKey, 8> inputs = {};
  Few<std::string_view, 8> fixes = {};  // in order of preference
  std::string_view unfed = "";  // why it is skipped when a trace never fed it, e.g. "no_tool_calls"
  int version = 1;  // raised when verdicts change
};

enum class Status : std::uint8_t { kOk, kInsufficientInput, kInvalidInput };

struct Signal {
  std::string_view name;
  double value = 0;  // 0..1
  double weight = 0;  // negative: a suppressor
};

// One thing a person can check. `path` is a JSON pointer into the detector's input; `place` into what was given.
struct Evidence {
  std::string kind;
  std::string path;
  std::string text;  // cut to 200 characters and masked when it leaves
  std::string value;  // JSON, or empty
  std::string expected;  // JSON, or empty
  Place place = {};
};

struct Detection {
  const Descriptor* descriptor = nullptr;
  Status status = Status::kOk;
  bool detected = false;
  double confidence = 0;  // strength of the failure signal, also when not detected
  Severity severity = Severity::kMedium;
  std::string subtype;
  std::string summary;  // one sentence
  std::string missing;  // the key, for kInsufficientInput and kInvalidInput
  std::vector<Signal> signals;
  std::vector<Evidence> evidence;
  std::string agent;  // held responsible; empty = not known
  std::int64_t step = -1;  // 0-based message at which it happened
  std::uint32_t instances = 1;
  // The detector's own input, as JSON, when it was built from a run and its fix is verified by asking again; or empty.
  std::string input = {};
};

// Combines signals into a confidence: noisy-or 1 - prod(1 - w s), then suppressors multiply by (1 - d), then vetoes
// cap.
class Verdict {
 public:
  Verdict(const Descriptor& descriptor, double threshold);
  Verdict& signal(std::string_view name, double strength, double weight);
  Verdict& suppress(std::string_view name, double strength);  // multiplies by 1 - strength
  Verdict& cap(std::string_view name, double limit);  // a veto: confidence at most `limit`
  // A certain sign of the failure: confidence at least `level`, whatever the sum says (a veto still wins).
  Verdict& sufficient(std::string_view name, double level);
  // Known to the learned correction only: `direction` > 0 when more of it points to the failure, else < 0.
  Verdict& feature(std::string_view name, double value, int direction);
  Verdict& learned();  // corrects the sum by the fitted model (fit/README.md), when there is one
  Verdict& evidence(Evidence item);
  Verdict& evidence(std::string_view kind, std::string path, std::string_view text, std::string value = {},
                    Place place = {});
  Verdict& subtype(std::string_view name);
  Verdict& severity(Severity value);
  [[nodiscard]] double confidence() const;  // so far, rounded to six decimals
  [[nodiscard]] Detection done(std::string summary);

 private:
  Detection detection_;
  double threshold_;
  double quiet_ = 1.0;  // prod(1 - w s)
  double factor_ = 1.0;
  double limit_ = 1.0;
  double least_ = 0.0;
  bool learned_ = false;
};

// Short texts for summaries and pointers, out of line: chains of + are most of a small detector's code.
[[nodiscard]] std::string say(std::initializer_list<std::string_view> parts);
[[nodiscard]] std::string number(std::uint64_t value);
[[nodiscard]] std::string item_path(std::string_view list, std::size_t at);  // "/list/3"

[[nodiscard]] Detection insufficient(const Descriptor& descriptor, std::string_view missing);
[[nodiscard]] Detection invalid(const Descriptor& descriptor, std::string_view key);

struct Options {
  double threshold = -1;  // -1 = the descriptor's own
  const RunContext* context = nullptr;
  [[nodiscard]] double threshold_of(const Descriptor& d) const { return threshold < 0 ? d.threshold : threshold; }
};

class Archive;
// `names`: where names of signals stay when a detection is read back.
void exchange(Archive& archive, Detection& detection, std::deque<std::string>& names);

// What detectors found in one run. Merges findings of equal (detector, subtype, agent): the highest confidence stays.
class Findings {
 public:
  void asked(const Descriptor& descriptor);  // it was fed at least once, whatever it said
  void add(Detection detection);  // also a quiet one: then it only counts as asked
  [[nodiscard]] const std::vector<Detection>& all() const { return all_; }
  [[nodiscard]] bool was_asked(const Descriptor& descriptor) const;
  // Fired findings added since the last call, by position in all(). For sessions.
  [[nodiscard]] std::vector<std::size_t> take_fresh();
  [[nodiscard]] bool has_fresh() const { return !fresh_.empty(); }
  // A session acts on what was found just now, not on the strongest of its kind: all() keeps only the latter.
  void keep_newest() { keeps_newest_ = true; }
  [[nodiscard]] const std::vector<Detection>& newest() const { return newest_; }  // beside take_fresh()
  void clear_newest() { newest_.clear(); }
  void exchange(Archive& archive);

 private:
  std::vector<Detection> all_;
  std::vector<const Descriptor*> asked_;
  std::vector<std::size_t> fresh_;
  std::vector<Detection> newest_;
  std::deque<std::string> names_;  // of signals that came out of a snapshot
  bool keeps_newest_ = false;
};

// One line in all.cpp per detector. A detector without any of the three functions is planned.
struct Entry {
  const Descriptor* descriptor = nullptr;
  // The detector on its own input (an object with the descriptor's keys). Never throws; bad data is a status.
  Detection (*ask)(json::View input, const Options& options) = nullptr;
  // After each event of a run was appended to the index. O(1); must cost next to nothing when it has nothing to say.
  void (*observe)(const RunIndex& index, const Event& event, const Options& options, Findings& findings) = nullptr;
  // Once, when a whole trace was read.
  void (*conclude)(const Trace& trace, const RunIndex& index, const Options& options, Findings& findings) = nullptr;
  [[nodiscard]] bool works() const { return ask != nullptr; }
};

}  // namespace agentmend

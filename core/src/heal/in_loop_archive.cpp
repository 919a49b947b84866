// What goes on inside a run as bytes and back.
#include "archive.h"
#include "heal/in_loop.h"

namespace agentmend::heal {

void InLoop::exchange(Archive& archive, std::size_t findings) {
  std::string config = options_.config;
  archive.text(config);
  Guards guards = guards_;
  if (archive.reading() && config != options_.config) {
    json::Index index;
    archive.check(index.read(config).has_value());
    guards = archive.failed() ? Guards() : Guards::read(json::View::root(index));
  }
  guards.exchange(archive);
  if (archive.reading()) {
    if (guards.at_least(guards_)) {
      options_.config = std::move(config);
      guards_ = std::move(guards);
    } else {
      guards_.carry(guards);
    }
  }
  auto unused = static_cast<std::uint32_t>(grants_.unused()) + (archive.reading() ? 0 : grants_not_restored_);
  archive.number(unused, 1u << 20);
  if (archive.reading()) grants_not_restored_ = unused;
  grants_.exchange(archive);
  archive.flag(ended_);
  archive.list(taints_, 1000, [&](Taint& taint) {
    archive.number(taint.agent);
    archive.number(taint.position);
    agentmend::exchange(archive, taint.detection, names_);
    archive.check(taint.position < findings);
  });
  archive.list(denials_, 1000, [&archive](Denial& denial) {
    archive.number(denial.key);
    archive.number(denial.family);
    archive.number(denial.count);
    archive.check(denial.count >= 0);
  });
  archive.number(denials_run_);
  archive.numbers(denied_ids_, 1000);
  archive.numbers(results_, 1000);
  archive.number(now_ms_);
  archive.number(not_held_);
  archive.number(bypassed_);
  archive.check(denials_run_ >= 0);
  wake();
}

}  // namespace agentmend::heal

// Findings as bytes and back.
#include <algorithm>

#include "archive.h"
#include "detectors/registry.h"

namespace agentmend {
namespace {

constexpr std::size_t kMostFindings = 1u << 16;  // detectors times subtypes times agents stay far below

void exchange_descriptor(Archive& archive, const Descriptor*& descriptor) {
  std::string name(descriptor == nullptr ? std::string_view() : descriptor->name);
  archive.text(name, 100);
  if (!archive.reading()) return;
  const Entry* entry = find_detector(name);
  archive.check(entry != nullptr);
  descriptor = entry == nullptr ? nullptr : entry->descriptor;
}

void exchange_name(Archive& archive, std::string_view& name, std::deque<std::string>& names) {
  std::string text(name);
  archive.text(text, 100);
  if (!archive.reading()) return;
  auto known = std::find(names.begin(), names.end(), text);
  if (known == names.end()) known = names.insert(names.end(), std::move(text));
  name = *known;
}

}  // namespace

void exchange(Archive& archive, Detection& detection, std::deque<std::string>& names) {
  exchange_descriptor(archive, detection.descriptor);
  archive.number(detection.status, static_cast<std::uint64_t>(Status::kInvalidInput));
  archive.flag(detection.detected);
  archive.real(detection.confidence);
  archive.number(detection.severity, static_cast<std::uint64_t>(Severity::kCritical));
  for (std::string* text :
       {&detection.subtype, &detection.summary, &detection.missing, &detection.agent, &detection.input})
    archive.text(*text);
  archive.list(detection.signals, 1000, [&](Signal& signal) {
    exchange_name(archive, signal.name, names);
    archive.real(signal.value);
    archive.real(signal.weight);
  });
  archive.list(detection.evidence, 1000, [&](Evidence& item) {
    for (std::string* text : {&item.kind, &item.path, &item.text, &item.value, &item.expected}) archive.text(*text);
    archive.number(item.place.document);
    archive.number(item.place.offset);
  });
  archive.number(detection.step);
  archive.number(detection.instances);
  archive.check(detection.confidence >= 0 && detection.confidence <= 1 && detection.step >= -1);
}

void Findings::exchange(Archive& archive) {
  archive.list(all_, kMostFindings, [&](Detection& detection) { agentmend::exchange(archive, detection, names_); });
  archive.list(asked_, all_detectors().size(),
               [&](const Descriptor*& descriptor) { exchange_descriptor(archive, descriptor); });
}

}  // namespace agentmend

// Detector: communication. The receiver misreads a message: acts on another intent, in another format, or on
// something that was not asked.
#include "detectors/detector.h"

namespace agentmend::detectors::communication {
namespace {

constexpr Descriptor kDescriptor{
    .name = "communication",
    .title = "Communication breakdown",
    .failure =
        "The receiver misreads a message: acts on another intent, in another format, or on something that was not "
        "asked.",
    .family = Family::kMultiAgent,
    .severity = Severity::kMedium,
    .stage = Stage::kPostStep,
    .readiness = Readiness::kPlanned,
    .inputs = {{"sender_message"}, {"receiver_response"}},
    .fixes = {"retry_limit", "message_schema", "handoff_protocol"},
};

}  // namespace

extern const Entry entry;
const Entry entry{.descriptor = &kDescriptor};

}  // namespace agentmend::detectors::communication

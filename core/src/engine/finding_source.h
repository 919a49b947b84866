// Where an operation gets its finding from: a run (documents), a detector's own input, or a detection document.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "engine/envelope.h"
#include "engine/replay.h"
#include "engine/request.h"
#include "fix/finding.h"
#include "heal/policy.h"
#include "ingest/ingest.h"

namespace agentmend::engine {

struct FindingSource {
  RunContext context;
  std::optional<Ingested> run;
  std::optional<Replay> replay;
  Detection detection;
  std::string id;  // of the detection
  std::size_t findings = 0;  // fired findings in the run
  std::string input;  // what the detector was asked, JSON; empty = not known
  Envelope envelope;
  [[nodiscard]] const Trace* trace() const { return run ? &run->trace : nullptr; }
};

// header: documents + finding (position among the fired findings, as in a Report) | detector + input | detection.
[[nodiscard]] Result<void> load_finding(const Request& request, FindingSource& source);

// The documents of a request, as views into its payload.
[[nodiscard]] Result<std::vector<Document>> read_documents(const Request& request);

// Fired findings in the order of a Report: highest confidence first.
[[nodiscard]] std::vector<const Detection*> fired_findings(const Replay& replay, double min_confidence);

// A detection document of the seam. bucket, governance and risk in it are ignored; unknown detectors are an error.
[[nodiscard]] Result<Detection> read_detection(json::View document);

}  // namespace agentmend::engine

// A detector's verdict as the Detection document of the seam (schema detection).
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "detectors/detector.h"
#include "json/view.h"
#include "json/writer.h"

namespace agentmend::engine {

struct Envelope {
  std::string id_prefix = "detection";  // ids are <prefix>.d<ordinal>
  std::string framework = "generic";
  std::string run_id;
  std::string target_json;  // {"kind","id",...} or empty
  std::int64_t at_ms = 0;
};

[[nodiscard]] Envelope read_envelope(json::View header, std::string_view framework);

// `trace` is null when the detector was asked on its own input: then there are no places in what was given.
void write_detection(json::Writer& writer, const Detection& detection, const Envelope& envelope, std::size_t ordinal,
                     const Trace* trace);

}  // namespace agentmend::engine

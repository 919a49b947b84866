#include "ingest/ingest.h"

namespace agentmend {

Result<Ingested> ingest(const std::vector<Document>& documents, std::string_view, const json::Limits& limits) {
  json::Index index;
  if (auto read = index.read(documents.front().text, limits); !read) return tl::unexpected(read.error());
  return fail(ErrorCode::kDetectUnknown, "", "The shape is not one we know.");
}

}  // namespace agentmend

#include "engine/session_snapshot.h"

#include "agentmend/engine.h"
#include "engine/request.h"
#include "engine/session_state.h"
#include "text/hash.h"

namespace agentmend {
namespace engine {
namespace {

// Magic, version, checksum of the body, body. The checksum finds damage; who must find forgery seals the bytes (SDK).
constexpr std::string_view kMagic = "agmdsnap";
constexpr std::uint32_t kVersionOfSnapshot = 1;  // raised with every change of what is exchanged
constexpr std::size_t kHead = kMagic.size() + 4 + 8;
constexpr std::size_t kMostBytes = 64u << 20;

void put(std::string& out, std::uint64_t value, std::size_t bytes) {
  for (std::size_t i = 0; i < bytes; ++i)
    out.push_back(static_cast<char>(static_cast<unsigned char>(value >> (8 * i))));
}

std::uint64_t take(std::string_view in, std::size_t at, std::size_t bytes) {
  std::uint64_t value = 0;
  for (std::size_t i = 0; i < bytes; ++i)
    value |= static_cast<std::uint64_t>(static_cast<unsigned char>(in[at + i])) << (8 * i);
  return value;
}

tl::unexpected<Error> broken(std::string_view at, std::string_view why, std::size_t byte) {
  return fail(
      ErrorCode::kSnapshotInvalid, at,
      std::string(why) + " (byte " + json::print_integer(static_cast<std::int64_t>(byte)) + " of the snapshot).");
}

Result<std::string_view> body_of(std::string_view snapshot) {
  if (snapshot.size() > kMostBytes) return broken("", "The snapshot is larger than any session", kMostBytes);
  if (snapshot.size() < kHead || snapshot.substr(0, kMagic.size()) != kMagic)
    return broken("", "This is no snapshot of a session", 0);
  const std::uint64_t version = take(snapshot, kMagic.size(), 4);
  if (version != kVersionOfSnapshot)
    return fail(ErrorCode::kSnapshotVersion, "/version",
                "The snapshot has version " + json::print_integer(static_cast<std::int64_t>(version)) +
                    "; this build reads version " + json::print_integer(kVersionOfSnapshot) + ".");
  const std::string_view body = snapshot.substr(kHead);
  if (text::hash(body, version) != take(snapshot, kMagic.size() + 4, 8))
    return broken("", "The snapshot was damaged: its checksum does not fit", kHead);
  return body;
}

struct Label {  // whose run it is
  std::string built_by, run_id, tenant, project;
  void exchange(Archive& archive) {
    for (std::string* text : {&built_by, &run_id, &tenant, &project}) archive.text(*text, 10'000);
  }
};

Label label_of(const Session::State& state) {
  const heal::RunScope& scope = state.in_loop.options().scope;
  return {std::string(kVersion), scope.run_id, scope.tenant, scope.project};
}

Result<Label> read_back(std::string_view snapshot, Session::State& state) {
  auto body = body_of(snapshot);
  if (!body) return tl::unexpected(body.error());
  Archive archive(*body);
  Label label;
  label.exchange(archive);
  state.exchange(archive, state.trusts_snapshot);
  if (archive.failed() || !archive.at_end())
    return broken("", "The snapshot holds what no session holds", kHead + archive.offset());
  return label;
}

}  // namespace

Result<void> restore(std::string_view snapshot, Session::State& state) {
  const Label own = label_of(state);
  const auto label = read_back(snapshot, state);
  if (!label) return tl::unexpected(label.error());
  if (label->run_id != own.run_id) return broken("/run_id", "The snapshot is of another run", kHead);
  if (label->tenant != own.tenant || label->project != own.project)
    return broken("/tenant", "The snapshot is of another tenant or project", kHead);
  return {};
}

Result<std::string> op_snapshot_check(const Request& request) {
  Session::State state;
  const auto label = read_back(request.payload, state);
  if (!label) return tl::unexpected(label.error());
  json::Writer writer;
  writer.begin_object().member("version", static_cast<std::int64_t>(kVersionOfSnapshot));
  writer.member("built_by", label->built_by).member("run_id", label->run_id);
  writer.member("events", state.events).member("findings", state.findings.all().size());
  return writer.member("bytes", request.payload.size()).end_object().take();
}

}  // namespace engine

void Session::State::exchange(Archive& archive, bool trusted) {
  archive.number(events);
  archive.number(unread);
  index.exchange(archive, trusted);
  findings.exchange(archive);
  in_loop.exchange(archive, findings.all().size());
}

std::string Session::snapshot() const {
  std::string body;
  Archive archive(body);
  engine::label_of(*state_).exchange(archive);
  state_->exchange(archive, true);
  std::string out(engine::kMagic);
  engine::put(out, engine::kVersionOfSnapshot, 4);
  engine::put(out, text::hash(body, engine::kVersionOfSnapshot), 8);
  return out + body;
}

}  // namespace agentmend

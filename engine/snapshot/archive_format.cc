#include "engine/snapshot/archive_format.h"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <nlohmann/json.hpp>
#include <numeric>

#include "engine/projections/checkpoint.h"
#include "events/codec.h"
#include "events/json.h"
#include "events/name.h"

namespace skilltrail::snapshot {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::string_view kFormat = "skilltrail-archive";
constexpr int kVersion = 1;
constexpr size_t kMaxJsonDepth = 4;
constexpr std::string_view kObjectEnd = "\n}";
constexpr size_t kMemberBytes = 200;  // one in the manifest takes about as much

Error Corrupt(std::string_view why) {
  return {Code::kCorrupt, fmt::format("the archive's manifest is not valid: {}", why), {}};
}

Digest DigestAt(const Json& json, const char* key) {
  const auto digest = DigestFromHex(json.at(key).get<std::string>());
  if (!digest) throw std::invalid_argument(fmt::format("{} is no SHA-256", key));
  return *digest;
}

Micros TimeAt(const Json& json, const char* key) {
  const auto time = ParseTime(json.at(key).get<std::string>());
  if (!time) throw std::invalid_argument(fmt::format("{} is no time", key));
  return *time;
}

Manifest Read(const Json& json) {
  Manifest manifest;
  manifest.event_types = json.at("schema").at("event_types").get<uint32_t>();
  manifest.state_format = json.at("schema").at("state").get<uint32_t>();
  manifest.collection = json.at("collection").get<std::string>();
  const Json& snapshot = json.at("snapshot");
  manifest.snapshot_id = snapshot.at("id").get<std::string>();
  manifest.snapshot_name = snapshot.at("name").get<std::string>();
  manifest.snapshot_message = snapshot.at("message").get<std::string>();
  manifest.snapshot_at = TimeAt(snapshot, "timestamp");
  manifest.events = json.at("counts").at("events").get<uint64_t>();
  manifest.artifacts = json.at("counts").at("artifacts").get<uint64_t>();
  manifest.events_digest = DigestAt(json, "events_digest");
  for (const Json& one : json.at("members")) {
    ArchiveMember member;
    member.path = one.at("path").get<std::string>();
    member.executable = one.at("mode").get<std::string>() == "755";
    member.size = one.at("size").get<uint64_t>();
    member.digest = DigestAt(one, "sha256");
    manifest.members.push_back(std::move(member));
  }
  return manifest;
}

// The record or refresh as its event's JSON has it: a new field of the schema needs no line here.
template <class Native>
nlohmann::json DataOf(Native payload) {
  Event event;
  event.payload = std::move(payload);
  const auto bytes = EncodeEvent(event);
  return PayloadJson(ViewEvent(bytes));
}

// As the JSON library dumps it; most paths need no escape and no library.
void AppendQuoted(std::string& text, std::string_view value) {
  const bool plain = std::all_of(value.begin(), value.end(), [](char c) { return c >= ' ' && c <= '~' && c != '"' && c != '\\'; });
  if (!plain) {
    text += Json(value).dump(-1, ' ', false, Json::error_handler_t::replace);
    return;
  }
  text += '"';
  text += value;
  text += '"';
}

}  // namespace

uint64_t Manifest::bytes() const {
  return std::accumulate(members.begin(), members.end(), uint64_t{0}, [](uint64_t sum, const auto& one) { return sum + one.size; });
}

// The list of members is most of the text, and the first byte of an archive waits for it: it is written as the JSON library would, without
// a value for each of its words.
std::string Manifest::Encode() const {
  const Json manifest = {
      {"format", kFormat},
      {"version", kVersion},
      {"schema", {{"event_types", event_types}, {"state", state_format}}},
      {"collection", collection},
      {"snapshot", {{"id", snapshot_id}, {"name", snapshot_name}, {"message", snapshot_message}, {"timestamp", FormatTime(snapshot_at)}}},
      {"counts", {{"events", events}, {"artifacts", artifacts}, {"members", members.size()}, {"bytes", bytes()}}},
      {"events_digest", events_digest.hex()}};
  std::string text = manifest.dump(1, ' ', false, Json::error_handler_t::replace);
  text.resize(text.size() - kObjectEnd.size());
  text.reserve(text.size() + members.size() * kMemberBytes);
  text += ",\n \"members\": [";
  std::string_view before = "\n";
  for (const auto& member : members) {
    text += before;
    text += "  {\n   \"path\": ";
    AppendQuoted(text, member.path);
    fmt::format_to(std::back_inserter(text), ",\n   \"mode\": \"{}\",\n   \"size\": {},\n   \"sha256\": \"{}\"\n  }}",
                   member.executable ? "755" : "644", member.size, member.digest.hex());
    before = ",\n";
  }
  text += members.empty() ? "]" : "\n ]";
  text += kObjectEnd;
  return text + "\n";
}

Result<Manifest> DecodeManifest(std::string_view text) {
  Manifest manifest;
  try {
    const auto shallow = [](int depth, Json::parse_event_t, const Json&) {
      if (static_cast<size_t>(depth) > kMaxJsonDepth) throw std::invalid_argument("it is nested too deep");
      return true;
    };
    const Json json = Json::parse(text, shallow);
    if (json.at("format").get<std::string>() != kFormat) return Corrupt("its format is another");
    if (const auto version = json.at("version").get<int>(); version != kVersion) {
      return Error{Code::kCorrupt, fmt::format("the archive is of version {}, and this program reads {}", version, kVersion),
                   "it was written by a newer skilltrail; upgrade to read it"};
    }
    manifest = Read(json);
  } catch (const std::exception& fault) {  // of the JSON library, or of the reading above
    return Corrupt(fault.what());
  }
  if (!CheckName(manifest.collection, "collection").ok()) return Corrupt("the collection's name is none");
  for (const auto& member : manifest.members) {
    if (!CheckRelativePath(member.path).ok() || !IsUtf8(member.path)) return Corrupt("a member's path is none");
  }
  // Whoever wrote it otherwise than Encode does would have two archives of one content.
  if (manifest.Encode() != text) return Corrupt("it is not written as archives are");
  return manifest;
}

uint32_t KnownEventTypes() {
  return static_cast<uint32_t>(EventTypeNames().size());
}

uint32_t StateFormat() {
  return projections::Checkpoint::kFormat;
}

std::string EventFrameHead(size_t bytes) {
  const auto size = static_cast<uint32_t>(bytes);
  return {static_cast<char>(size >> 24), static_cast<char>(size >> 16), static_cast<char>(size >> 8), static_cast<char>(size)};
}

std::string EncodeState(const projections::CollectionState& state) {
  std::string text;
  const auto add = [&](const nlohmann::json& line) {
    text += line.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
    text += '\n';
  };
  for (const auto* artifact : state.artifacts()) {
    schema::ArtifactAddedT added;
    added.record = std::make_unique<schema::ArtifactRecordT>(*artifact);
    add({{"artifact", std::move(DataOf(std::move(added)).at("record"))}});
  }
  for (const auto& mark : state.refreshes().marks()) {
    add({{"refresh", {{"seq", mark.seq}, {"recorded_at", FormatTime(mark.recorded_at)}, {"completed", DataOf(mark.completed)}}}});
  }
  return text;
}

}  // namespace skilltrail::snapshot

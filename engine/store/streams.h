// Under which streams an event stands. The one place that decides it: appending, looking at the open block and Verify all ask here.
#pragma once

#include <string>
#include <string_view>

#include "engine/store/event_log.h"
#include "engine/store/keys.h"
#include "events/codec.h"

namespace skilltrail::store {

// The key of ArtifactStream, into `out`, which is overwritten.
inline void ArtifactKey(std::string& out, std::string_view collection, std::string_view artifact) {
  out.clear();
  AppendText(out, collection);
  out.append(artifact);
}

// Buffers that are used again for each event.
struct StreamScratch {
  std::string prefix;
  std::string key;
};

// Calls visit(StreamKind, std::string_view key) for every stream that the event stands in; one may come twice. The key is valid during the
// call.
template <class Visitor>
void StreamKeysOf(const schema::Event& event, StreamScratch& scratch, const Visitor& visit) {
  auto add_tags = [&](const flatbuffers::Vector<flatbuffers::Offset<flatbuffers::String>>* tags) {
    if (tags == nullptr) return;
    for (const auto* tag : *tags) visit(StreamKind::kTag, View(tag));
  };

  const std::string_view collection = View(event.collection());
  const std::string_view artifact = View(event.artifact());
  const std::string_view project = View(event.project());
  const RunId run = RunIdOf(event);
  const char type = static_cast<char>(event.payload_type());
  if (!artifact.empty()) {
    ArtifactKey(scratch.key, collection, artifact);
    visit(StreamKind::kArtifact, scratch.key);
  }
  if (!project.empty()) visit(StreamKind::kProject, project);
  visit(StreamKind::kRun, std::string_view(reinterpret_cast<const char*>(run.bytes.data()), run.bytes.size()));
  visit(StreamKind::kType, std::string_view(&type, 1));
  if (!collection.empty()) visit(StreamKind::kCollection, collection);
  if (const auto* imported = event.payload_as_TagsImported()) {
    add_tags(imported->added());
    add_tags(imported->removed());
  } else if (const auto* edited = event.payload_as_TagsEdited()) {
    add_tags(edited->added());
    add_tags(edited->removed());
  } else if (const auto* started = event.payload_as_RunStarted()) {
    const std::string_view key = View(started->idempotency_key());
    if (!key.empty()) visit(StreamKind::kIdempotency, key);
  }
}

// The same with visit(std::string_view prefix): the streams' index prefixes (keys.h).
template <class Visitor>
void StreamsOf(const schema::Event& event, StreamScratch& scratch, const Visitor& visit) {
  StreamKeysOf(event, scratch, [&](StreamKind kind, std::string_view key) {
    IndexPrefix(scratch.prefix, static_cast<uint8_t>(kind), key);
    visit(std::string_view(scratch.prefix));
  });
}

}  // namespace skilltrail::store

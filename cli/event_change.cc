#include "cli/event_change.h"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "cli/text.h"
#include "engine/collection/tree.h"
#include "events/codec.h"
#include "events/json.h"

namespace skilltrail::cli {
namespace {

using Lines = std::vector<ChangeLine>;
using Bytes = flatbuffers::Vector<uint8_t>;
using FieldChanges = flatbuffers::Vector<flatbuffers::Offset<schema::FieldChange>>;
using StringList = flatbuffers::Vector<flatbuffers::Offset<flatbuffers::String>>;

void AddFields(const FieldChanges* changes, Lines& lines) {
  if (changes == nullptr) return;
  for (const auto* change : *changes) {
    const auto line = [&](char sign, std::string_view value, Paint paint) {
      if (!value.empty()) lines.push_back({OneLine(fmt::format("{}{}: {}", sign, View(change->field()), value)), paint});
    };
    line('-', View(change->before()), Paint::kRed);
    line('+', View(change->after()), Paint::kGreen);
  }
}

void AddTags(const StringList* added, const StringList* removed, Lines& lines) {
  for (const auto& tag : Strings(removed)) lines.push_back({OneLine("-tag: " + tag), Paint::kRed});
  for (const auto& tag : Strings(added)) lines.push_back({OneLine("+tag: " + tag), Paint::kGreen});
}

void AddFiles(const Bytes* before, const Bytes* after, const store::BlobStore& blobs, Lines& lines) {
  const auto read = [&](const Bytes* digest) -> Result<collection::Tree> {
    if (DigestOf(digest).zero()) return collection::Tree{};
    ASSIGN_OR_RETURN(const auto bytes, blobs.Get(DigestOf(digest)));
    return collection::DecodeTree(bytes);
  };
  const auto from = read(before);
  const auto to = read(after);
  if (!from.ok() || !to.ok()) {
    lines.push_back({OneLine((from.ok() ? to : from).error().message), Paint::kNone});
    return;
  }
  for (const auto& change : collection::CompareTrees(*from, *to)) {
    using Kind = collection::FileChange::Kind;
    const char sign = change.kind == Kind::kAdded ? '+' : change.kind == Kind::kRemoved ? '-' : '~';
    const Paint paint = change.kind == Kind::kAdded ? Paint::kGreen : change.kind == Kind::kRemoved ? Paint::kRed : Paint::kYellow;
    const auto* was = from->Find(change.path);
    const auto* is = to->Find(change.path);
    auto text = fmt::format("{}file: {}", sign, change.path);
    if (was != nullptr && is != nullptr && was->size != is->size) text += fmt::format(" ({} -> {})", Size(was->size), Size(is->size));
    lines.push_back({OneLine(text), paint});
  }
}

void AddData(const schema::Event& event, Lines& lines) {
  const auto data = PayloadJson(event);
  if (!data.is_object()) return;
  for (const auto& [key, value] : data.items()) {
    if (value.is_null() || (value.is_array() && value.empty())) continue;
    const auto text = value.is_string() ? value.get<std::string>() : value.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
    lines.push_back({OneLine(fmt::format("{}: {}", key, text)), Paint::kNone});
  }
}

}  // namespace

std::vector<ChangeLine> EventChange(const schema::Event& event, const store::BlobStore& blobs) {
  Lines lines;
  if (const auto* refreshed = event.payload_as_MetadataRefreshed()) {
    AddFields(refreshed->changes(), lines);
  } else if (const auto* fields = event.payload_as_MetadataEdited()) {
    AddFields(fields->changes(), lines);
  } else if (const auto* imported = event.payload_as_TagsImported()) {
    AddTags(imported->added(), imported->removed(), lines);
  } else if (const auto* edited = event.payload_as_TagsEdited()) {
    AddTags(edited->added(), edited->removed(), lines);
  } else if (const auto* changed = event.payload_as_ContentChanged()) {
    AddFiles(changed->tree_before(), changed->tree_after(), blobs, lines);
  } else if (const auto* added = event.payload_as_ArtifactAdded(); added != nullptr && added->record() != nullptr) {
    AddFiles(nullptr, added->record()->tree(), blobs, lines);
  } else if (const auto* removed = event.payload_as_ArtifactRemoved()) {
    AddFiles(removed->tree(), nullptr, blobs, lines);
  } else {
    AddData(event, lines);
  }
  return lines;
}

}  // namespace skilltrail::cli

#include "engine/snapshot/archive_event.h"

#include <fmt/format.h>

#include "events/codec.h"
#include "events/name.h"

namespace skilltrail::snapshot {
namespace {

Error Corrupt(std::string_view what, std::string_view value) {
  return {Code::kCorrupt, fmt::format("the archive is not valid: an event names {} {}", what, Quote(value)), {}};
}

Status CheckRecord(const schema::ArtifactRecord* record, std::string_view artifact) {
  if (record == nullptr || View(record->id()) != artifact) return Corrupt("no record of its artifact", artifact);
  if (DigestOf(record->tree()).zero()) return Corrupt("no content of its artifact", artifact);
  return CheckArtifactPath(View(record->path()));
}

Status CheckInside(std::string_view path) {
  if (path.empty() || (CheckRelativePath(path).ok() && IsUtf8(path))) return {};
  return Corrupt("the path", path);
}
template <class Placed>
Status CheckPlaced(const Placed& placed) {
  RETURN_IF_ERROR(CheckInside(View(placed.profile_root())));
  return CheckInside(View(placed.path()));
}

}  // namespace

Status CheckArtifactPath(std::string_view path) {
  // One level down at least: files are staged two levels above what they become.
  const bool good = CheckRelativePath(path).ok() && IsUtf8(path) && path.find('/') != std::string_view::npos && !path.starts_with('.');
  if (!good) return Corrupt("the path", path);
  return {};
}

Status CheckArchiveEvent(const schema::Event& event, std::string_view collection) {
  const auto type = event.payload_type();
  if (View(event.collection()) != collection && type != schema::Payload::RunStarted) {
    return Corrupt("another collection", View(event.collection()));
  }
  if (type == schema::Payload::CollectionImported) return Corrupt("an import of the collection", View(event.collection()));
  const std::string_view artifact = View(event.artifact());
  if (!artifact.empty()) {
    const auto id = ParseArtifactId(artifact);
    if (!id.ok() || id->text() != artifact) return Corrupt("the artifact", artifact);
  }
  if (const auto* added = event.payload_as_ArtifactAdded()) return CheckRecord(added->record(), artifact);
  if (const auto* restored = event.payload_as_ArtifactRestored()) return CheckRecord(restored->record(), artifact);
  if (const auto* deployed = event.payload_as_ArtifactDeployed()) return CheckPlaced(*deployed);
  if (const auto* undeployed = event.payload_as_ArtifactUndeployed()) return CheckPlaced(*undeployed);
  if (const auto* moved = event.payload_as_BaselineMoved()) return CheckInside(View(moved->profile_root()));
  if (const auto* detected = event.payload_as_DriftDetected()) return CheckInside(View(detected->profile_root()));
  if (const auto* resolved = event.payload_as_DriftResolved()) return CheckInside(View(resolved->profile_root()));
  return {};
}

}  // namespace skilltrail::snapshot

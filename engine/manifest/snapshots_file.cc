// snapshots.toml: the peer's list of one collection's snapshots (INTEROP 1.4).
#include <fmt/format.h>

#include "engine/manifest/fields.h"
#include "engine/manifest/manifest.h"
#include "engine/manifest/toml_file.h"
#include "engine/manifest/toml_parse.h"

namespace skilltrail::manifest {

Result<std::vector<PeerSnapshot>> ReadSnapshots(const std::filesystem::path& file) {
  ASSIGN_OR_RETURN(const auto document, ReadToml(file));
  if (!document) return Error{Code::kNotFound, fmt::format("there is no {}", file.string()), ""};
  std::vector<PeerSnapshot> snapshots;
  const Value* items = document->Find("snapshots");
  if (items == nullptr) return snapshots;
  if (items->array() == nullptr) return Fault(file, items->line, "snapshots is not an array of tables");
  for (const Value& item : *items->array()) {
    const std::string what = fmt::format("snapshots[{}]", snapshots.size() + 1);
    if (item.table() == nullptr) return Fault(file, item.line, what + " is not a table");
    FieldReader fields(file, *item.table(), item.line, what);
    PeerSnapshot snapshot;
    snapshot.id = fields.Required("id");
    snapshot.timestamp = fields.Time("timestamp");
    snapshot.message = fields.Text("message");
    snapshot.tarball = fields.Required("tarball_path");
    RETURN_IF_ERROR(fields.status());
    snapshots.push_back(std::move(snapshot));
  }
  return snapshots;
}

}  // namespace skilltrail::manifest

// Manifest: SkillMeat's files, read and written so that both tools can go on being used (INTEROP section 1). The only room with toml++.
//
// Unknown keys survive every write. A file is written atomically (temp, fsync, rename, fsync of the directory) and only if its bytes
// differ, in the peer's layout: scalars before tables, lists over several lines, times as strings without zone.
#pragma once

#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "events/result.h"
#include "events/time.h"

namespace skilltrail::manifest {

// An artifact as collection.toml and collection.lock state it.
struct ArtifactEntry {
  std::string name;
  std::string type;               // our word: "mcp-server"; written as "mcp"
  std::string path;
  std::string origin;             // local, github, marketplace
  std::string upstream;           // https://github.com/O/R/tree/<commit>/<path>
  std::string version_spec;
  std::string resolved_sha;
  std::vector<std::string> tags;
  std::map<std::string, std::string> metadata;  // title, description, author, license, version
  std::string origin_source;      // URL form; under metadata.extra in the file
  Micros added = 0;
  Micros last_updated = 0;        // 0: absent
  Micros tags_imported_at = 0;    // 0: absent; read from metadata or metadata.extra, written under metadata.extra
  std::string content_hash;       // in the lock
  Micros fetched = 0;             // in the lock
};

struct Collection {
  std::string name;
  Micros created = 0;
  Micros updated = 0;
  std::vector<ArtifactEntry> artifacts;  // in file order
};

// kNotFound if there is no collection.toml; kFailed naming file, line and fault if it is not valid.
Result<Collection> ReadCollection(const std::filesystem::path& dir);
// Brings both files up to date with `collection`, keeping unknown keys of what stands there. `updated` is written only when something else
// changes. Entries not in `collection` are dropped. Nothing is touched if nothing differs. Returns true if a file was written.
Result<bool> WriteCollection(const std::filesystem::path& dir, const Collection& collection, Micros now);

// A record of .skillmeat-deployed.toml.
struct Deployed {
  std::string name;
  std::string type;               // our word
  std::string collection;
  Micros deployed_at = 0;         // the file holds local time without zone
  std::string path;               // relative to the profile root
  std::string content_hash;
  bool local_modifications = false;
  std::string profile;            // claude_code by default
  std::string profile_root;       // .claude by default
  std::vector<std::string> version_lineage;
};
// Of every profile root of the project: .claude first, then other dot directories. Missing files: no records. kFailed naming the file if broken.
Result<std::vector<Deployed>> ReadDeployed(const std::filesystem::path& project);
// Writes the records, a file each profile root; a file whose group became empty is deleted. Unknown keys of a record survive.
Status WriteDeployed(const std::filesystem::path& project, const std::vector<Deployed>& records);

// `default-collection` and the like: flat settings of the store's config.toml, dotted keys. Missing file: empty.
Result<std::map<std::string, std::string>> ReadConfig(const std::filesystem::path& file);
Status WriteConfig(const std::filesystem::path& file, const std::map<std::string, std::string>& values);

// Atomic, durable replacement of a file; shared by those above.
Status WriteFileAtomically(const std::filesystem::path& file, std::string_view bytes);

}  // namespace skilltrail::manifest

// Manifest: SkillMeat's files, read and written so that both tools can go on being used (INTEROP section 1). The only room with toml++.
//
// Unknown keys survive every write. A file is written atomically (temp, fsync, rename, fsync of the directory) and only if it would say
// something else than it does, in the peer's layout: scalars before tables, lists over several lines, times as strings without zone.
// A file that is broken, or not as INTEROP has it, is an error of kFailed naming file, line and fault; then nothing is written.
#pragma once

#include <filesystem>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "events/digest.h"
#include "events/result.h"
#include "events/time.h"

namespace skilltrail::manifest {

// An artifact as collection.toml and collection.lock state it.
struct ArtifactEntry {
  std::string name;
  std::string type;  // our word: "mcp-server"; written as "mcp"
  std::string path;
  std::string origin;    // local, github, marketplace
  std::string upstream;  // https://github.com/O/R/tree/<commit>/<path>
  std::string version_spec;
  std::string resolved_sha;
  std::vector<std::string> tags;
  std::map<std::string, std::string> metadata;  // title, description, author, license, version
  std::string origin_source;                    // URL form; under metadata.extra in the file
  Micros added = 0;
  Micros last_updated = 0;      // 0: absent
  Micros tags_imported_at = 0;  // 0: absent; read from metadata or metadata.extra, written under metadata.extra
  std::string content_hash;     // in the lock
  Micros fetched = 0;           // in the lock
};

struct Collection {
  std::string name;
  Micros created = 0;
  Micros updated = 0;
  std::vector<ArtifactEntry> artifacts;  // in file order; each type and name once
  // "project_config:claude": entries whose type is none of ours (the peer's context types). Only named when read, untouched by every write.
  std::vector<std::string> others;
};

// kNotFound if there is no collection.toml; a missing lock says nothing.
Result<Collection> ReadCollection(const std::filesystem::path& dir);
// Brings both files up to date with `collection`, keeping their order and the unknown keys. `updated` becomes `now` when something else of
// collection.toml changes; `collection.updated` and `others` are not looked at. Entries not in `collection` are dropped, with their part of
// the lock; new ones go to the end. A `created`, `added` or `fetched` of 0 leaves what stands there, or is `now`. No content_hash: no entry
// in the lock. kUsage if an entry could not be read back. Returns true if a file was written.
Result<bool> WriteCollection(const std::filesystem::path& dir, const Collection& collection, Micros now);
// The steps of it: to read takes most of the time, and may be done in another thread before it is known what to write.
class CollectionDraft {
 public:
  // Errors as ReadCollection, but files that are not there are empty.
  static Result<CollectionDraft> Read(const std::filesystem::path& dir);
  CollectionDraft(CollectionDraft&&) noexcept;
  CollectionDraft& operator=(CollectionDraft&&) noexcept;
  ~CollectionDraft();
  const std::filesystem::path& dir() const;
  const Collection& standing() const;
  // True if the files still hold what was read.
  bool Current() const;
  // As WriteCollection does, but nothing is written yet; once.
  Status Compose(const Collection& collection, Micros now);
  // Writes what was composed. Returns true if a file was written.
  Result<bool> Save();
  // Of collection.toml's bytes, as read or saved; zero: there is none.
  const Digest& manifest_digest() const;

 private:
  struct Rep;
  explicit CollectionDraft(std::unique_ptr<Rep> rep);
  std::unique_ptr<Rep> rep_;
};
// The bytes of both files of a collection that has none yet; the same collection and `now` give the same bytes. kUsage as above.
struct CollectionFiles {
  std::string manifest;
  std::string lock;
};
Result<CollectionFiles> ComposeCollection(const Collection& collection, Micros now);

// An entry of snapshots.toml.
struct PeerSnapshot {
  std::string id;
  Micros timestamp = 0;
  std::string message;
  std::filesystem::path tarball;  // absolute, as it is written; where the home has moved it is no more
};
// In file order. kNotFound if there is no such file.
Result<std::vector<PeerSnapshot>> ReadSnapshots(const std::filesystem::path& file);

// A record of .skillmeat-deployed.toml.
struct Deployed {
  std::string name;
  std::string type;  // our word
  std::string collection;
  Micros deployed_at = 0;  // the file holds local time without zone
  std::string path;        // relative to the profile root
  std::string content_hash;
  bool local_modifications = false;
  std::string profile;       // claude_code by default
  std::string profile_root;  // a dot directory of the project; when read, by default the one that holds the file, else .claude
  std::vector<std::string> version_lineage;  // {content_hash} by default
};
// Of every profile root of the project: .claude first, then other dot directories by name. Missing files: no records. Records whose type is
// none of ours are passed over.
Result<std::vector<Deployed>> ReadDeployed(const std::filesystem::path& project);
// Of the bytes of all those files, unparsed: the same digest means the same records.
Result<Digest> DigestDeployed(const std::filesystem::path& project);
// Makes the files say `records`, one file each profile root. A record is found again by profile root, type and name: it stays where it
// stands and keeps its unknown keys; one that is not in `records` is dropped; new ones go to the end. Records of other types stay. A file
// that became empty is deleted. kUsage if a record could not be read back.
Status WriteDeployed(const std::filesystem::path& project, const std::vector<Deployed>& records);

// The store's config.toml as flat settings with dotted keys ("settings.default-collection"): strings, numbers, booleans and times as text;
// arrays are passed over. Missing file: empty.
Result<std::map<std::string, std::string>> ReadConfig(const std::filesystem::path& file);
// Makes the file say `values`: settings not in it are removed, what ReadConfig passes over stays. A value keeps its kind where it can; a
// new one is a string below `settings`, elsewhere true, false and whole numbers are what they look like. kUsage if a key cannot be set.
Status WriteConfig(const std::filesystem::path& file, const std::map<std::string, std::string>& values);

// Atomic, durable replacement of a file; shared by those above. The mode stays, and a symbolic link goes on pointing to what is replaced.
// What a killed writer left (".NAME.tmp-…") is ignored, and removed by the next write; a writer at work holds a lock on its own.
Status WriteFileAtomically(const std::filesystem::path& file, std::string_view bytes);

}  // namespace skilltrail::manifest

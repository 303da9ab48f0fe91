// Curate: what a person does to collections: create, adopt, add, remove, tag.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "engine/session/capture.h"
#include "engine/session/context.h"
#include "engine/upstream/upstream.h"
#include "events/id.h"
#include "events/result.h"

namespace skilltrail::curate {

struct InitReport {
  std::filesystem::path store;
  std::string collection;  // the default one
  bool already = false;    // a store was there; nothing was changed
};
// Makes the store and the collection `default` in it.
Result<InitReport> Init(const Context& context);

struct CollectionReport {
  std::string name;
  std::filesystem::path path;
  bool is_default = false;
  size_t artifact_count = 0;
};
// kConflict if it exists already, or `path` is another collection's; kUsage for a bad name. `path` empty: collections/NAME in the store.
Result<CollectionReport> CreateCollection(const Context& context, const std::string& name, const std::filesystem::path& path);
Result<CollectionReport> UseCollection(const Context& context, const std::string& name);
struct RemoveCollectionReport {
  std::string name;
  std::filesystem::path path;  // its files, which stay
  size_t artifact_count = 0;   // that it held
  bool was_default = false;
  std::string run_id;
  std::vector<std::string> notes;
};
// Forgets the collection: captures what is in it first, so that all of it can be brought back, then one CollectionRemoved. Files and
// history stay. kNotFound as everywhere.
Result<RemoveCollectionReport> RemoveCollection(const Context& context, const std::string& name);

struct AdoptRequest {
  std::filesystem::path dir;
  std::string name;  // empty: what collection.toml says, else the directory's name
};
struct AdoptReport {
  std::vector<CollectionReport> collections;
  size_t failed = 0;  // of a home's; each is named in the notes
  std::vector<std::string> notes;
};
// Takes DIR as a collection, in place: a SkillMeat collection, any directory with artifact folders, or a SkillMeat home (each collection
// below its collections/; one that cannot be taken is a note, unless none can). kNotFound: no such directory; kUsage: nothing in it that
// could be a collection; kConflict: name or directory taken already.
Result<AdoptReport> Adopt(const Context& context, const AdoptRequest& request);

struct AddRequest {
  std::vector<std::string> sources;
  std::optional<ArtifactType> type;
  std::string name;  // with one source of one artifact only
  bool all = false;
};
struct AddedItem {
  std::string artifact;  // empty if it could not be told
  std::string source;
  std::string path;  // relative to the collection
  enum class Status { kAdded, kSkipped, kError } status = Status::kAdded;
  std::string reason;         // of kSkipped ("already there") and kError
  std::string hint;           // of kError: the way out, where one is known
  Code code = Code::kFailed;  // of kError
  bool name_taken = false;    // of kError: an artifact from another source has that name
  size_t files = 0;
};
struct AddReport {
  std::string collection;
  std::string run_id;            // empty if nothing was written
  std::vector<AddedItem> items;  // sorted by artifact, errors without one last
  std::vector<std::string> notes;
};
// Each source is added on its own, in the order given: a failed one is an item of kError, the others are added. `upstream` is asked before
// the lock is taken, about many repositories at once; where more comes than is held in memory, one run adds it in several steps.
Result<AddReport> Add(const Context& context, upstream::Upstream& upstream, const AddRequest& request);

struct RemoveReport {
  std::string collection;
  std::string run_id;
  std::vector<std::string> removed;  // ids, sorted
  std::vector<std::string> notes;
};
// All or nothing: an unknown one is kNotFound and nothing is removed.
Result<RemoveReport> Remove(const Context& context, const std::vector<std::string>& artifacts);

Result<CaptureReport> CaptureCollection(const Context& context);

struct EditTagsRequest {
  std::string artifact;
  std::vector<std::string> add, remove;
};
struct EditTagsReport {
  std::string artifact;
  std::string run_id;
  std::vector<std::string> added, removed, tags;  // effective, sorted
  std::vector<std::string> notes;
};
// Adding a hidden imported tag shows it again; removing an imported tag hides it; removing one that is not there, or that the front matter
// states, is kNotFound / kConflict naming it, and nothing changes.
Result<EditTagsReport> EditTags(const Context& context, const EditTagsRequest& request);

}  // namespace skilltrail::curate

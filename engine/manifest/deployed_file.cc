#include <algorithm>
#include <deque>
#include <iterator>
#include <map>
#include <system_error>
#include <tuple>
#include <utility>

#include <fmt/format.h>

#include "engine/manifest/atomic_file.h"
#include "engine/manifest/deployed_record.h"
#include "engine/manifest/manifest.h"
#include "engine/manifest/toml_file.h"
#include "engine/manifest/toml_parse.h"

namespace skilltrail::manifest {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kFileName = ".skillmeat-deployed.toml";

// Root, type and name: what a record is about.
using RecordKey = std::tuple<std::string, std::string, std::string>;

// A profile root's file and what it says.
struct RootFile {
  std::string root;
  TomlFile file;
  std::vector<Deployed> records;  // one an item; those of other types without `type`
};

Result<RootFile> OpenRoot(const fs::path& project, const std::string& root) {
  ASSIGN_OR_RETURN(TomlFile file, TomlFile::Open(project / root / kFileName));
  RootFile out{root, std::move(file), {}};
  const Value* items = out.file.table().Find("deployed");
  if (items == nullptr) return out;
  if (items->array() == nullptr) return Fault(out.file.path(), items->line, "deployed is not an array of tables");
  for (const Value& item : *items->array()) {
    ASSIGN_OR_RETURN(Deployed record, ParseRecord(item, root, out.file.path(), out.records.size() + 1));
    out.records.push_back(std::move(record));
  }
  return out;
}

Error CannotList(const fs::path& dir, const std::error_code& ec) {
  return Error{Code::kFailed, fmt::format("cannot list {}: {}", dir.string(), ec.message()), ""};
}

// The dot directories of the project that hold a file, .claude first, the others by name; one that links to another is not a second one.
Result<std::vector<std::string>> ListRoots(const fs::path& project) {
  std::vector<std::string> found;
  std::error_code ec;
  fs::directory_iterator it(project, ec);
  if (ec == std::errc::no_such_file_or_directory) return found;
  for (; !ec && it != fs::directory_iterator(); it.increment(ec)) {
    std::string name = it->path().filename().string();
    if (!name.starts_with('.')) continue;
    std::error_code failed;
    if (fs::exists(it->path() / kFileName, failed)) {
      found.push_back(std::move(name));
    } else if (failed && (failed != std::errc::permission_denied || name == kDefaultRoot)) {
      // Other directories that this user may not enter belong to somebody else: nothing of his was deployed there.
      return CannotList(it->path(), failed);
    }
  }
  if (ec) return CannotList(project, ec);
  std::sort(found.begin(), found.end(),
            [](const auto& a, const auto& b) { return std::pair(a != kDefaultRoot, a) < std::pair(b != kDefaultRoot, b); });
  std::vector<std::string> roots;
  for (auto& name : found) {
    const auto same = [&](const std::string& root) { return fs::equivalent(project / root / kFileName, project / name / kFileName, ec); };
    if (std::none_of(roots.begin(), roots.end(), same)) roots.push_back(std::move(name));
  }
  return roots;
}

Result<std::vector<RootFile>> OpenRoots(const fs::path& project) {
  ASSIGN_OR_RETURN(const auto roots, ListRoots(project));
  std::vector<RootFile> files;
  for (const auto& root : roots) {
    ASSIGN_OR_RETURN(RootFile file, OpenRoot(project, root));
    files.push_back(std::move(file));
  }
  return files;
}

// Records wanted, by what they are about, in their order. Taken out as they find their place.
using WantedRecords = std::map<RecordKey, std::deque<const Deployed*>>;

const Deployed* Take(WantedRecords* wanted, const RecordKey& key) {
  const auto found = wanted->find(key);
  if (found == wanted->end() || found->second.empty()) return nullptr;
  const Deployed* record = found->second.front();
  found->second.pop_front();
  return record;
}

// Brings the records that stand in the file up to date, and drops those that are not wanted.
void ApplyStanding(RootFile* root, WantedRecords* wanted) {
  Value* items = root->file.table().Find("deployed");
  if (items == nullptr) return;
  Array next;
  for (size_t i = 0; i < root->records.size(); ++i) {
    Value& item = std::get<Array>(items->held)[i];
    const Deployed& standing = root->records[i];
    if (!standing.type.empty()) {
      const Deployed* record = Take(wanted, {standing.profile_root, standing.type, standing.name});
      if (record == nullptr) continue;
      ApplyRecord(item.table(), *record, standing.version_lineage);
    }
    next.push_back(std::move(item));
  }
  items->held = std::move(next);
}

// The open file of that root, opened if need be. A root that links to another one has the same file.
Result<RootFile*> FindRoot(std::vector<RootFile>* files, const fs::path& project, const std::string& root) {
  for (auto& file : *files) {
    std::error_code ec;
    if (file.root == root || fs::equivalent(project / file.root, project / root, ec)) return &file;
  }
  ASSIGN_OR_RETURN(RootFile file, OpenRoot(project, root));
  files->push_back(std::move(file));
  return &files->back();
}

void AppendRecord(Table* document, const Deployed& record) {
  Table table;
  ApplyRecord(&table, record, {});
  if (document->Find("deployed") == nullptr) document->Set("deployed", Value{Array()});
  std::get<Array>(document->Find("deployed")->held).push_back(Value{std::move(table)});
}

Status SaveRoot(const fs::path& project, RootFile* root) {
  Table& document = root->file.table();
  const Array* items = document.FindArray("deployed");
  if (items != nullptr && items->empty() && !root->records.empty()) {
    document.Erase("deployed");
    if (document.empty()) return DeleteFile(root->file.path());
  }
  if (!root->file.exists()) {
    std::error_code ec;
    fs::create_directory(project / root->root, ec);
    if (ec) return Error{Code::kFailed, fmt::format("cannot create {}: {}", (project / root->root).string(), ec.message()), ""};
  }
  return root->file.Save();
}

}  // namespace

Result<std::vector<Deployed>> ReadDeployed(const fs::path& project) {
  ASSIGN_OR_RETURN(auto files, OpenRoots(project));
  std::vector<Deployed> records;
  for (auto& file : files) {
    std::copy_if(std::make_move_iterator(file.records.begin()), std::make_move_iterator(file.records.end()), std::back_inserter(records),
                 [](const Deployed& record) { return !record.type.empty(); });
  }
  return records;
}

Result<Digest> DigestDeployed(const fs::path& project) {
  ASSIGN_OR_RETURN(const auto roots, ListRoots(project));
  Hasher hasher;
  for (const auto& root : roots) {
    const fs::path file = project / root / kFileName;
    ASSIGN_OR_RETURN(const auto bytes, ReadWhole(file));
    if (!bytes) return Error{Code::kFailed, fmt::format("cannot read {}", file.string()), ""};
    hasher.Update(fmt::format("{} {} ", root, bytes->size()));
    hasher.Update(*bytes);
  }
  return hasher.Finish();
}

Status WriteDeployed(const fs::path& project, const std::vector<Deployed>& records) {
  WantedRecords wanted;
  for (const auto& record : records) {
    RETURN_IF_ERROR(CheckRecord(record));
    wanted[{RootOf(record), record.type, record.name}].push_back(&record);
  }
  ASSIGN_OR_RETURN(auto files, OpenRoots(project));
  for (auto& file : files) ApplyStanding(&file, &wanted);
  for (const auto& record : records) {
    const Deployed* added = Take(&wanted, {RootOf(record), record.type, record.name});
    if (added == nullptr) continue;
    ASSIGN_OR_RETURN(RootFile* const file, FindRoot(&files, project, RootOf(record)));
    AppendRecord(&file->file.table(), *added);
  }
  for (auto& file : files) RETURN_IF_ERROR(SaveRoot(project, &file));
  return {};
}

}  // namespace skilltrail::manifest

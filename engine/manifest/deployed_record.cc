#include "engine/manifest/deployed_record.h"

#include <tuple>
#include <utility>

#include <fmt/format.h>

#include "engine/manifest/fields.h"
#include "engine/manifest/local_time.h"
#include "engine/manifest/toml_parse.h"
#include "engine/manifest/toml_write.h"
#include "events/check.h"
#include "events/name.h"

namespace skilltrail::manifest {
namespace {

constexpr std::string_view kDefaultProfile = "claude_code";
constexpr std::string_view kRecordKeys[] = {"artifact_name",
                                            "artifact_type",
                                            "from_collection",
                                            "deployed_at",
                                            "artifact_path",
                                            "content_hash",
                                            "local_modifications",
                                            "parent_hash",
                                            "version_lineage",
                                            "last_modified_check",
                                            "modification_detected_at",
                                            "merge_base_snapshot",
                                            "deployment_profile_id",
                                            "platform",
                                            "profile_root_dir",
                                            "artifact_uuid",
                                            "collection_sha"};
constexpr std::pair<std::string_view, std::string_view> kPlatforms[] = {
    {".claude", "claude_code"}, {".codex", "codex"}, {".gemini", "gemini"}, {".cursor", "cursor"}};

// A dot directory right below the project.
Status CheckRoot(std::string_view root) {
  RETURN_IF_ERROR(CheckRelativePath(root));
  if (root.starts_with('.') && root.find('/') == std::string_view::npos) return {};
  return Error{Code::kUsage, fmt::format("\"{}\" is not a dot directory of the project", root), ""};
}

std::string ContentHash(const Table& record) {
  const std::string hash = TextOf(record, "content_hash");
  return hash.empty() ? TextOf(record, "collection_sha") : hash;
}

std::string PlatformOf(std::string_view root) {
  for (const auto& [name, platform] : kPlatforms) {
    if (name == root) return std::string(platform);
  }
  return "other";
}

void ApplyBaseline(Table* table, const Deployed& record) {
  if (ContentHash(*table) != record.content_hash) {
    // Another baseline: what the peer found against the old one is over.
    table->Set("merge_base_snapshot", Text(record.content_hash), kRecordKeys);
    table->Erase("modification_detected_at");
  }
  SetText(table, "content_hash", record.content_hash, kRecordKeys);
  SetText(table, "collection_sha", record.content_hash, kRecordKeys);
}

}  // namespace

std::string RootOf(const Deployed& record) {
  return record.profile_root.empty() ? std::string(kDefaultRoot) : record.profile_root;
}

Result<Deployed> ParseRecord(const Value& item, const std::string& root, const std::filesystem::path& file, size_t number) {
  if (item.table() == nullptr) return Fault(file, item.line, fmt::format("record {} is not a table", number));
  const Table& table = *item.table();
  FieldReader fields(file, table, item.line, fmt::format("record {}", number));
  Deployed record;
  record.name = fields.Required("artifact_name");
  fields.Rename(fmt::format("record {} {}", number, WriteScalar(Text(record.name))));
  const std::string word = fields.Required("artifact_type");
  record.content_hash = ContentHash(table);
  if (record.content_hash.empty()) fields.Fail("content_hash", "is missing, and so is collection_sha");
  RETURN_IF_ERROR(fields.status());
  const auto type = ParseType(word);
  if (!type) return record;

  record.type = TypeName(*type);
  fields.Expect("artifact_name", CheckName(record.name, "artifact"));
  record.collection = fields.Required("from_collection");
  std::ignore = fields.Required("deployed_at");
  record.deployed_at = fields.Time("deployed_at", ParseLocalTime);
  record.path = fields.Required("artifact_path");
  if (!record.path.empty()) fields.Expect("artifact_path", CheckRelativePath(record.path));
  record.local_modifications = fields.Flag("local_modifications");
  record.profile = fields.Text("deployment_profile_id");
  if (record.profile.empty()) record.profile = kDefaultProfile;
  record.profile_root = fields.Text("profile_root_dir");
  if (record.profile_root.empty()) record.profile_root = root;
  fields.Expect("profile_root_dir", CheckRoot(record.profile_root));
  record.version_lineage = fields.Texts("version_lineage");
  if (record.version_lineage.empty()) record.version_lineage = {record.content_hash};
  RETURN_IF_ERROR(fields.status());
  return record;
}

void ApplyRecord(Table* table, const Deployed& record, const std::vector<std::string>& lineage) {
  const bool is_new = table->empty();
  if (is_new) {
    table->Append("artifact_name", Text(record.name));
    table->Append("artifact_type", Text(FileTypeName(*ParseType(record.type))));
    table->Append("platform", Text(PlatformOf(RootOf(record))));
    table->Append("profile_root_dir", Text(RootOf(record)));
  }
  SetText(table, "from_collection", record.collection, kRecordKeys);
  if (is_new || TimeOf(*table, "deployed_at", ParseLocalTime) != record.deployed_at) {
    table->Set("deployed_at", Text(FormatLocalTime(record.deployed_at)), kRecordKeys);
  }
  SetText(table, "artifact_path", record.path, kRecordKeys);
  ApplyBaseline(table, record);
  const Value* modified = table->Find("local_modifications");
  if (is_new || (modified != nullptr && std::get<bool>(modified->held)) != record.local_modifications) {
    table->Set("local_modifications", Value{record.local_modifications}, kRecordKeys);
  }
  const auto wanted_lineage = record.version_lineage.empty() ? std::vector<std::string>{record.content_hash} : record.version_lineage;
  if (lineage != wanted_lineage) table->Set("version_lineage", Texts(wanted_lineage), kRecordKeys);
  const std::string profile = TextOf(*table, "deployment_profile_id");
  const std::string wanted_profile = record.profile.empty() ? std::string(kDefaultProfile) : record.profile;
  if (is_new || (profile.empty() ? kDefaultProfile : std::string_view(profile)) != wanted_profile) {
    table->Set("deployment_profile_id", Text(wanted_profile), kRecordKeys);
  }
}

Status CheckRecord(const Deployed& record) {
  CHECK(ParseType(record.type).has_value());
  RETURN_IF_ERROR(CheckName(record.name, "artifact"));
  RETURN_IF_ERROR(CheckRelativePath(record.path));
  RETURN_IF_ERROR(CheckRoot(RootOf(record)));
  if (!record.collection.empty() && !record.content_hash.empty()) return {};
  return Error{Code::kUsage, fmt::format("the deployment of {}:{} names no collection or no content hash", record.type, record.name), ""};
}

}  // namespace skilltrail::manifest

#include "cli/documents/artifact.h"

#include <algorithm>

#include <nlohmann/json.hpp>

#include "events/digest.h"
#include "events/id.h"

namespace skilltrail::cli::documents {
namespace {

constexpr const char* kStatedFields[] = {"title", "description", "author", "license", "version"};

Json MetadataJson(const projections::ArtifactState& artifact) {
  Json metadata = Json::object();
  for (const char* field : kStatedFields) metadata[field] = TextOrNull(std::string(projections::MetadataOf(artifact, field)));
  for (const auto& field : artifact.metadata) metadata[field->name] = field->value;
  return metadata;
}

Json Sorted(std::vector<std::string> list) {
  std::sort(list.begin(), list.end());
  return list;
}

}  // namespace

Json ArtifactJson(const projections::ArtifactState& artifact, const Moment& as_of) {
  const auto colon = artifact.id.find(':');
  return {{"id", artifact.id},
          {"name", artifact.id.substr(colon + 1)},
          {"type", artifact.id.substr(0, colon)},
          {"path", artifact.path},
          {"origin", TextOrNull(artifact.origin)},
          {"source", TextOrNull(artifact.source)},
          {"origin_source", TextOrNull(artifact.origin_source)},
          {"version_spec", TextOrNull(artifact.version_spec)},
          {"resolved_sha", TextOrNull(artifact.resolved_sha)},
          {"content_hash", TextOrNull(artifact.content_hash)},
          {"tree", TextOrNull(Hex(artifact.tree))},
          {"git_tree", TextOrNull(artifact.git_tree)},
          {"tags", projections::EffectiveTags(artifact)},
          {"imported_tags", Sorted(artifact.imported_tags)},
          {"user_tags", Sorted(artifact.user_tags)},
          {"tags_imported_at", TimeOrNull(artifact.tags_imported_at)},
          {"tags_checked_at", TimeOrNull(artifact.tags_checked_at)},
          {"metadata", MetadataJson(artifact)},
          {"added_at", TimeOrNull(artifact.added_at)},
          {"updated_at", TimeOrNull(artifact.updated_at)},
          {"last_refreshed_at", TimeOrNull(artifact.last_refreshed_at)},
          {"as_of", MomentJson(as_of)}};
}

Json ListJson(const query::ListReport& report) {
  Json artifacts = Json::array();
  for (const auto& artifact : report.artifacts) artifacts.push_back(ArtifactJson(artifact, report.as_of));
  return {{"artifacts", std::move(artifacts)}, {"as_of", MomentJson(report.as_of)}};
}

Json TagsJson(const query::TagsReport& report) {
  Json tags = Json::array();
  for (const auto& tag : report.tags) {
    tags.push_back({{"tag", tag.tag}, {"provenance", tag.provenance}, {"seq", tag.seq}, {"recorded_at", TimeOrNull(tag.recorded_at)}});
  }
  return {{"artifact_id", report.artifact},
          {"tags", std::move(tags)},
          {"tags_imported_at", TimeOrNull(report.tags_imported_at)},
          {"tags_checked_at", TimeOrNull(report.tags_checked_at)},
          {"as_of", MomentJson(report.as_of)}};
}

Json AllTagsJson(const query::TagsReport& report) {
  Json tags = Json::array();
  for (const auto& tag : report.tags) {
    tags.push_back({{"tag", tag.tag},
                    {"artifact_count", tag.count},
                    {"first_seq", tag.first_seq == 0 ? Json() : Json(tag.first_seq)},
                    {"first_at", TimeOrNull(tag.first_at)},
                    {"last_seq", tag.last_seq == 0 ? Json() : Json(tag.last_seq)},
                    {"last_at", TimeOrNull(tag.last_at)}});
  }
  return {{"tags", std::move(tags)}, {"as_of", MomentJson(report.as_of)}};
}

Json TagHistoryJson(const query::TagHistoryReport& report) {
  Json history = Json::array();
  for (const auto& [change, actor] : report.history) {
    history.push_back({{"seq", change.seq},
                       {"recorded_at", TimeOrNull(change.recorded_at)},
                       {"actor", TextOrNull(actor)},
                       {"cause", change.cause},
                       {"source", TextOrNull(change.source)},
                       {"added", change.added},
                       {"removed", change.removed},
                       {"after", change.after}});
  }
  return {{"artifact_id", report.artifact}, {"history", std::move(history)}};
}

Json EditTagsJson(const curate::EditTagsReport& report, bool dry_run) {
  return {{"artifact_id", report.artifact}, {"run_id", TextOrNull(report.run_id)}, {"dry_run", dry_run},
          {"added", report.added},          {"removed", report.removed},           {"tags", report.tags}};
}

}  // namespace skilltrail::cli::documents

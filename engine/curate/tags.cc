#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <set>

#include "engine/curate/curate.h"
#include "engine/session/writing.h"
#include "events/name.h"

namespace skilltrail::curate {
namespace {

using Tags = std::set<std::string>;

Status CheckTag(const std::string& tag) {
  const bool control =
      std::any_of(tag.begin(), tag.end(), [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f || c == ','; });
  if (!tag.empty() && tag.size() <= 255 && !control && IsUtf8(tag) && tag.front() != ' ' && tag.back() != ' ') return {};
  return Error{Code::kUsage,
               fmt::format("{} is no tag: 1 to 255 bytes of text without commas, control characters or blanks around it", Quote(tag)),
               {}};
}

struct TagSets {
  Tags user, hidden, adopted;
};

Status Drop(const projections::ArtifactState& artifact, const std::string& tag, TagSets& sets) {
  const Tags imported(artifact.imported_tags.begin(), artifact.imported_tags.end());
  const Tags stated(artifact.front_matter_tags.begin(), artifact.front_matter_tags.end());
  const auto effective = projections::EffectiveTags(artifact);
  if (std::find(effective.begin(), effective.end(), tag) == effective.end()) {
    const std::string near = Nearest(tag, effective);
    return Error{Code::kNotFound, fmt::format("{} has no tag \"{}\"", artifact.id, tag),
                 near.empty() ? "" : fmt::format("did you mean \"{}\"?", near)};
  }
  if (stated.contains(tag)) {
    return Error{Code::kConflict, fmt::format("the front matter of {} states the tag \"{}\"", artifact.id, tag), "take it out of the file"};
  }
  sets.user.erase(tag);
  sets.adopted.erase(tag);
  if (imported.contains(tag)) sets.hidden.insert(tag);
  return {};
}

}  // namespace

Result<EditTagsReport> EditTags(const Context& context, const EditTagsRequest& request) {
  for (const auto& tag : request.add) {
    if (Status good = CheckTag(tag); !good.ok()) return good.error();
  }
  auto opened = Writing::Open(context);
  if (!opened.ok()) return opened.error();
  Writing& writing = **opened;
  auto captured = CaptureReadable(writing, "");
  if (!captured.ok()) return captured.error();
  auto state = writing.Collection(captured->collection);
  if (!state.ok()) return state.error();
  auto id = Reading::Find(**state, request.artifact);
  if (!id.ok()) return id.error();
  const projections::ArtifactState artifact = *(*state)->Find(*id);

  TagSets sets{{artifact.user_tags.begin(), artifact.user_tags.end()},
               {artifact.hidden_tags.begin(), artifact.hidden_tags.end()},
               {artifact.adopted_tags.begin(), artifact.adopted_tags.end()}};
  for (const auto& tag : request.remove) {
    if (Status dropped = Drop(artifact, tag, sets); !dropped.ok()) return dropped.error();
  }
  for (const auto& tag : request.add) {
    // A tag that a person adds is theirs from now on, whether or not upstream has it too.
    sets.hidden.erase(tag);
    sets.adopted.erase(tag);
    sets.user.insert(tag);
  }
  projections::ArtifactState next = artifact;
  next.user_tags.assign(sets.user.begin(), sets.user.end());
  next.hidden_tags.assign(sets.hidden.begin(), sets.hidden.end());
  next.adopted_tags.assign(sets.adopted.begin(), sets.adopted.end());

  schema::TagsEditedT edit = projections::TagsEdit(schema::ChangeCause::command, artifact, next);
  EditTagsReport report{*id, {}, edit.added, edit.removed, edit.after, {}};
  const bool same =
      next.user_tags == artifact.user_tags && next.hidden_tags == artifact.hidden_tags && next.adopted_tags == artifact.adopted_tags;
  if (!same) writing.Add({captured->collection, *id, {}, std::move(edit)});
  if (Status finished = writing.Finish(); !finished.ok()) return finished.error();
  report.run_id = writing.run_text();
  report.notes = writing.notes();
  return report;
}

}  // namespace skilltrail::curate

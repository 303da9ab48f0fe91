#include "engine/projections/artifact_state.h"

#include <algorithm>
#include <iterator>
#include <memory>
#include <utility>

#include "engine/projections/overload.h"
#include "events/codec.h"
#include "events/source.h"

namespace skilltrail::projections {
namespace {

using TagList = flatbuffers::Vector<flatbuffers::Offset<flatbuffers::String>>;
using FieldChanges = flatbuffers::Vector<flatbuffers::Offset<schema::FieldChange>>;

bool Contains(const std::vector<std::string>& list, std::string_view word) {
  return std::find(list.begin(), list.end(), word) != list.end();
}

// The setters below leave what is equal alone: most events of a long log say again what is known, and a fold of a million of them must not
// allocate for that. They return whether anything changed.
bool SetText(std::string& to, const flatbuffers::String* from) {
  const std::string_view text = View(from);
  if (to == text) return false;
  to.assign(text);
  return true;
}

bool SetBytes(std::vector<uint8_t>& to, const flatbuffers::Vector<uint8_t>* from) {
  const auto* data = from == nullptr ? nullptr : from->data();
  const size_t size = from == nullptr ? 0 : from->size();
  if (to.size() == size && std::equal(to.begin(), to.end(), data)) return false;
  to.assign(data, data + size);
  return true;
}

void Normalise(std::vector<std::string>& tags) {
  const auto out_of_order = [](const std::string& a, const std::string& b) { return a >= b; };
  if (std::adjacent_find(tags.begin(), tags.end(), out_of_order) == tags.end()) return;
  std::sort(tags.begin(), tags.end());
  tags.erase(std::unique(tags.begin(), tags.end()), tags.end());
}

bool SetTags(std::vector<std::string>& to, const TagList* from) {
  const size_t size = from == nullptr ? 0 : from->size();
  bool changed = to.size() != size;
  to.resize(size);
  for (flatbuffers::uoffset_t i = 0; i < size; ++i) changed |= SetText(to[i], from->Get(i));
  if (changed) Normalise(to);
  return changed;
}

bool NameBefore(const std::unique_ptr<schema::FieldT>& field, std::string_view name) {
  return field->name < name;
}

// Records come from outside too (imports), so the order that lookups rely on is made here.
void Normalise(ArtifactState& artifact) {
  for (auto* tags :
       {&artifact.imported_tags, &artifact.hidden_tags, &artifact.user_tags, &artifact.front_matter_tags, &artifact.adopted_tags})
    Normalise(*tags);
  const auto by_name = [](const auto& a, const auto& b) { return a->name < b->name; };
  if (!std::is_sorted(artifact.metadata.begin(), artifact.metadata.end(), by_name))
    std::stable_sort(artifact.metadata.begin(), artifact.metadata.end(), by_name);
}

// What upstream now says, it says of every tag of that name: a tag whose origin nobody knew is upstream's from here on.
bool TakeOverAdopted(ArtifactState& artifact) {
  if (artifact.adopted_tags.empty()) return false;
  const auto taken = [&](const std::string& tag) { return Contains(artifact.adopted_tags, tag) && Contains(artifact.imported_tags, tag); };
  std::erase_if(artifact.user_tags, taken);
  const auto imported = [&](const std::string& tag) { return Contains(artifact.imported_tags, tag); };
  return std::erase_if(artifact.adopted_tags, imported) > 0;
}

bool ApplyChanges(ArtifactState& artifact, const FieldChanges* changes) {
  if (changes == nullptr) return false;
  for (const auto* change : *changes) {
    if (View(change->field()) == "origin_source")
      SetText(artifact.origin_source, change->after());
    else
      SetMetadata(artifact, View(change->field()), View(change->after()));
  }
  return changes->size() > 0;
}

// The repository's URL, with the old repository's name in it replaced; left alone where it does not name that repository.
void MoveOriginSource(std::string& url, const Source& before, const Source& after) {
  const std::string old_name = "/" + before.repository();
  const size_t at = url.find(old_name);
  if (at == std::string::npos) return;
  const size_t end = at + old_name.size();
  const bool whole_name = end == url.size() || url[end] == '/' || url.compare(end, std::string::npos, ".git") == 0;
  if (whole_name) url.replace(at + 1, old_name.size() - 1, after.repository());
}

void MoveSource(ArtifactState& artifact, std::string_view moved_to) {
  const Result<Source> before = ParseSource(artifact.source);
  const Result<Source> after = ParseSource(moved_to);
  if (!before.ok() || !after.ok()) return;
  Source source = before.value();
  source.owner = after.value().owner;
  source.repo = after.value().repo;
  MoveOriginSource(artifact.origin_source, before.value(), after.value());
  artifact.source = source.text();
}

using PassedOver = Ignored<schema::RunStarted, schema::RunCompleted, schema::CollectionCreated, schema::CollectionRemoved,
                           schema::CollectionImported, schema::RefreshCompleted, schema::SourceChanged, schema::SourceIdentityChanged,
                           schema::ArtifactDeployed, schema::ArtifactUndeployed, schema::BaselineMoved, schema::DriftDetected,
                           schema::DriftResolved, schema::SnapshotCreated, schema::SnapshotDeleted, schema::BlobRedacted, UnknownEvent>;

class ArtifactFold : public PassedOver {
 public:
  ArtifactFold(std::optional<ArtifactState>& artifact, const store::StoredEvent& event) : artifact_(artifact), event_(event) {}

  using PassedOver::operator();
  void operator()(const schema::ArtifactAdded& added) {
    Replace(added.record());
    if (artifact_->added_at == 0) artifact_->added_at = recorded_at();
    if (artifact_->updated_at == 0) artifact_->updated_at = recorded_at();
  }
  void operator()(const schema::ArtifactRestored& restored) { Replace(restored.record()); }
  void operator()(const schema::ArtifactRemoved&) { artifact_.reset(); }
  void operator()(const schema::ContentChanged& changed) {
    if (!artifact_) return;
    SetBytes(artifact_->tree, changed.tree_after());
    SetText(artifact_->content_hash, changed.content_hash_after());
    SetText(artifact_->git_tree, changed.git_tree());
    if (!View(changed.commit()).empty()) SetText(artifact_->resolved_sha, changed.commit());
    artifact_->updated_at = recorded_at();
  }
  void operator()(const schema::MetadataRefreshed& refreshed) {
    if (!artifact_) return;
    if (refreshed.repository_id() != 0) artifact_->repository_id = refreshed.repository_id();
    if (ApplyChanges(*artifact_, refreshed.changes())) artifact_->updated_at = recorded_at();
  }
  void operator()(const schema::MetadataEdited& edited) {
    if (artifact_ && ApplyChanges(*artifact_, edited.changes())) artifact_->updated_at = recorded_at();
  }
  void operator()(const schema::TagsImported& imported) {
    if (!artifact_) return;
    const bool changed = SetTags(artifact_->imported_tags, imported.after());
    const bool taken_over = TakeOverAdopted(*artifact_);
    artifact_->tags_imported_at = recorded_at();
    if (changed || taken_over) artifact_->updated_at = recorded_at();
  }
  void operator()(const schema::TagsEdited& edited) {
    if (!artifact_) return;
    SetTags(artifact_->user_tags, edited.user_tags());
    SetTags(artifact_->hidden_tags, edited.hidden_tags());
    SetTags(artifact_->front_matter_tags, edited.front_matter_tags());
    SetTags(artifact_->adopted_tags, edited.adopted_tags());
    artifact_->updated_at = recorded_at();
  }
  void operator()(const schema::SourceMoved& moved) {
    if (!artifact_) return;
    MoveSource(*artifact_, View(moved.after()));
    if (moved.repository_id() != 0) artifact_->repository_id = moved.repository_id();
    artifact_->added_seq = event_.seq;
  }
  void operator()(const schema::SourceAccepted& accepted) {
    if (artifact_) artifact_->repository_id = accepted.repository_id();
  }

 private:
  Micros recorded_at() const { return event_.event->recorded_at(); }
  void Replace(const schema::ArtifactRecord* record) {
    artifact_.emplace();
    if (record != nullptr) record->UnPackTo(&*artifact_);
    Normalise(*artifact_);
    artifact_->id.assign(View(event_.event->artifact()));
    artifact_->added_seq = event_.seq;
  }

  std::optional<ArtifactState>& artifact_;
  const store::StoredEvent& event_;
};

}  // namespace

std::vector<std::string> EffectiveTags(const ArtifactState& artifact) {
  std::vector<std::string> tags;
  tags.reserve(artifact.imported_tags.size() + artifact.user_tags.size() + artifact.front_matter_tags.size());
  std::copy_if(artifact.imported_tags.begin(), artifact.imported_tags.end(), std::back_inserter(tags),
               [&](const std::string& tag) { return !Contains(artifact.hidden_tags, tag); });
  tags.insert(tags.end(), artifact.user_tags.begin(), artifact.user_tags.end());
  tags.insert(tags.end(), artifact.front_matter_tags.begin(), artifact.front_matter_tags.end());
  Normalise(tags);
  return tags;
}

schema::TagsEditedT TagsEdit(schema::ChangeCause cause, const ArtifactState& before, const ArtifactState& after) {
  schema::TagsEditedT edit;
  edit.cause = cause;
  edit.after = EffectiveTags(after);
  const auto were = EffectiveTags(before);
  std::set_difference(edit.after.begin(), edit.after.end(), were.begin(), were.end(), std::back_inserter(edit.added));
  std::set_difference(were.begin(), were.end(), edit.after.begin(), edit.after.end(), std::back_inserter(edit.removed));
  edit.user_tags = after.user_tags;
  edit.hidden_tags = after.hidden_tags;
  edit.front_matter_tags = after.front_matter_tags;
  edit.adopted_tags = after.adopted_tags;
  return edit;
}

std::string_view MetadataOf(const ArtifactState& artifact, std::string_view field) {
  const auto at = std::lower_bound(artifact.metadata.begin(), artifact.metadata.end(), field, NameBefore);
  return at == artifact.metadata.end() || (*at)->name != field ? std::string_view() : (*at)->value;
}

void SetMetadata(ArtifactState& artifact, std::string_view field, std::string_view value) {
  const auto at = std::lower_bound(artifact.metadata.begin(), artifact.metadata.end(), field, NameBefore);
  const bool known = at != artifact.metadata.end() && (*at)->name == field;
  if (value.empty()) {
    if (known) artifact.metadata.erase(at);
  } else if (known) {
    if ((*at)->value != value) (*at)->value.assign(value);
  } else {
    auto entry = std::make_unique<schema::FieldT>();
    entry->name.assign(field);
    entry->value.assign(value);
    artifact.metadata.insert(at, std::move(entry));
  }
}

void Apply(std::optional<ArtifactState>& artifact, const store::StoredEvent& event) {
  VisitPayload(*event.event, ArtifactFold(artifact, event));
  if (artifact) artifact->changed_seq = event.seq;
}

}  // namespace skilltrail::projections

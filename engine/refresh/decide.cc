#include "engine/refresh/decide.h"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <memory>

#include "engine/refresh/select.h"
#include "events/source.h"

namespace skilltrail::refresh {
namespace {

using projections::ArtifactState;
using Words = std::vector<std::string>;

std::string Lower(std::string_view text) {
  std::string lower(text);
  std::transform(lower.begin(), lower.end(), lower.begin(),
                 [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; });
  return lower;
}

bool SameButCase(std::string_view a, std::string_view b) {
  return a.size() == b.size() && Lower(a) == Lower(b);
}

std::string Trim(std::string_view text) {
  constexpr std::string_view kBlank = " \t\r\n";
  const size_t first = text.find_first_not_of(kBlank);
  if (first == std::string_view::npos) return {};
  return std::string(text.substr(first, text.find_last_not_of(kBlank) - first + 1));
}

std::string Find(const Stated& stated, const std::string& field) {
  auto found = stated.find(field);
  return found == stated.end() ? std::string() : Trim(found->second);
}

Words Sorted(Words words) {
  for (auto& word : words) word = Trim(word);
  std::erase(words, std::string());
  std::sort(words.begin(), words.end());
  words.erase(std::unique(words.begin(), words.end()), words.end());
  return words;
}

Words Minus(const Words& from, const Words& what) {
  Words rest;
  std::set_difference(from.begin(), from.end(), what.begin(), what.end(), std::back_inserter(rest));
  return rest;
}

FieldValue Text(std::string text) {
  FieldValue value;
  value.present = !text.empty();
  value.text = std::move(text);
  return value;
}

FieldValue List(Words list) {
  FieldValue value;
  value.list = std::move(list);
  return value;
}

void SayChange(Entry& entry, const std::string& field, FieldValue before, FieldValue after) {
  entry.changes.push_back(field);
  entry.old_values[field] = std::move(before);
  entry.new_values[field] = std::move(after);
}

// How our content stands to upstream's.
struct Standing {
  bool update = false;     // upstream's content is not the one that we last took from it
  bool edited = false;     // ours is not either
  bool base_held = false;  // the base's tree is what upstream had
};

Standing Compare(const Ours& ours, const Facts& facts) {
  const std::string& theirs = facts.place->git_id;
  if (theirs == ours.artifact.git_tree) return {};
  std::string base_id = ours.base.git_id;
  if (!ours.base.proven) {
    if (!facts.commit.empty() && ours.base.commit == facts.commit)
      base_id = theirs;
    else if (!facts.id_at_base.empty())
      base_id = facts.id_at_base;
  }
  Standing standing;
  standing.update = theirs != base_id;
  standing.base_held = base_id == ours.base.git_id;
  standing.edited = !standing.base_held || ours.base.tree.vector() != ours.artifact.tree;
  return standing;
}

std::string Strategy(const Standing& standing, schema::DriftType drift) {
  if (!standing.update) return "no_update";
  if (standing.edited || drift == schema::DriftType::conflict) return "conflict";
  return drift == schema::DriftType::modified ? "review_required" : "safe_update";
}

class Deciding {
 public:
  Deciding(const Ours& ours, const Facts& facts, const RefreshRequest& request)
      : ours_(ours), artifact_(ours.artifact), facts_(facts), request_(request) {}

  Decision Run() {
    Entry& entry = decision_.entry;
    entry.artifact = artifact_.id;
    entry.duration_ms = facts_.duration_ms;
    entry.tags_imported_at = artifact_.tags_imported_at;
    entry.current_sha = artifact_.resolved_sha;
    if (artifact_.source.empty()) {
      entry.local = true;
      return Pass(std::move(decision_), "local artifact");
    }
    const bool other = artifact_.repository_id != 0 && facts_.repository.id != 0 && artifact_.repository_id != facts_.repository.id;
    if (facts_.error && (other || !facts_.repository_answered || facts_.error->code != Code::kRateLimited))
      return Refuse(std::move(decision_), *facts_.error);
    if (facts_.error) return CutShort();
    entry.upstream_sha = facts_.commit;
    if (other) return AnotherRepository();
    if (Applies()) Move();
    if (facts_.repository_only) return ComparedWithRepository();
    if (!facts_.place) return Gone();
    if (!facts_.no_artifact.empty()) return NoArtifact(facts_.no_artifact);
    if (facts_.place->single_file != IsOneFile(artifact_)) return OtherShape();
    return ComparedWithUpstream();
  }

 private:
  bool Applies() const { return request_.mode != schema::RefreshMode::check_only; }
  // The repository as upstream calls it now.
  const std::string& repository() const { return facts_.repository.full_name; }

  Decision AnotherRepository() {
    if (Applies() && !ours_.identity_said) {
      schema::SourceIdentityChangedT changed;
      changed.source = artifact_.source;
      changed.repository_id_before = artifact_.repository_id;
      changed.repository_id_after = facts_.repository.id;
      decision_.events.emplace_back(std::move(changed));
    }
    return Pass(std::move(decision_),
                fmt::format("{} is another repository than the one it came from; skilltrail source accept {} takes it", repository(),
                            artifact_.id));
  }

  void Move() {
    auto source = ParseSource(artifact_.source);
    const size_t slash = repository().find('/');
    if (!source.ok() || slash == std::string::npos || SameButCase(source->repository(), repository())) return;
    source->owner = repository().substr(0, slash);
    source->repo = repository().substr(slash + 1);
    schema::SourceMovedT moved;
    moved.before = artifact_.source;
    moved.after = source->text();
    moved.repository_id = facts_.repository.id;
    decision_.events.emplace_back(std::move(moved));
  }

  Decision Gone() {
    auto source = ParseSource(artifact_.source);
    const std::string path = source.ok() && !source->path.empty() ? source->path : "/";
    return Pass(std::move(decision_),
                fmt::format("{} is gone from {} at {}; the copy stays", path, repository(), facts_.commit.substr(0, 12)));
  }

  Decision NoArtifact(const std::string& why) {
    return Pass(std::move(decision_), fmt::format("upstream has no artifact there any more: {}; the copy stays", why));
  }

  Decision OtherShape() {
    const bool file = facts_.place->single_file;
    return Refuse(std::move(decision_), {Code::kConflict,
                                         fmt::format("{} is a {} here and a {} at {}", artifact_.id, file ? "directory" : "single file",
                                                     file ? "single file" : "directory", artifact_.source),
                                         {}});
  }

  // The limit ended between the repository's answer and the commit's: topics that have arrived are not asked for again.
  Decision CutShort() {
    Entry& entry = decision_.entry;
    CompareTags();
    if (decision_.events.empty()) return Refuse(std::move(decision_), *facts_.error);
    if (!Applies()) decision_.events.clear();
    entry.status = EntryStatus::kError;
    entry.code = facts_.error->code;
    entry.error = fmt::format("{}; its topics had come, its files were not compared", facts_.error->message);
    return std::move(decision_);
  }

  Decision ComparedWithRepository() {
    CompareFields();
    CompareTags();
    return Compared();
  }

  Decision ComparedWithUpstream() {
    Entry& entry = decision_.entry;
    const Standing standing = Compare(ours_, facts_);
    entry.update_available = standing.update;
    entry.merge_strategy = Strategy(standing, ours_.drift);
    if (request_.mode == schema::RefreshMode::sync) {
      ChooseContent(standing);
      if (const Error* error = WhyNotFetched(); error != nullptr) {
        return error->code == Code::kConflict ? NoArtifact(error->message) : Refuse(std::move(decision_), *error);
      }
    }
    ours_speak_ = standing.edited && standing.base_held &&
                  (decision_.bring == Decision::Bring::kNothing || decision_.bring == Decision::Bring::kMerge);
    CompareFields();
    CompareTags();
    if (decision_.bring != Decision::Bring::kNothing) entry.changes.push_back("content");
    return Compared();
  }

  Decision Compared() {
    Entry& entry = decision_.entry;
    std::sort(entry.changes.begin(), entry.changes.end());
    entry.covered = true;
    if (entry.status != EntryStatus::kSkipped) entry.status = entry.changes.empty() ? EntryStatus::kUnchanged : EntryStatus::kRefreshed;
    if (!Applies()) decision_.events.clear();
    return std::move(decision_);
  }

  void ChooseContent(const Standing& standing) {
    using Bring = Decision::Bring;
    if (standing.update && standing.edited && !request_.overwrite) {
      if (!request_.merge || !standing.base_held) {
        LeaveContent("local changes");
        return;
      }
      decision_.bring = Bring::kMerge;
    } else if (standing.update) {
      decision_.bring = Bring::kUpstream;
    } else if (standing.edited && request_.overwrite) {
      decision_.bring = standing.base_held ? Bring::kBase : Bring::kUpstream;
    }
  }

  // Of content that is wanted; kConflict: what stands there is no artifact.
  const Error* WhyNotFetched() const {
    const bool wanted = decision_.bring == Decision::Bring::kUpstream || decision_.bring == Decision::Bring::kMerge;
    return wanted && facts_.content && !facts_.content->ok() ? &facts_.content->error() : nullptr;
  }

  // The content stays; fields and tags are another matter.
  void LeaveContent(std::string reason) {
    decision_.bring = Decision::Bring::kNothing;
    decision_.entry.status = EntryStatus::kSkipped;
    decision_.entry.reason = std::move(reason);
  }

  // An edit of ours in the metadata file stands for as long as upstream says there what it said before.
  bool EditStands(const std::string& field) const {
    const std::string base = Find(ours_.base_stated, field);
    return ours_speak_ && Find(ours_.stated, field) != base && Find(facts_.stated, field) == base;
  }

  void CompareFields() {
    schema::MetadataRefreshedT refreshed;
    auto compare = [&](const std::string& field, std::string before, std::string after) {
      if (!Wants(request_, field) || after.empty() || after == before) return;
      auto change = std::make_unique<schema::FieldChangeT>();
      change->field = field;
      change->before = before;
      change->after = after;
      refreshed.changes.push_back(std::move(change));
      SayChange(decision_.entry, field, Text(std::move(before)), Text(std::move(after)));
    };
    for (const std::string field : {"description", "author", "license"}) {
      if (EditStands(field)) continue;
      std::string after = Find(facts_.stated, field);
      if (after.empty() && field == "description") after = Trim(facts_.repository.description);
      if (after.empty() && field == "license") after = Trim(facts_.repository.license);
      std::string before(projections::MetadataOf(artifact_, field));
      if (field == "license" && SameButCase(before, after)) continue;
      compare(field, std::move(before), std::move(after));
    }
    compare("origin_source", artifact_.origin_source, Trim(facts_.repository.html_url));
    // The number by which a rename is told from another repository under the old name is worth an event of its own.
    const bool learned = artifact_.repository_id == 0 && facts_.repository.id != 0;
    if (refreshed.changes.empty() && !learned) return;
    refreshed.source = repository();
    refreshed.commit = facts_.commit;
    refreshed.repository_id = facts_.repository.id;
    decision_.events.emplace_back(std::move(refreshed));
  }

  void CompareTags() {
    if (!Wants(request_, "tags")) return;
    const Words before = Sorted(artifact_.imported_tags);
    const Words after = Sorted(facts_.repository.topics);
    const bool first = artifact_.tags_imported_at == 0;
    if (before == after && !first) return;
    if (before != after) SayChange(decision_.entry, "tags", List(before), List(after));
    schema::TagsImportedT imported;
    imported.source = repository();
    imported.topics = facts_.repository.topics;
    imported.added = Minus(after, before);
    imported.removed = Minus(before, after);
    imported.before = before;
    imported.after = after;
    imported.etag = facts_.repository.etag;
    decision_.events.emplace_back(std::move(imported));
  }

  const Ours& ours_;
  const ArtifactState& artifact_;
  const Facts& facts_;
  const RefreshRequest& request_;
  bool ours_speak_ = false;  // our metadata file was edited, will stay, and the base's is known
  Decision decision_;
};

// What became of the source is a fact of its own, whatever becomes of the artifact.
Decision Stripped(Decision decision) {
  std::erase_if(decision.events, [](const Payload& event) {
    return !std::holds_alternative<schema::SourceMovedT>(event) && !std::holds_alternative<schema::SourceIdentityChangedT>(event);
  });
  decision.bring = Decision::Bring::kNothing;
  decision.entry.changes.clear();
  decision.entry.old_values.clear();
  decision.entry.new_values.clear();
  return decision;
}

}  // namespace

Decision Decide(const Ours& ours, const Facts& facts, const RefreshRequest& request) {
  return Deciding(ours, facts, request).Run();
}

Decision Refuse(Decision decision, Error error) {
  decision = Stripped(std::move(decision));
  decision.entry.status = EntryStatus::kError;
  decision.entry.error = std::move(error.message);
  decision.entry.code = error.code;
  return decision;
}

Decision Pass(Decision decision, std::string reason) {
  decision = Stripped(std::move(decision));
  decision.entry.status = EntryStatus::kSkipped;
  decision.entry.reason = std::move(reason);
  return decision;
}

}  // namespace skilltrail::refresh

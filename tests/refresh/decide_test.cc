#include "engine/refresh/decide.h"

#include <catch2/catch.hpp>

#include "engine/refresh/select.h"

namespace skilltrail::refresh {
namespace {

using Words = std::vector<std::string>;
using Bring = Decision::Bring;
using schema::RefreshMode;

constexpr char kOldTree[] = "1111111111111111111111111111111111111111";
constexpr char kNewTree[] = "2222222222222222222222222222222222222222";
constexpr char kEditedTree[] = "3333333333333333333333333333333333333333";
constexpr char kOldCommit[] = "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa";
constexpr char kNewCommit[] = "bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb";

Digest Tree(uint8_t fill) {
  Digest digest;
  digest.bytes.fill(fill);
  return digest;
}

// A skill from acme/skills, as it was added, and imported once.
Ours Added() {
  Ours ours;
  auto& artifact = ours.artifact;
  artifact.id = "skill:pdf";
  artifact.path = "skills/pdf";
  artifact.source = "acme/skills/skills/pdf";
  artifact.origin_source = "https://github.com/acme/skills";
  artifact.version_spec = "latest";
  artifact.resolved_sha = kOldCommit;
  artifact.git_tree = kOldTree;
  artifact.tree = Tree(1).vector();
  artifact.repository_id = 7;
  artifact.imported_tags = {"docs", "pdf"};
  artifact.tags_imported_at = 1'000;
  projections::SetMetadata(artifact, "description", "Reads PDFs.");
  projections::SetMetadata(artifact, "author", "acme");
  projections::SetMetadata(artifact, "license", "MIT");
  ours.base = {kOldTree, Tree(1), "hash", kOldCommit, true};
  return ours;
}

Ours Edited() {
  Ours ours = Added();
  ours.artifact.git_tree = kEditedTree;
  ours.artifact.tree = Tree(3).vector();
  return ours;
}

// Upstream, where nothing has changed.
Facts Same() {
  Facts facts;
  facts.source = "acme/skills/skills/pdf";
  facts.repository_answered = true;
  facts.repository.id = 7;
  facts.repository.full_name = "acme/skills";
  facts.repository.html_url = "https://github.com/acme/skills";
  facts.repository.license = "MIT";
  facts.repository.topics = {"pdf", "docs"};
  facts.commit = kOldCommit;
  facts.place = checkout::Place{kOldTree, false};
  facts.stated = {{"description", "Reads PDFs."}, {"author", "acme"}};
  return facts;
}

Facts Moved() {
  Facts facts = Same();
  facts.commit = kNewCommit;
  facts.place->git_id = kNewTree;
  return facts;
}

Decision In(RefreshMode mode, const Ours& ours, const Facts& facts) {
  RefreshRequest request;
  request.mode = mode;
  return Decide(ours, facts, request);
}

Decision Metadata(const Ours& ours, const Facts& facts) {
  return In(RefreshMode::metadata_only, ours, facts);
}

template <class T>
const T* Only(const Decision& decision) {
  const T* found = nullptr;
  for (const auto& event : decision.events) {
    if (const auto* one = std::get_if<T>(&event)) {
      REQUIRE(found == nullptr);
      found = one;
    }
  }
  return found;
}

TEST_CASE("an artifact that upstream has not changed leaves no event") {
  const Decision decision = Metadata(Added(), Same());
  REQUIRE(decision.entry.status == EntryStatus::kUnchanged);
  REQUIRE(decision.events.empty());
  REQUIRE_FALSE(decision.entry.update_available);
  REQUIRE(decision.entry.merge_strategy == "no_update");
}

TEST_CASE("another commit in the repository is no update of a path that it did not touch") {
  Facts facts = Same();
  facts.commit = kNewCommit;
  const Decision decision = Metadata(Added(), facts);
  REQUIRE_FALSE(decision.entry.update_available);
  REQUIRE(decision.entry.current_sha == kOldCommit);
  REQUIRE(decision.entry.upstream_sha == kNewCommit);
}

TEST_CASE("topics that moved are imported with what was added and removed") {
  Facts facts = Same();
  facts.repository.topics = {"pdf", "ai", "pdf"};
  facts.repository.etag = "W/\"1\"";
  const Decision decision = Metadata(Added(), facts);
  REQUIRE(decision.entry.changes == Words{"tags"});
  REQUIRE(decision.entry.old_values.at("tags").list == Words{"docs", "pdf"});
  REQUIRE(decision.entry.new_values.at("tags").list == Words{"ai", "pdf"});
  const auto* imported = Only<schema::TagsImportedT>(decision);
  REQUIRE(imported != nullptr);
  REQUIRE(imported->added == Words{"ai"});
  REQUIRE(imported->removed == Words{"docs"});
  REQUIRE(imported->before == Words{"docs", "pdf"});
  REQUIRE(imported->after == Words{"ai", "pdf"});
  REQUIRE(imported->topics == facts.repository.topics);
  REQUIRE(imported->source == "acme/skills");
  REQUIRE(imported->etag == "W/\"1\"");
}

TEST_CASE("the first import is recorded even if it brings nothing") {
  Ours ours = Added();
  ours.artifact.imported_tags.clear();
  ours.artifact.tags_imported_at = 0;
  Facts facts = Same();
  facts.repository.topics.clear();
  const Decision decision = Metadata(ours, facts);
  REQUIRE(decision.entry.status == EntryStatus::kUnchanged);
  REQUIRE(Only<schema::TagsImportedT>(decision) != nullptr);
}

TEST_CASE("what upstream does not say erases nothing") {
  Facts facts = Same();
  facts.stated.clear();
  facts.repository.license.clear();
  facts.repository.html_url.clear();
  const Decision decision = Metadata(Added(), facts);
  REQUIRE(decision.entry.status == EntryStatus::kUnchanged);
  REQUIRE(decision.events.empty());
}

TEST_CASE("the metadata file speaks before the repository") {
  Facts facts = Same();
  facts.repository.description = "All our skills.";
  facts.repository.license = "Apache-2.0";
  facts.stated = {{"description", "  Reads and writes PDFs. \n"}};
  const Decision decision = Metadata(Added(), facts);
  REQUIRE(decision.entry.changes == Words{"description", "license"});
  REQUIRE(decision.entry.old_values.at("description").text == "Reads PDFs.");
  REQUIRE(decision.entry.new_values.at("description").text == "Reads and writes PDFs.");
  REQUIRE(decision.entry.new_values.at("license").text == "Apache-2.0");
  const auto* refreshed = Only<schema::MetadataRefreshedT>(decision);
  REQUIRE(refreshed->commit == kOldCommit);
  REQUIRE(refreshed->changes.size() == 2);
}

TEST_CASE("a license that differs in case only is the same") {
  Facts facts = Same();
  facts.repository.license = "mit";
  REQUIRE(Metadata(Added(), facts).entry.status == EntryStatus::kUnchanged);
}

TEST_CASE("the field filter limits what is reported and what is applied") {
  Facts facts = Same();
  facts.repository.topics = {"ai"};
  facts.stated["description"] = "Other.";
  RefreshRequest request;
  request.fields = {"description"};
  const Decision decision = Decide(Added(), facts, request);
  REQUIRE(decision.entry.changes == Words{"description"});
  REQUIRE(decision.entry.new_values.size() == 1);
  REQUIRE(Only<schema::TagsImportedT>(decision) == nullptr);
}

TEST_CASE("a check reports the same changes and adds no event") {
  Facts facts = Moved();
  facts.repository.topics = {"ai"};
  facts.stated["author"] = "acme labs";
  const Decision check = In(RefreshMode::check_only, Added(), facts);
  const Decision applied = Metadata(Added(), facts);
  REQUIRE(check.entry.changes == applied.entry.changes);
  REQUIRE(check.entry.changes == Words{"author", "tags"});
  REQUIRE(check.entry.merge_strategy == "safe_update");
  REQUIRE(check.events.empty());
  REQUIRE(applied.events.size() == 2);
}

TEST_CASE("an artifact without a source is skipped") {
  Ours ours;
  ours.artifact.id = "skill:mine";
  const Decision decision = Metadata(ours, {});
  REQUIRE(decision.entry.status == EntryStatus::kSkipped);
  REQUIRE(decision.entry.reason == "local artifact");
  REQUIRE(decision.entry.local);
}

TEST_CASE("a failed request is an error with its code and changes nothing") {
  Facts facts;
  facts.source = "acme/skills/skills/pdf";
  facts.error = Error{Code::kRateLimited, "limit exhausted until 10:00", {}};
  const Decision decision = Metadata(Added(), facts);
  REQUIRE(decision.entry.status == EntryStatus::kError);
  REQUIRE(decision.entry.code == Code::kRateLimited);
  REQUIRE(decision.events.empty());
}

TEST_CASE("a path that is gone is skipped with the reason, in every mode") {
  Facts facts = Moved();
  facts.place.reset();
  facts.repository.topics = {"ai"};
  for (const auto mode : {RefreshMode::metadata_only, RefreshMode::check_only, RefreshMode::sync}) {
    const Decision decision = In(mode, Added(), facts);
    REQUIRE(decision.entry.status == EntryStatus::kSkipped);
    REQUIRE(decision.entry.reason.find("skills/pdf is gone from acme/skills") == 0);
    REQUIRE(decision.events.empty());
  }
}

TEST_CASE("a directory that became a file upstream is an error that names it") {
  Facts facts = Moved();
  facts.place->single_file = true;
  const Decision decision = In(RefreshMode::sync, Added(), facts);
  REQUIRE(decision.entry.status == EntryStatus::kError);
  REQUIRE(decision.entry.error.find("skill:pdf") != std::string::npos);
  REQUIRE(decision.bring == Bring::kNothing);
}

TEST_CASE("the strategy follows from who changed what") {
  Ours drifted = Added();
  drifted.drift = schema::DriftType::modified;
  REQUIRE(Metadata(Added(), Moved()).entry.merge_strategy == "safe_update");
  REQUIRE(Metadata(Edited(), Moved()).entry.merge_strategy == "conflict");
  REQUIRE(Metadata(Edited(), Same()).entry.merge_strategy == "no_update");
  REQUIRE(Metadata(drifted, Moved()).entry.merge_strategy == "review_required");
  REQUIRE(Metadata(drifted, Same()).entry.merge_strategy == "no_update");
  drifted.drift = schema::DriftType::conflict;
  REQUIRE(Metadata(drifted, Moved()).entry.merge_strategy == "conflict");
  drifted.drift = schema::DriftType::outdated;
  REQUIRE(Metadata(drifted, Moved()).entry.merge_strategy == "safe_update");
}

TEST_CASE("an edit that made ours what upstream has now is no conflict") {
  Ours ours = Edited();
  ours.artifact.git_tree = kNewTree;
  const Decision decision = In(RefreshMode::sync, ours, Moved());
  REQUIRE(decision.entry.merge_strategy == "no_update");
  REQUIRE(decision.bring == Bring::kNothing);
}

TEST_CASE("a sync brings what upstream changed and leaves a local edit alone") {
  const Decision clean = In(RefreshMode::sync, Added(), Moved());
  REQUIRE(clean.bring == Bring::kUpstream);
  REQUIRE(clean.entry.changes == Words{"content"});

  const Decision edited = In(RefreshMode::sync, Edited(), Moved());
  REQUIRE(edited.entry.status == EntryStatus::kSkipped);
  REQUIRE(edited.entry.reason == "local changes");
  REQUIRE(edited.entry.update_available);
  REQUIRE(edited.bring == Bring::kNothing);

  // Nothing to bring, so nothing in the way.
  REQUIRE(In(RefreshMode::sync, Edited(), Same()).entry.status == EntryStatus::kUnchanged);
}

TEST_CASE("overwrite takes upstream's content over an edit, the base's where upstream stands still") {
  RefreshRequest request;
  request.mode = RefreshMode::sync;
  request.overwrite = true;
  REQUIRE(Decide(Edited(), Moved(), request).bring == Bring::kUpstream);
  REQUIRE(Decide(Edited(), Same(), request).bring == Bring::kBase);
  REQUIRE(Decide(Added(), Same(), request).bring == Bring::kNothing);
}

TEST_CASE("content that could not be fetched is an error, and nothing else of the artifact is applied") {
  Facts facts = Moved();
  facts.repository.topics = {"ai"};
  facts.content = Result<checkout::Fetched>(Error{Code::kUpstream, "wrong tree id", {}});
  const Decision decision = In(RefreshMode::sync, Added(), facts);
  REQUIRE(decision.entry.status == EntryStatus::kError);
  REQUIRE(decision.entry.error == "wrong tree id");
  REQUIRE(decision.events.empty());
  REQUIRE(decision.bring == Bring::kNothing);
}

TEST_CASE("an edit of the description stands until upstream changes its own") {
  Ours ours = Edited();
  projections::SetMetadata(ours.artifact, "description", "Mine.");
  ours.stated = {{"description", "Mine."}, {"author", "acme"}};
  ours.base_stated = {{"description", "Reads PDFs."}, {"author", "acme"}};
  REQUIRE(Metadata(ours, Same()).entry.status == EntryStatus::kUnchanged);

  Facts facts = Moved();
  REQUIRE(Metadata(ours, facts).entry.status == EntryStatus::kUnchanged);
  facts.stated["description"] = "Theirs.";
  REQUIRE(Metadata(ours, facts).entry.changes == Words{"description"});
}

TEST_CASE("an adopted copy that is not what its commit held counts as edited") {
  Ours ours = Added();
  ours.base.proven = false;
  Facts facts = Moved();
  REQUIRE(Metadata(ours, facts).entry.merge_strategy == "safe_update");
  facts.id_at_base = kEditedTree;
  REQUIRE(Metadata(ours, facts).entry.merge_strategy == "conflict");
  facts.id_at_base = kNewTree;
  REQUIRE(Metadata(ours, facts).entry.merge_strategy == "no_update");
  facts.id_at_base.clear();
  facts.commit = kOldCommit;
  REQUIRE(Metadata(ours, facts).entry.merge_strategy == "no_update");
}

TEST_CASE("a renamed repository moves the source, once it is the same repository") {
  Facts facts = Same();
  facts.repository.full_name = "Acme-Inc/skills";
  facts.repository.html_url = "https://github.com/Acme-Inc/skills";
  const Decision decision = Metadata(Added(), facts);
  const auto* moved = Only<schema::SourceMovedT>(decision);
  REQUIRE(moved != nullptr);
  REQUIRE(std::holds_alternative<schema::SourceMovedT>(decision.events.front()));
  REQUIRE(moved->before == "acme/skills/skills/pdf");
  REQUIRE(moved->after == "Acme-Inc/skills/skills/pdf");
  REQUIRE(moved->repository_id == 7);
  REQUIRE(decision.entry.changes == Words{"origin_source"});

  facts.repository.full_name = "ACME/Skills";
  REQUIRE(Only<schema::SourceMovedT>(Metadata(Added(), facts)) == nullptr);
}

TEST_CASE("another repository under the old name is said once and takes nothing over") {
  Ours ours = Added();
  Facts facts = Moved();
  facts.repository.id = 8;
  facts.repository.topics = {"malware"};
  const Decision decision = In(RefreshMode::sync, ours, facts);
  REQUIRE(decision.entry.status == EntryStatus::kSkipped);
  REQUIRE(decision.entry.reason.find("skilltrail source accept skill:pdf") != std::string::npos);
  REQUIRE(decision.events.size() == 1);
  REQUIRE(Only<schema::SourceIdentityChangedT>(decision)->repository_id_after == 8);
  ours.identity_said = true;
  REQUIRE(Metadata(ours, facts).events.empty());
}

TEST_CASE("the number of an adopted artifact's repository is learned") {
  Ours ours = Added();
  ours.artifact.repository_id = 0;
  const Decision decision = Metadata(ours, Same());
  REQUIRE(decision.entry.status == EntryStatus::kUnchanged);
  REQUIRE(Only<schema::MetadataRefreshedT>(decision)->repository_id == 7);
}

}  // namespace
}  // namespace skilltrail::refresh

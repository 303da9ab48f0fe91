#include "cli/event_summary.h"

#include <fmt/format.h>

#include "cli/text.h"
#include "events/codec.h"

namespace skilltrail::cli {
namespace {

constexpr size_t kCommitDigits = 12;

using StringList = flatbuffers::Vector<flatbuffers::Offset<flatbuffers::String>>;

std::string Text(const flatbuffers::String* text) {
  return std::string(View(text));
}

std::string Commit(const flatbuffers::String* commit) {
  return std::string(View(commit).substr(0, kCommitDigits));
}

// "+a +b -c"
std::string Changes(const StringList* added, const StringList* removed) {
  std::vector<std::string> words;
  for (const auto& tag : Strings(added)) words.push_back("+" + tag);
  for (const auto& tag : Strings(removed)) words.push_back("-" + tag);
  return Join(words, " ");
}

std::string Fields(const flatbuffers::Vector<flatbuffers::Offset<schema::FieldChange>>* changes) {
  std::vector<std::string> names;
  if (changes != nullptr) {
    for (const auto* change : *changes) names.push_back(Text(change->field()));
  }
  return Join(names);
}

std::string Cause(schema::ChangeCause cause) {
  return cause == schema::ChangeCause::unspecified ? std::string() : schema::EnumNameChangeCause(cause);
}

// A forgotten type does not compile.
struct Summary {
  std::string text;

  void operator()(const schema::RunStarted& e) { text = fmt::format("{}: {}", View(e.actor()), View(e.command())); }
  void operator()(const schema::RunCompleted& e) { text = schema::EnumNameRunStatus(e.status()); }
  void operator()(const schema::CollectionCreated& e) { text = Text(e.path()); }
  void operator()(const schema::CollectionRemoved& e) { text = Text(e.path()); }
  void operator()(const schema::CollectionImported& e) { text = Count(e.events(), "event"); }
  void operator()(const schema::ArtifactAdded& e) {
    text = Cause(e.cause());
    if (e.record() != nullptr && !View(e.record()->source()).empty()) text += fmt::format(" from {}", View(e.record()->source()));
  }
  void operator()(const schema::ArtifactRemoved& e) { text = Cause(e.cause()); }
  void operator()(const schema::ArtifactRestored& e) { text = fmt::format("{} as of event {}", Cause(e.cause()), e.from_seq()); }
  void operator()(const schema::ContentChanged& e) {
    text = Cause(e.cause());
    if (!View(e.commit()).empty()) text += " " + Commit(e.commit());
  }
  void operator()(const schema::MetadataRefreshed& e) { text = Fields(e.changes()); }
  void operator()(const schema::MetadataEdited& e) { text = fmt::format("{} ({})", Fields(e.changes()), Cause(e.cause())); }
  void operator()(const schema::TagsImported& e) {
    text = Changes(e.added(), e.removed());
    if (text.empty()) text = "no change";
  }
  void operator()(const schema::TagsEdited& e) { text = Changes(e.added(), e.removed()); }
  void operator()(const schema::RefreshCompleted& e) {
    text = fmt::format("{}: {} of {} refreshed, {} failed", schema::EnumNameRefreshMode(e.mode()), e.refreshed(), e.total(), e.errors());
  }
  void operator()(const schema::SourceMoved& e) { text = fmt::format("{} -> {}", View(e.before()), View(e.after())); }
  void operator()(const schema::SourceChanged& e) {
    const char* change = schema::EnumNameSourceChange(e.change());
    text = View(e.before()).empty() && View(e.after()).empty()
               ? fmt::format("{} {}", View(e.source()), change)
               : fmt::format("{} {}: {} -> {}", View(e.source()), change, View(e.before()), View(e.after()));
  }
  void operator()(const schema::SourceIdentityChanged& e) { text = fmt::format("{} is another repository now", View(e.source())); }
  void operator()(const schema::SourceAccepted& e) { text = Text(e.source()); }
  void operator()(const schema::ArtifactDeployed& e) {
    text = fmt::format("{} {}/{}", Cause(e.cause()), View(e.profile_root()), View(e.path()));
  }
  void operator()(const schema::ArtifactUndeployed& e) { text = fmt::format("{}/{}", View(e.profile_root()), View(e.path())); }
  void operator()(const schema::BaselineMoved& e) { text = Cause(e.cause()); }
  void operator()(const schema::DriftDetected& e) { text = schema::EnumNameDriftType(e.drift_type()); }
  void operator()(const schema::DriftResolved& e) {
    text = fmt::format("{}, open since event {}", schema::EnumNameDriftType(e.drift_type()), e.detected_seq());
  }
  void operator()(const schema::SnapshotCreated& e) { text = fmt::format("{} {}", View(e.id()), View(e.name())); }
  void operator()(const schema::SnapshotDeleted& e) { text = fmt::format("{} {}", View(e.id()), View(e.name())); }
  void operator()(const schema::BlobRedacted& e) { text = Text(e.reason()); }
  void operator()(const UnknownEvent&) { text = "written by a newer version"; }
};

}  // namespace

std::string EventSummary(const schema::Event& event) {
  Summary summary;
  VisitPayload(event, summary);
  return std::move(summary.text);
}

}  // namespace skilltrail::cli

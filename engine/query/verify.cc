#include "engine/query/verify.h"

#include <fmt/format.h>

#include <unordered_set>

#include "engine/collection/tree.h"
#include "engine/manifest/manifest.h"
#include "engine/projections/overload.h"
#include "events/codec.h"

namespace skilltrail::query {
namespace {

struct HashDigest {
  size_t operator()(const Digest& digest) const {
    size_t hash = 0;
    for (size_t i = 0; i < sizeof hash; ++i) hash = hash << 8 | digest.bytes[i];
    return hash;
  }
};
using Digests = std::unordered_set<Digest, HashDigest>;
using Bytes = flatbuffers::Vector<uint8_t>;

// What an event names: trees, whose files must be there too, and single blobs.
struct Named {
  Digests trees, blobs;
  void Tree(const Bytes* digest) { Take(trees, digest); }
  void Blob(const Bytes* digest) { Take(blobs, digest); }
  void Record(const schema::ArtifactRecord* record) {
    if (record != nullptr) Tree(record->tree());
  }

 private:
  static void Take(Digests& into, const Bytes* digest) {
    const Digest value = DigestOf(digest);
    if (!value.zero()) into.insert(value);
  }
};

using NamesNothing =
    projections::Ignored<UnknownEvent, schema::RunStarted, schema::RunCompleted, schema::CollectionCreated, schema::CollectionRemoved,
                         schema::CollectionImported, schema::MetadataRefreshed, schema::MetadataEdited, schema::TagsImported,
                         schema::TagsEdited, schema::SourceMoved, schema::SourceChanged, schema::SourceIdentityChanged,
                         schema::SourceAccepted, schema::ArtifactUndeployed, schema::DriftResolved, schema::SnapshotCreated,
                         schema::SnapshotDeleted, schema::BlobRedacted>;

void Collect(const schema::Event& event, Named& named) {
  VisitPayload(event, projections::Overload{
                          NamesNothing{},
                          [&](const schema::ArtifactAdded& e) { named.Record(e.record()); },
                          [&](const schema::ArtifactRemoved& e) { named.Tree(e.tree()); },
                          [&](const schema::ArtifactRestored& e) { named.Record(e.record()); },
                          [&](const schema::ContentChanged& e) {
                            named.Tree(e.tree_before());
                            named.Tree(e.tree_after());
                          },
                          [&](const schema::RefreshCompleted& e) { named.Blob(e.report()); },
                          [&](const schema::ArtifactDeployed& e) { named.Tree(e.tree()); },
                          [&](const schema::BaselineMoved& e) { named.Tree(e.tree()); },
                          [&](const schema::DriftDetected& e) { named.Tree(e.project_tree()); },
                      });
}

Status CheckBlobs(Reading& reading, Named& named, bool full, VerifyReport& report) {
  for (const auto& digest : named.trees) {
    auto bytes = reading.blobs().Get(digest);
    if (!bytes.ok()) {
      if (bytes.error().code != Code::kCorrupt) return bytes.error();
      report.problems.push_back(bytes.error().message);
      continue;
    }
    auto tree = collection::DecodeTree(*bytes);
    if (!tree.ok()) {
      report.problems.push_back(tree.error().message);
      continue;
    }
    for (const auto& entry : tree->entries) named.blobs.insert(entry.digest);
  }
  report.blobs = named.trees.size() + named.blobs.size();
  const std::vector<Digest> wanted(named.blobs.begin(), named.blobs.end());
  auto missing = reading.blobs().Missing(wanted);
  if (!missing.ok()) return missing.error();
  for (const auto& digest : *missing) report.problems.push_back(fmt::format("blob {} is missing", digest.hex()));
  if (!full) return {};
  const Digests gone(missing->begin(), missing->end());
  uint64_t done = 0;
  for (const auto& digest : wanted) {
    Report(reading.context(), "reading blobs", done++, wanted.size());
    if (gone.contains(digest)) continue;
    auto bytes = reading.blobs().Get(digest);
    if (bytes.ok()) continue;
    if (bytes.error().code != Code::kCorrupt) return bytes.error();
    report.problems.push_back(bytes.error().message);
  }
  return {};
}

// Folds every collection from the first event and compares it with what the checkpoints give; reads the manifests.
Status CheckProjections(Reading& reading, Seq head, VerifyReport& report) {
  auto all = reading.states().CollectionsAt(head);
  if (!all.ok()) return all.error();
  for (const auto& [name, info] : *all) {
    projections::CollectionState plain(name);
    Status scanned = reading.log().Scan({}, [&](const store::StoredEvent& event) {
      plain.Apply(event);
      return store::Visit::kContinue;
    });
    if (!scanned.ok()) return scanned;
    plain.Settle();
    auto quick = reading.states().CollectionAt(name, head);
    if (!quick.ok()) return quick.error();
    plain.set_seq(quick->seq());
    if (plain.Encode() != quick->Encode())
      report.problems.push_back(fmt::format("the checkpoints of collection '{}' do not match its events", name));
    if (!info.exists) continue;
    auto manifest = manifest::ReadCollection(reading.DirectoryOf(info));
    if (!manifest.ok()) report.problems.push_back(manifest.error().message);
  }
  return {};
}

}  // namespace

Result<VerifyReport> Verify(Reading& reading, bool full) {
  VerifyReport report;
  const Seq head = reading.log().head();
  report.head_seq = head;
  report.head_hash = reading.log().head_hash();
  auto checked = reading.log().Verify([&](Seq seq) { Report(reading.context(), "verifying", seq, head); });
  if (!checked.ok()) return checked.error();
  report.events = checked->events;
  report.problems = std::move(checked->problems);
  if (report.problems.empty()) {
    Named named;
    Status scanned = reading.log().Scan({}, [&](const store::StoredEvent& event) {
      Collect(*event.event, named);
      return store::Visit::kContinue;
    });
    if (!scanned.ok()) return scanned.error();
    if (Status blobs = CheckBlobs(reading, named, full, report); !blobs.ok()) return blobs.error();
    if (full) {
      if (Status projections = CheckProjections(reading, head, report); !projections.ok()) return projections.error();
    }
  }
  report.ok = report.problems.empty();
  return report;
}

}  // namespace skilltrail::query

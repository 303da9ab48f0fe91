#include "engine/projections/named_contents.h"

#include <algorithm>
#include <functional>
#include <iterator>
#include <utility>

#include "engine/projections/overload.h"
#include "events/codec.h"

namespace skilltrail::projections {
namespace {

using Bytes = flatbuffers::Vector<uint8_t>;

// Between two times that duplicates are dropped, so many more trees than are left may gather.
constexpr size_t kUnsettledTrees = 1u << 18;

void Take(std::vector<Digest>& into, const Bytes* digest) {
  const Digest value = DigestOf(digest);
  if (!value.zero()) into.push_back(value);
}

uint64_t HeadOf(const Digest& digest) {
  uint64_t head = 0;
  for (size_t i = 0; i < sizeof head; ++i) head = head << 8 | digest.bytes[i];
  return head;
}

// The first bytes tell nearly all digests apart, and are compared at once.
bool Before(const Digest& a, const Digest& b) {
  const uint64_t head = HeadOf(a), other = HeadOf(b);
  return head != other ? head < other : a < b;
}

void SortOnce(std::vector<Digest>& digests) {
  if (std::adjacent_find(digests.begin(), digests.end(), std::greater_equal<>()) == digests.end()) return;
  std::sort(digests.begin(), digests.end(), Before);
  digests.erase(std::unique(digests.begin(), digests.end()), digests.end());
}

using NamesNothing =
    Ignored<UnknownEvent, schema::RunStarted, schema::RunCompleted, schema::CollectionCreated, schema::CollectionRemoved,
            schema::CollectionImported, schema::MetadataRefreshed, schema::MetadataEdited, schema::TagsImported, schema::TagsEdited,
            schema::SourceMoved, schema::SourceChanged, schema::SourceIdentityChanged, schema::SourceAccepted, schema::ArtifactUndeployed,
            schema::DriftResolved, schema::SnapshotCreated, schema::SnapshotDeleted>;

}  // namespace

void NamedContents::Add(const schema::Event& event) {
  const auto tree = [&](const Bytes* digest) { Take(trees, digest); };
  const auto record = [&](const schema::ArtifactRecord* one) {
    if (one != nullptr) tree(one->tree());
  };
  VisitPayload(event, Overload{
                          NamesNothing{},
                          [&](const schema::ArtifactAdded& e) { record(e.record()); },
                          [&](const schema::ArtifactRemoved& e) { tree(e.tree()); },
                          [&](const schema::ArtifactRestored& e) { record(e.record()); },
                          [&](const schema::ContentChanged& e) {
                            tree(e.tree_before());
                            tree(e.tree_after());
                          },
                          [&](const schema::RefreshCompleted& e) { Take(blobs, e.report()); },
                          [&](const schema::ArtifactDeployed& e) { tree(e.tree()); },
                          [&](const schema::BaselineMoved& e) { tree(e.tree()); },
                          [&](const schema::DriftDetected& e) { tree(e.project_tree()); },
                          [&](const schema::BlobRedacted& e) { Take(redacted, e.digest()); },
                      });
  if (trees.size() > 2 * settled_trees_ + kUnsettledTrees) Settle();
}

void NamedContents::Join(const NamedContents& other) {
  const auto join = [](std::vector<Digest>& into, const std::vector<Digest>& from) {
    std::vector<Digest> both;
    both.reserve(into.size() + from.size());
    std::set_union(into.begin(), into.end(), from.begin(), from.end(), std::back_inserter(both), Before);
    into = std::move(both);
  };
  join(trees, other.trees);
  join(blobs, other.blobs);
  join(redacted, other.redacted);
  settled_trees_ = trees.size();
}

bool Among(const std::vector<Digest>& sorted, const Digest& digest) {
  return std::binary_search(sorted.begin(), sorted.end(), digest);
}

void NamedContents::Settle() {
  SortOnce(trees);
  SortOnce(blobs);
  SortOnce(redacted);
  settled_trees_ = trees.size();
}

}  // namespace skilltrail::projections

// NamedContents: the contents that events name: trees, whose files must be there too, and single blobs.
#pragma once

#include <cstring>
#include <unordered_set>
#include <vector>

#include "events/digest.h"
#include "events/event.h"

namespace skilltrail::projections {

struct HashDigest {
  size_t operator()(const Digest& digest) const {
    size_t hash = 0;
    std::memcpy(&hash, digest.bytes.data(), sizeof hash);
    return hash;
  }
};
using Digests = std::unordered_set<Digest, HashDigest>;

struct NamedContents {
  // Some may stand there several times, in any order, until Settle. Lists, because a set of a million digests costs more than the events do
  // that name them.
  std::vector<Digest> trees;
  std::vector<Digest> blobs;
  std::vector<Digest> redacted;  // those whose bytes are gone, as a BlobRedacted says; they may be among the others

  void Add(const schema::Event& event);
  // Sorts all of them, each once.
  void Settle();
  // Takes another's in. Both are settled, and this one is again.
  void Join(const NamedContents& other);

 private:
  size_t settled_trees_ = 0;
};

// Whether a list that was settled holds the digest.
bool Among(const std::vector<Digest>& sorted, const Digest& digest);

}  // namespace skilltrail::projections

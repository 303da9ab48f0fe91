// NamedContents: the contents that events name: trees, whose files must be there too, and single blobs.
#pragma once

#include <unordered_set>

#include "events/digest.h"
#include "events/event.h"

namespace skilltrail::projections {

struct HashDigest {
  size_t operator()(const Digest& digest) const {
    size_t hash = 0;
    for (size_t i = 0; i < sizeof hash; ++i) hash = hash << 8 | digest.bytes[i];
    return hash;
  }
};
using Digests = std::unordered_set<Digest, HashDigest>;

struct NamedContents {
  Digests trees;
  Digests blobs;
  Digests redacted;  // those whose bytes are gone, as a BlobRedacted says; they may be among the others

  void Add(const schema::Event& event);
  void Add(const NamedContents& other);
};

}  // namespace skilltrail::projections

// NamedContents: the contents that events name: trees, whose files must be there too, and single blobs.
#pragma once

#include <cstring>
#include <unordered_set>

#include "events/digest.h"
#include "events/event.h"

namespace skilltrail::query {

struct HashDigest {
  size_t operator()(const Digest& digest) const {
    size_t hash = 0;
    std::memcpy(&hash, digest.bytes.data(), sizeof hash);
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

}  // namespace skilltrail::query

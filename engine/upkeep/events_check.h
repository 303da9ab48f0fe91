// EventsCheck: the first reading of an events file: does all of it hold together? For the room's own .cc files.
#pragma once

#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <unordered_map>
#include <vector>

#include "engine/projections/named_contents.h"
#include "engine/query/run_book.h"
#include "engine/session/context.h"
#include "engine/store/blob_store.h"
#include "engine/upkeep/events_reader.h"

namespace skilltrail::upkeep {

// What an event is, wherever it stands.
struct Identity {
  RunId run;
  uint32_t ordinal = 0;
  auto operator<=>(const Identity&) const = default;
};
inline Identity IdentityOf(const schema::Event& event) {
  return {RunIdOf(event), event.ordinal()};
}

// What the first reading of the file found out.
struct Checked {
  FileHeader header;
  Digest hash_at;  // of the event at the sequence asked for
  std::set<Identity> identities;
  std::set<std::string> collections;
};

class EventsCheck {
 public:
  // `blobs`: what the store has; null where there is none.
  EventsCheck(const Context& context, EventsReader& reader, const store::BlobStore* blobs)
      : context_(context), reader_(reader), blobs_(blobs) {}

  // `hash_at`: of which event's hash the caller wants to know.
  Result<Checked> Run(Seq hash_at);

 private:
  Status CheckEvent(const FileEvent& event);
  Status CheckWords(const FileEvent& event);
  Status CheckContents(const schema::Event& event);
  Status CheckWanted() const;
  Status Need(const Digest& digest);
  void Take(const FileBlob& blob);

  const Context& context_;
  EventsReader& reader_;
  const store::BlobStore* blobs_;
  Checked checked_;
  Seq seq_ = 0;  // of the event read last; so the next two
  Digest hash_;
  Micros logged_at_ = 0;
  std::map<RunId, query::RunOrigin> runs_;
  std::unordered_map<Digest, std::vector<Digest>, projections::HashDigest> seen_;  // contents read so far, and the files of what is a tree
  std::unordered_map<Digest, uint64_t, projections::HashDigest> wanted_;           // missing so far, and the line that named it
  projections::Digests redacted_;
};

}  // namespace skilltrail::upkeep

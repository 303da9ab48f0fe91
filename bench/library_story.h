// LibraryStory: the life of one large library of skills, event by event, the same each time: it is added, then refreshed in runs of 1,000
// events, most of them tags and metadata, some content, edits and deployments.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "events/event.h"
#include "events/id.h"

namespace skilltrail::bench {

inline constexpr uint64_t kRunEvents = 1'000;

// An event's bytes, and what an index of another database would want to know of it.
struct StoryEvent {
  std::vector<uint8_t> bytes;
  std::string artifact;
  schema::Payload type{};
  RunId run;
};

class LibraryStory {
 public:
  explicit LibraryStory(uint64_t artifacts) : artifacts_(artifacts), tags_(artifacts), versions_(artifacts) {}

  // The next run: RunStarted first, RunCompleted last.
  std::vector<StoryEvent> NextRun();
  static std::string ArtifactOf(uint64_t number);

 private:
  Payload Change(uint64_t artifact);
  Payload Refreshed(uint64_t artifact);
  Payload Imported(uint64_t artifact);
  Payload Content(uint64_t artifact);
  Payload Completed() const;
  void Tell(std::vector<StoryEvent>& run, const std::string& artifact, Payload payload, const std::string& project = {});
  uint64_t Below(uint64_t bound);

  uint64_t artifacts_;
  std::vector<uint32_t> tags_;      // by artifact: which of the topics it has
  std::vector<uint64_t> versions_;  // by artifact: how often its description has changed
  uint64_t added_ = 0;
  uint64_t told_ = 0;
  uint64_t random_ = 0x9e3779b97f4a7c15;
  RunId run_id_;
};

}  // namespace skilltrail::bench

// EventsReader: an events file, line by line. For the room's own .cc files; events_file.h says what callers get.
#pragma once

#include <cstdio>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "events/codec.h"
#include "events/digest.h"
#include "events/id.h"
#include "events/result.h"
#include "events/time.h"

namespace skilltrail::upkeep {

struct FileBlob {
  Digest digest;
  std::string content;
};
struct FileEvent {
  Seq seq = 0;
  Micros logged_at = 0;
  Digest prev_hash, hash;
  std::vector<uint8_t> bytes;
  std::string line;  // all of it
  const schema::Event& view() const { return ViewEvent(bytes); }
};
struct FileHeader {
  Seq events = 0;
  Digest hash;
};

// Gives what stands in each line, checked as far as one line tells: contents have their digest, bytes are an event. Every error names file
// and line.
class EventsReader {
 public:
  // kNotFound if there is no such file.
  static Result<EventsReader> Open(const std::filesystem::path& path);

  // False at the end of the file; else one of the three is set.
  Result<bool> Next(std::optional<FileHeader>& header, std::optional<FileBlob>& blob, std::optional<FileEvent>& event);

  // kCorrupt, about the line read last.
  Error Fault(const std::string& why) const;
  uint64_t line() const { return number_; }

 private:
  struct Close {
    void operator()(std::FILE* file) const { std::fclose(file); }
  };
  explicit EventsReader(std::filesystem::path path) : path_(std::move(path)) {}
  Result<bool> ReadLine();

  std::filesystem::path path_;
  std::unique_ptr<std::FILE, Close> file_;
  std::string line_;
  uint64_t number_ = 0;
};

}  // namespace skilltrail::upkeep

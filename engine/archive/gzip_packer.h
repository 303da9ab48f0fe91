// GzipPacker: packs a stream into gzip on all processors. For the room's own .cc files.
//
// The stream is cut into pieces, and each is a gzip member of its own: RFC 1952 has a file be any number of them, and every gunzip reads
// them as one. The pieces do not depend on the number of processors, so the bytes do not either.
#pragma once

#include <deque>
#include <functional>
#include <future>
#include <string>
#include <string_view>

namespace skilltrail::archive {

class GzipPacker {
 public:
  // `sink` gets the packed bytes in order, in the caller's thread; false ends the packing.
  GzipPacker(int level, std::function<bool(std::string_view)> sink);
  bool Put(std::string_view bytes);
  // Packs what is left. Once, and last.
  bool Finish();

 private:
  bool Start();
  bool TakeOldest();

  int level_;
  std::function<bool(std::string_view)> sink_;
  size_t workers_;
  std::string piece_;                              // that is being filled
  std::deque<std::future<std::string>> underway_;  // at most workers_, oldest first
};

}  // namespace skilltrail::archive

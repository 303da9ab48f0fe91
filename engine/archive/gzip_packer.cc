#include "engine/archive/gzip_packer.h"

#include <zlib.h>

#include <algorithm>
#include <thread>
#include <utility>

#include "events/check.h"

namespace skilltrail::archive {
namespace {

// What a piece loses by not knowing those before it is under half a percent at this size.
constexpr size_t kPieceBytes = 1u << 20;
constexpr int kGzipWindow = 15 + 16;  // zlib's way to ask for gzip
constexpr int kMemoryLevel = 8;

std::string Pack(const std::string& piece, int level) {
  z_stream stream{};
  CHECK(deflateInit2(&stream, level, Z_DEFLATED, kGzipWindow, kMemoryLevel, Z_DEFAULT_STRATEGY) == Z_OK);
  std::string packed(deflateBound(&stream, static_cast<uLong>(piece.size())), '\0');
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(piece.data()));  // zlib's interface lacks the const
  stream.avail_in = static_cast<uInt>(piece.size());
  stream.next_out = reinterpret_cast<Bytef*>(packed.data());
  stream.avail_out = static_cast<uInt>(packed.size());
  CHECK(deflate(&stream, Z_FINISH) == Z_STREAM_END);
  packed.resize(packed.size() - stream.avail_out);
  deflateEnd(&stream);
  return packed;
}

}  // namespace

GzipPacker::GzipPacker(int level, std::function<bool(std::string_view)> sink)
    : level_(level), sink_(std::move(sink)), workers_(std::clamp(std::thread::hardware_concurrency(), 1u, 8u)) {}

bool GzipPacker::Put(std::string_view bytes) {
  while (!bytes.empty()) {
    const size_t taken = std::min(bytes.size(), kPieceBytes - piece_.size());
    piece_.append(bytes.substr(0, taken));
    bytes.remove_prefix(taken);
    if (piece_.size() == kPieceBytes && !Start()) return false;
  }
  return true;
}

bool GzipPacker::Finish() {
  if (!piece_.empty() && !Start()) return false;
  while (!underway_.empty()) {
    if (!TakeOldest()) return false;
  }
  return true;
}

bool GzipPacker::Start() {
  if (underway_.size() == workers_ && !TakeOldest()) return false;
  underway_.push_back(std::async(std::launch::async, [piece = std::exchange(piece_, {}), level = level_] { return Pack(piece, level); }));
  return true;
}

bool GzipPacker::TakeOldest() {
  const std::string packed = underway_.front().get();
  underway_.pop_front();
  return sink_(packed);
}

}  // namespace skilltrail::archive

// Digests: SHA-256 for our own names, SHA-1 for git's object ids. The only place that knows OpenSSL's digests.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace skilltrail {

// A SHA-256. Ordered by bytes.
struct Digest {
  std::array<uint8_t, 32> bytes{};
  auto operator<=>(const Digest&) const = default;
  bool zero() const { return *this == Digest{}; }
  std::string hex() const;
  std::vector<uint8_t> vector() const { return {bytes.begin(), bytes.end()}; }
};

std::string Hex(std::span<const uint8_t> bytes);
// Nothing unless `hex` is an even number of hexadecimal digits.
std::optional<std::vector<uint8_t>> FromHex(std::string_view hex);
// Nothing unless 64 hexadecimal digits.
std::optional<Digest> DigestFromHex(std::string_view hex);
// The digest held in a byte vector of a stored event; zero if it is absent or not 32 bytes long.
Digest DigestFromBytes(const uint8_t* data, size_t size);

// Incremental hashing; one object can be reused, which is 2-4 times faster on small inputs than a fresh one. Not thread-safe.
class Hasher {
 public:
  enum class Kind { kSha256, kSha1 };
  explicit Hasher(Kind kind = Kind::kSha256);
  ~Hasher();
  Hasher(Hasher&&) noexcept;
  Hasher& operator=(Hasher&&) noexcept;
  void Update(std::string_view bytes);
  void Update(std::span<const uint8_t> bytes);
  // The digest of all that was given since the last Finish; the hasher starts anew. Finish() is for SHA-256, FinishSha1Hex() for SHA-1.
  Digest Finish();
  std::string FinishSha1Hex();

 private:
  struct State;
  std::unique_ptr<State> state_;
};

Digest Sha256(std::string_view bytes);
Digest Sha256(std::span<const uint8_t> bytes);
// git's id of a blob of that content, 40 hex digits: SHA-1("blob <size>\0" ‖ content). Source: git's Documentation/gitformat-pack and
// hash-object.
std::string GitBlobId(std::string_view content);

// 32 bytes of the system's randomness, as much as asked.
void FillRandom(std::span<uint8_t> out);

}  // namespace skilltrail

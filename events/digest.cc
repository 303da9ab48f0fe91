#include "events/digest.h"

// OpenSSL 3 would rather be asked through EVP, which costs a hash of 300 bytes a fifth more time (bench/README.md), and looks its
// algorithms up in every process. Both reach the same code.
#define OPENSSL_SUPPRESS_DEPRECATED
#include <openssl/sha.h>
#include <unistd.h>

#include <algorithm>
#include <cstring>

#include "events/check.h"

namespace skilltrail {
namespace {

int Nibble(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

}  // namespace

struct Hasher::State {
  Kind kind;
  SHA256_CTX sha256;
  SHA_CTX sha1;

  void Start() { CHECK((kind == Kind::kSha256 ? SHA256_Init(&sha256) : SHA1_Init(&sha1)) == 1); }
  void Update(const void* bytes, size_t size) {
    CHECK((kind == Kind::kSha256 ? SHA256_Update(&sha256, bytes, size) : SHA1_Update(&sha1, bytes, size)) == 1);
  }
};

Hasher::Hasher(Kind kind) : state_(new State{kind, {}, {}}) {
  state_->Start();
}
Hasher::~Hasher() = default;
Hasher::Hasher(Hasher&&) noexcept = default;
Hasher& Hasher::operator=(Hasher&&) noexcept = default;

void Hasher::Update(std::string_view bytes) {
  state_->Update(bytes.data(), bytes.size());
}
void Hasher::Update(std::span<const uint8_t> bytes) {
  state_->Update(bytes.data(), bytes.size());
}

Digest Hasher::Finish() {
  CHECK(state_->kind == Kind::kSha256);
  Digest out;
  CHECK(SHA256_Final(out.bytes.data(), &state_->sha256) == 1);
  state_->Start();
  return out;
}

std::string Hasher::FinishSha1Hex() {
  CHECK(state_->kind == Kind::kSha1);
  std::array<uint8_t, SHA_DIGEST_LENGTH> out{};
  CHECK(SHA1_Final(out.data(), &state_->sha1) == 1);
  state_->Start();
  return Hex(out);
}

std::string Digest::hex() const {
  return Hex(bytes);
}

std::string Hex(std::span<const uint8_t> bytes) {
  static constexpr char kDigits[] = "0123456789abcdef";
  std::string out;
  out.reserve(bytes.size() * 2);
  for (uint8_t byte : bytes) {
    out += kDigits[byte >> 4];
    out += kDigits[byte & 15];
  }
  return out;
}

std::optional<std::vector<uint8_t>> FromHex(std::string_view hex) {
  if (hex.size() % 2 != 0) return std::nullopt;
  std::vector<uint8_t> out;
  out.reserve(hex.size() / 2);
  for (size_t i = 0; i < hex.size(); i += 2) {
    int high = Nibble(hex[i]), low = Nibble(hex[i + 1]);
    if (high < 0 || low < 0) return std::nullopt;
    out.push_back(static_cast<uint8_t>(high * 16 + low));
  }
  return out;
}

std::optional<Digest> DigestFromHex(std::string_view hex) {
  auto bytes = FromHex(hex);
  if (!bytes || bytes->size() != 32) return std::nullopt;
  return DigestFromBytes(bytes->data(), bytes->size());
}

Digest DigestFromBytes(const uint8_t* data, size_t size) {
  Digest out;
  if (data != nullptr && size == out.bytes.size()) std::memcpy(out.bytes.data(), data, size);
  return out;
}

Digest Sha256(std::string_view bytes) {
  thread_local Hasher hasher;
  hasher.Update(bytes);
  return hasher.Finish();
}

Digest Sha256(std::span<const uint8_t> bytes) {
  thread_local Hasher hasher;
  hasher.Update(bytes);
  return hasher.Finish();
}

std::string GitBlobId(std::string_view content) {
  thread_local Hasher hasher(Hasher::Kind::kSha1);
  hasher.Update("blob " + std::to_string(content.size()) + std::string(1, '\0'));
  hasher.Update(content);
  return hasher.FinishSha1Hex();
}

void FillRandom(std::span<uint8_t> out) {
  // From the kernel, which gives 256 bytes at once: to set up OpenSSL's generator would cost every command more than a millisecond.
  while (!out.empty()) {
    const size_t size = std::min<size_t>(out.size(), 256);
    CHECK(::getentropy(out.data(), size) == 0);
    out = out.subspan(size);
  }
}

}  // namespace skilltrail

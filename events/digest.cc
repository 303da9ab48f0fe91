#include "events/digest.h"

#include <openssl/evp.h>
#include <unistd.h>

#include <algorithm>
#include <cstring>

#include "events/check.h"

namespace skilltrail {
namespace {

const EVP_MD* Algorithm(Hasher::Kind kind) {
  // Fetched once for the process; never freed, as OpenSSL frees its own tables at exit.
  static EVP_MD* const sha256 = EVP_MD_fetch(nullptr, "SHA256", nullptr);
  static EVP_MD* const sha1 = EVP_MD_fetch(nullptr, "SHA1", nullptr);
  return kind == Hasher::Kind::kSha256 ? sha256 : sha1;
}

int Nibble(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

struct FreeContext {
  void operator()(EVP_MD_CTX* context) const { EVP_MD_CTX_free(context); }
};

}  // namespace

struct Hasher::State {
  Kind kind;
  std::unique_ptr<EVP_MD_CTX, FreeContext> context;
  void Start() { CHECK(EVP_DigestInit_ex2(context.get(), Algorithm(kind), nullptr) == 1); }
};

Hasher::Hasher(Kind kind) : state_(new State{kind, std::unique_ptr<EVP_MD_CTX, FreeContext>(EVP_MD_CTX_new())}) {
  state_->Start();
}
Hasher::~Hasher() = default;
Hasher::Hasher(Hasher&&) noexcept = default;
Hasher& Hasher::operator=(Hasher&&) noexcept = default;

void Hasher::Update(std::string_view bytes) {
  CHECK(EVP_DigestUpdate(state_->context.get(), bytes.data(), bytes.size()) == 1);
}
void Hasher::Update(std::span<const uint8_t> bytes) {
  CHECK(EVP_DigestUpdate(state_->context.get(), bytes.data(), bytes.size()) == 1);
}

Digest Hasher::Finish() {
  CHECK(state_->kind == Kind::kSha256);
  Digest out;
  unsigned size = 0;
  CHECK(EVP_DigestFinal_ex(state_->context.get(), out.bytes.data(), &size) == 1 && size == out.bytes.size());
  state_->Start();
  return out;
}

std::string Hasher::FinishSha1Hex() {
  CHECK(state_->kind == Kind::kSha1);
  std::array<uint8_t, 20> out{};
  unsigned size = 0;
  CHECK(EVP_DigestFinal_ex(state_->context.get(), out.data(), &size) == 1 && size == out.size());
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

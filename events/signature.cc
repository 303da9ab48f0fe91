#include "events/signature.h"

#include <openssl/evp.h>
#include <openssl/pem.h>

#include <algorithm>
#include <memory>

#include "events/check.h"

namespace skilltrail {
namespace {

struct FreeBio {
  void operator()(BIO* bio) const { BIO_free(bio); }
};
struct FreeKey {
  void operator()(EVP_PKEY* key) const { EVP_PKEY_free(key); }
};
struct FreeContext {
  void operator()(EVP_MD_CTX* context) const { EVP_MD_CTX_free(context); }
};
using Bio = std::unique_ptr<BIO, FreeBio>;
using Key = std::unique_ptr<EVP_PKEY, FreeKey>;
using Context = std::unique_ptr<EVP_MD_CTX, FreeContext>;

// OpenSSL's own asks on the terminal.
int NoPassword(char*, int, int, void*) {
  return -1;
}

Bio Memory(std::string_view bytes) {
  Bio bio(BIO_new_mem_buf(bytes.data(), static_cast<int>(std::min<size_t>(bytes.size(), 1u << 20))));
  CHECK(bio != nullptr);
  return bio;
}

bool IsEd25519(const Key& key) {
  return key != nullptr && EVP_PKEY_get_base_id(key.get()) == EVP_PKEY_ED25519;
}

const unsigned char* Bytes(std::string_view text) {
  return reinterpret_cast<const unsigned char*>(text.data());
}

}  // namespace

std::string Base64(std::span<const uint8_t> bytes) {
  std::string text((bytes.size() + 2) / 3 * 4, '\0');
  if (!text.empty()) EVP_EncodeBlock(reinterpret_cast<unsigned char*>(text.data()), bytes.data(), static_cast<int>(bytes.size()));
  return text;
}

std::optional<std::vector<uint8_t>> FromBase64(std::string_view text) {
  if (text.size() % 4 != 0 || text.size() > 1u << 20) return std::nullopt;
  std::vector<uint8_t> bytes(text.size() / 4 * 3);
  if (text.empty()) return bytes;
  if (EVP_DecodeBlock(bytes.data(), Bytes(text), static_cast<int>(text.size())) < 0) return std::nullopt;
  // DecodeBlock counts the padding as zero bytes, and passes over blanks.
  for (size_t i = text.size(); i > text.size() - 2 && text[i - 1] == '='; --i) bytes.pop_back();
  if (Base64(bytes) != text) return std::nullopt;
  return bytes;
}

Result<Signed> SignEd25519(std::string_view private_key_pem, std::string_view message) {
  const Bio bio = Memory(private_key_pem);
  const Key key(PEM_read_bio_PrivateKey(bio.get(), nullptr, NoPassword, nullptr));
  if (!IsEd25519(key)) {
    return Error{Code::kUsage, "the key is no Ed25519 private key in PEM without a password",
                 "openssl genpkey -algorithm ed25519 makes one"};
  }
  Signed made;
  size_t size = made.key.size();
  CHECK(EVP_PKEY_get_raw_public_key(key.get(), made.key.data(), &size) == 1 && size == made.key.size());
  const Context context(EVP_MD_CTX_new());
  size = made.signature.size();
  const bool signed_it = context != nullptr && EVP_DigestSignInit(context.get(), nullptr, nullptr, nullptr, key.get()) == 1 &&
                         EVP_DigestSign(context.get(), made.signature.data(), &size, Bytes(message), message.size()) == 1;
  CHECK(signed_it && size == made.signature.size());
  return made;
}

Result<Ed25519PublicKey> ReadEd25519PublicKey(std::string_view pem) {
  const Bio bio = Memory(pem);
  const Key key(PEM_read_bio_PUBKEY(bio.get(), nullptr, NoPassword, nullptr));
  if (!IsEd25519(key)) return Error{Code::kUsage, "the key is no Ed25519 public key in PEM", "openssl pkey -in KEY -pubout makes one"};
  Ed25519PublicKey bytes{};
  size_t size = bytes.size();
  CHECK(EVP_PKEY_get_raw_public_key(key.get(), bytes.data(), &size) == 1 && size == bytes.size());
  return bytes;
}

bool VerifyEd25519(const Ed25519PublicKey& key, std::string_view message, const Ed25519Signature& signature) {
  const Key raw(EVP_PKEY_new_raw_public_key(EVP_PKEY_ED25519, nullptr, key.data(), key.size()));
  const Context context(EVP_MD_CTX_new());
  return raw != nullptr && context != nullptr && EVP_DigestVerifyInit(context.get(), nullptr, nullptr, nullptr, raw.get()) == 1 &&
         EVP_DigestVerify(context.get(), signature.data(), signature.size(), Bytes(message), message.size()) == 1;
}

}  // namespace skilltrail

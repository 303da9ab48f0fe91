// Signature: Ed25519 (RFC 8032) through OpenSSL, and base64 (RFC 4648 with padding), which is what signatures are written in.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "events/result.h"

namespace skilltrail {

std::string Base64(std::span<const uint8_t> bytes);
// Nothing unless it is what Base64 gives for some bytes.
std::optional<std::vector<uint8_t>> FromBase64(std::string_view text);

using Ed25519PublicKey = std::array<uint8_t, 32>;
using Ed25519Signature = std::array<uint8_t, 64>;

struct Signed {
  Ed25519PublicKey key{};  // that checks it
  Ed25519Signature signature{};
};
// Signs with a private key in PEM (PKCS #8, as `openssl genpkey -algorithm ed25519` writes it). kUsage if it is none, another kind of key,
// or locked with a password; the key is not repeated.
Result<Signed> SignEd25519(std::string_view private_key_pem, std::string_view message);

// A public key in PEM (`openssl pkey -pubout`). kUsage if it is none, or another kind of key.
Result<Ed25519PublicKey> ReadEd25519PublicKey(std::string_view pem);

bool VerifyEd25519(const Ed25519PublicKey& key, std::string_view message, const Ed25519Signature& signature);

}  // namespace skilltrail

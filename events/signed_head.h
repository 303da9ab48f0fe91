// SignedHead: what a log was at some moment, in one line that fits a commit message, signed if somebody vouches for it.
//
//   line      = origin SP size SP root [ SP "—" SP key name SP signature ]
//   origin    = "skilltrail/" store id
//   size      = how many events, decimal
//   root      = base64 of the chain hash at that sequence, 32 bytes
//   signature = base64 of the key id, 4 bytes, and an Ed25519 signature, 64 bytes
//
// With each SP made a line break (and an empty line before the dash) it is a checkpoint as a signed note: C2SP tlog-checkpoint.md and
// signed-note.md; the signature is over "origin NL size NL root NL". The key's name is the origin.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "events/digest.h"
#include "events/id.h"
#include "events/result.h"
#include "events/signature.h"

namespace skilltrail {

struct SignedHead {
  std::string origin;
  Seq size = 0;
  Digest root;
  struct Signature {
    std::string key_name;
    std::array<uint8_t, 4> key_id{};
    Ed25519Signature bytes{};
  };
  std::optional<Signature> signature = std::nullopt;

  std::string line() const;
  std::string note() const;  // what is signed
};

std::string OriginOf(std::string_view store_id);

// The line, or the signed note that it stands for. kUsage if it is neither.
Result<SignedHead> ParseHead(std::string_view line);

// Signs it with an Ed25519 private key in PEM; errors of SignEd25519.
Status SignHead(SignedHead& head, std::string_view private_key_pem);

// Nothing if the head is signed by that key: an Ed25519 public key in PEM, or a verifier key of signed-note.md
// (name "+" hex of the key id "+" base64 of 0x01 and the key). Else what is wrong with it. kUsage if the key is neither.
Result<std::optional<std::string>> CheckSignature(const SignedHead& head, std::string_view public_key);

}  // namespace skilltrail

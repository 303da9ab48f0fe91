#include "events/signed_head.h"

#include <catch2/catch.hpp>

namespace skilltrail {
namespace {

// Made with: openssl genpkey -algorithm ed25519
constexpr const char* kPrivate =
    "-----BEGIN PRIVATE KEY-----\nMC4CAQAwBQYDK2VwBCIEINLSfIAgkkgYUnfUm7Lkmhr7p8QkFmMNUCYogiJDnnPy\n-----END PRIVATE KEY-----\n";
constexpr const char* kPublic =
    "-----BEGIN PUBLIC KEY-----\nMCowBQYDK2VwAyEAZYzsidxTVb/b4v7V2kCOhPf+Jsqg6FxLSjaK2PYiR0g=\n-----END PUBLIC KEY-----\n";
constexpr const char* kOtherPublic =
    "-----BEGIN PUBLIC KEY-----\nMCowBQYDK2VwAyEAYt6SdWoxBb1lWP9CzOcE5hW5k2GAeLK7agictNaSz+0=\n-----END PUBLIC KEY-----\n";

SignedHead Head() {
  SignedHead head;
  head.origin = OriginOf("01890a5d-ac96-774b-bcce-b302099a8057");
  head.size = 1042;
  head.root = Sha256("root");
  return head;
}

TEST_CASE("RFC 8032: the second test vector of Ed25519 is verified, and nothing near it") {
  const auto key = FromHex("3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c");
  const auto signature = FromHex(
      "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00");
  REQUIRE(key);
  REQUIRE(signature);
  Ed25519PublicKey raw_key{};
  Ed25519Signature raw{};
  std::copy(key->begin(), key->end(), raw_key.begin());
  std::copy(signature->begin(), signature->end(), raw.begin());
  REQUIRE(VerifyEd25519(raw_key, "\x72", raw));
  REQUIRE_FALSE(VerifyEd25519(raw_key, "\x73", raw));
  raw[0] ^= 1;
  REQUIRE_FALSE(VerifyEd25519(raw_key, "\x72", raw));
}

TEST_CASE("RFC 4648: base64 is read as it is written, and in no other way") {
  const std::vector<std::pair<std::string, std::string>> pairs = {{"", ""},        {"f", "Zg=="},          {"fo", "Zm8="},
                                                                  {"foo", "Zm9v"}, {"foobar", "Zm9vYmFy"}, {"foob", "Zm9vYg=="}};
  for (const auto& [plain, text] : pairs) {
    const std::vector<uint8_t> bytes(plain.begin(), plain.end());
    REQUIRE(Base64(bytes) == text);
    REQUIRE(FromBase64(text) == bytes);
  }
  for (const char* bad : {"Zg", "Zh==", "Zg= ", "Z===", "====", "Zm9v\n", "Zm9=", "Zg==Zg=="}) {
    INFO(bad);
    REQUIRE_FALSE(FromBase64(bad));
  }
}

TEST_CASE("a signed head is one line, and is the signed note that it stands for") {
  SignedHead head = Head();
  REQUIRE(SignHead(head, kPrivate).ok());
  const std::string line = head.line();
  REQUIRE(line.find('\n') == std::string::npos);
  const auto read = ParseHead(line + "\n");
  REQUIRE(read.ok());
  REQUIRE(read->line() == line);
  REQUIRE_FALSE(CheckSignature(*read, kPublic).value());

  // C2SP signed-note.md: the text, an empty line, and a line of em dash, name and signature.
  const std::string signature = line.substr(line.rfind(' ') + 1);
  const std::string note = head.note() + "\n\u2014 " + head.origin + " " + signature + "\n";
  const auto from_note = ParseHead(note);
  REQUIRE(from_note.ok());
  REQUIRE(from_note->line() == line);
  // Its verifier key names the same key.
  std::vector<uint8_t> key = {1};
  const auto raw = ReadEd25519PublicKey(kPublic).value();
  key.insert(key.end(), raw.begin(), raw.end());
  const std::string verifier = head.origin + "+" + Hex(head.signature->key_id) + "+" + Base64(key);
  REQUIRE_FALSE(CheckSignature(*read, verifier).value());
}

TEST_CASE("a head that was changed, or signed by another key, is found") {
  SignedHead head = Head();
  REQUIRE(SignHead(head, kPrivate).ok());
  REQUIRE(CheckSignature(head, kOtherPublic).value());
  SignedHead larger = head;
  ++larger.size;
  REQUIRE(CheckSignature(larger, kPublic).value());
  SignedHead other = head;
  other.root = Sha256("other");
  REQUIRE(CheckSignature(other, kPublic).value());
  SignedHead elsewhere = head;
  elsewhere.origin += "x";
  REQUIRE(CheckSignature(elsewhere, kPublic).value());
  REQUIRE(CheckSignature(Head(), kPublic).value());  // not signed at all
  const std::string line = head.line();
  for (size_t at = 0; at < line.size(); ++at) {
    std::string flipped = line;
    flipped[at] = static_cast<char>(flipped[at] ^ 1);
    const auto read = ParseHead(flipped);
    INFO(flipped);
    if (read.ok()) REQUIRE(CheckSignature(*read, kPublic).value().has_value());
  }
}

TEST_CASE("what is no head and no key is said") {
  for (const char* bad :
       {"", "skilltrail/x 1", "skilltrail/x 1 notbase64", "skilltrail/x -1 AAAA", "a b c d e f", "skilltrail/x 01 AAAA"}) {
    INFO(bad);
    REQUIRE(ParseHead(bad).error().code == Code::kUsage);
  }
  SignedHead head = Head();
  REQUIRE(SignHead(head, "no key").error().code == Code::kUsage);
  REQUIRE(SignHead(head, kPublic).error().code == Code::kUsage);
  REQUIRE(CheckSignature(head, kPrivate).error().code == Code::kUsage);
  REQUIRE(CheckSignature(head, "a+b+c").error().code == Code::kUsage);
}

}  // namespace
}  // namespace skilltrail

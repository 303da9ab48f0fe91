#include <set>
#include <string>

#include "events/digest.h"

#include <catch2/catch.hpp>

namespace skilltrail {

TEST_CASE("SHA-256 and git's blob id agree with published values") {
  REQUIRE(Sha256("abc").hex() == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  REQUIRE(Sha256("").hex() == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  REQUIRE(GitBlobId("") == "e69de29bb2d1d6434b8b29ae775ad8c2e48c5391");
  REQUIRE(GitBlobId("hello\n") == "ce013625030ba8dba906f756967f9e9ca394464a");
}

TEST_CASE("a hasher starts anew after each digest, and parts hash as the whole") {
  Hasher hasher;
  hasher.Update(std::string_view("a"));
  hasher.Update(std::string_view("bc"));
  REQUIRE(hasher.Finish() == Sha256("abc"));
  hasher.Update(std::string_view("abc"));
  REQUIRE(hasher.Finish() == Sha256("abc"));
  REQUIRE(hasher.Finish() == Sha256(""));
}

TEST_CASE("hex is read and written whole or not at all") {
  REQUIRE(Hex(std::vector<uint8_t>{0x00, 0x0f, 0xff}) == "000fff");
  REQUIRE(FromHex("000FfF") == std::vector<uint8_t>{0x00, 0x0f, 0xff});
  REQUIRE(FromHex("") == std::vector<uint8_t>{});
  REQUIRE_FALSE(FromHex("0"));
  REQUIRE_FALSE(FromHex("0g"));
  const auto digest = Sha256("abc");
  REQUIRE(DigestFromHex(digest.hex()) == digest);
  REQUIRE_FALSE(DigestFromHex(digest.hex().substr(2)));
  REQUIRE_FALSE(DigestFromHex(digest.hex() + "00"));
}

TEST_CASE("a stored digest of another length is the zero digest") {
  const auto digest = Sha256("abc");
  REQUIRE(DigestFromBytes(digest.bytes.data(), 32) == digest);
  REQUIRE(DigestFromBytes(digest.bytes.data(), 31).zero());
  REQUIRE(DigestFromBytes(nullptr, 0).zero());
}

}  // namespace skilltrail

#include "engine/store/index_sum.h"

#include <string>

#include <catch2/catch.hpp>

namespace skilltrail::store {
namespace {

constexpr uint64_t kKey = 0x5eed;

TEST_CASE("the entries of an index have the sum of the events they name, in any order") {
  const uint64_t pdf = IndexSum::HashOf("pdf"), web = IndexSum::HashOf("web");
  IndexSum events(kKey);
  events.Add(web, 1, 3);
  events.Add(pdf, 65, 0);
  events.Add(pdf, 1, 200);
  events.Add(pdf, 1, 2);
  EventSet first, second, third;
  first.Add(2);
  first.Add(200);
  second.Add(0);
  third.Add(3);
  IndexSum index(kKey), half(kKey);
  index.Add(pdf, 1, first);
  half.Add(pdf, 65, second);
  half.Add(web, 1, third);
  REQUIRE_FALSE(index == events);
  index.Add(half);
  REQUIRE(index == events);

  IndexSum other(kKey);
  other.Add(pdf, 1, first);
  other.Add(half);
  REQUIRE(other == events);
  SECTION("another stream") {
    other.Add(web, 65, second);
  }
  SECTION("the same entry twice") {
    other.Add(pdf, 65, second);
  }
  SECTION("an entry that cannot be read") {
    other.Break();
  }
  REQUIRE_FALSE(other == events);
}

TEST_CASE("an entry that stands at another block than its events is seen, though it names the same sequences") {
  EventSet here, there;
  here.Add(64);
  there.Add(0);
  IndexSum right(kKey), wrong(kKey), both(kKey);
  right.Add(7, 65, there);
  wrong.Add(7, 1, here);
  REQUIRE_FALSE(right == wrong);
  both.Break();
  REQUIRE_FALSE(both == both);
}

TEST_CASE("a stream's hash is that of its prefix, whatever was asked before") {
  StreamHashes hashes;
  for (int round = 0; round < 2; ++round) {
    for (const std::string key : {"a", "b", "", "b"}) {
      for (const StreamKind kind : {StreamKind::kArtifact, StreamKind::kTag, StreamKind::kIdempotency}) {
        std::string prefix;
        IndexPrefix(prefix, static_cast<uint8_t>(kind), key);
        REQUIRE(hashes.Of(kind, key) == IndexSum::HashOf(prefix));
      }
    }
  }
}

}  // namespace
}  // namespace skilltrail::store

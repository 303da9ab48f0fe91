#include "engine/store/segment.h"

#include <random>

#include "engine/store/event_set.h"
#include "tests/store/log_fixture.h"

#include <catch2/catch.hpp>

namespace skilltrail::store {
namespace {

using skilltrail::testing::EventBytes;

Segment SomeSegment(Seq first, size_t count) {
  Segment segment;
  segment.Start(first, Sha256(std::string_view("before")));
  for (size_t i = 0; i < count; ++i) {
    const auto bytes = EventBytes(first + i);
    segment.Add(bytes, static_cast<Micros>(100 + i / 3), ChainHash(segment.after(), bytes));
  }
  return segment;
}

TEST_CASE("a segment read back holds the same events at the same positions") {
  const Segment written = SomeSegment(65, 10);
  Segment read;
  REQUIRE(read.Parse(65, written.Encode()).ok());
  REQUIRE(read.first() == 65);
  REQUIRE(read.last() == 74);
  REQUIRE(read.before() == written.before());
  REQUIRE(read.after() == written.after());
  for (size_t i = 0; i < read.size(); ++i) {
    const auto bytes = EventBytes(65 + i);
    REQUIRE(std::equal(bytes.begin(), bytes.end(), read.bytes(i).begin(), read.bytes(i).end()));
    REQUIRE(reinterpret_cast<uintptr_t>(read.bytes(i).data()) % 8 == 0);
    REQUIRE(read.logged_at(i) == static_cast<Micros>(100 + i / 3));
  }
}

TEST_CASE("the end of a segment encodes to the segment of those events") {
  const Segment whole = SomeSegment(1, 7);
  Digest before = whole.before();
  for (size_t i = 0; i < 4; ++i) before = ChainHash(before, whole.bytes(i));
  Segment end;
  REQUIRE(end.Parse(5, whole.Encode(4, before)).ok());
  REQUIRE(end.size() == 3);
  REQUIRE(end.before() == before);
  REQUIRE(end.after() == whole.after());
  REQUIRE(end.logged_at(0) == whole.logged_at(4));

  Segment joined;
  REQUIRE(joined.Parse(1, whole.Encode()).ok());
  Segment next;
  REQUIRE(next.Parse(8, SomeSegment(8, 2).Encode()).ok());
  joined.Add(next);
  REQUIRE(joined.last() == 9);
  REQUIRE(std::equal(joined.bytes(8).begin(), joined.bytes(8).end(), next.bytes(1).begin(), next.bytes(1).end()));
}

TEST_CASE("a segment that was cut or has other bytes is refused or stays within its bounds") {
  const std::string value = SomeSegment(1, 5).Encode();
  Segment segment;
  for (size_t size = 0; size < value.size(); ++size) REQUIRE_FALSE(segment.Parse(1, std::string_view(value).substr(0, size)).ok());
  REQUIRE_FALSE(segment.Parse(1, value + std::string(8, '\0')).ok());
  const auto seed = std::random_device{}();
  INFO("seed " << seed);
  std::mt19937 random(seed);
  size_t refused = 0;
  for (int i = 0; i < 20'000; ++i) {
    std::string changed = value;
    for (int flips = 0; flips < 3; ++flips) changed[random() % 160] = static_cast<char>(random());
    const Status parsed = segment.Parse(1, changed);
    if (!parsed.ok()) {
      ++refused;
      REQUIRE(parsed.error().code == Code::kCorrupt);
      REQUIRE(segment.size() == 0);
    }
    size_t bytes = 0;
    for (size_t e = 0; e < segment.size(); ++e) bytes += segment.bytes(e).size() + segment.bytes(e).back() * 0u;
    REQUIRE(bytes <= changed.size());
  }
  REQUIRE(refused > 0);
}

TEST_CASE("an event set is read back, and finds its members from both ends") {
  EventSet set;
  for (const size_t member : {0u, 5u, 63u, 64u, 255u}) set.Add(member);
  REQUIRE(EventSet::Decode(set.Encode()) == set);
  REQUIRE(set.Next(0) == 0);
  REQUIRE(set.Next(1) == 5);
  REQUIRE(set.Next(64) == 64);
  REQUIRE(set.Next(65) == 255);
  REQUIRE(set.Next(256) == std::nullopt);
  REQUIRE(set.Previous(256) == 255);
  REQUIRE(set.Previous(255) == 64);
  REQUIRE(set.Previous(64) == 63);
  REQUIRE(set.Previous(63) == 5);
  REQUIRE(set.Previous(1) == 0);
  REQUIRE(set.Previous(0) == std::nullopt);
  EventSet low;
  low.Add(2);
  REQUIRE(low.Encode() == "\x04");
  REQUIRE(EventSet::Decode("") == std::nullopt);
  REQUIRE(EventSet::Decode(std::string(33, '\x01')) == std::nullopt);
  REQUIRE(EventSet::Decode(std::string("\x01\x00", 2)) == std::nullopt);
}

}  // namespace
}  // namespace skilltrail::store

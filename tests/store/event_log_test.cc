#include "engine/store/event_log.h"

#include <algorithm>
#include <numeric>

#include "tests/store/log_fixture.h"
#include "tests/support/temp_dir.h"

#include <catch2/catch.hpp>

namespace skilltrail::store {
namespace {

using namespace skilltrail::testing;

TEST_CASE("a new log is empty") {
  LogTest test;
  REQUIRE(test.log().head() == 0);
  REQUIRE(test.log().head_hash().zero());
  REQUIRE(test.log().head_logged_at() == 0);
  REQUIRE(Scanned(test.log(), {}).empty());
  REQUIRE(Take(test.log().LastOf(CollectionStream("default"))) == 0);
  REQUIRE(Take(test.log().SeqAtTime(INT64_MAX)) == 0);
  REQUIRE(test.Reader()->log->head() == 0);
}

TEST_CASE("events are dense and unchanged over the borders of blocks, however they were appended") {
  LogTest test;
  const std::vector<uint64_t> sizes = {1, 62, 1, 1, 64, 63, 2, 200, 5, 129, 1, 61, 128};
  for (const uint64_t size : sizes) {
    test.Append(size);
    REQUIRE(WrongWith(test.log()) == "");
    REQUIRE(WrongWith(*test.Reader()->log) == "");
  }
  const Digest hash = test.log().head_hash();
  test.Reopen();
  REQUIRE(test.log().head() == std::accumulate(sizes.begin(), sizes.end(), uint64_t{0}));
  REQUIRE(test.log().head_hash() == hash);
  REQUIRE(WrongWith(test.log()) == "");
  test.Append(3);
  REQUIRE(WrongWith(test.log()) == "");
  const auto verified = Take(test.log().Verify({}));
  REQUIRE(verified.problems.empty());
  REQUIRE(verified.events == test.log().head());
}

TEST_CASE("a scan delivers what stands between its ends, in both directions") {
  LogTest test;
  test.Append(150);
  test.Append(30);
  for (const Seq after : {0u, 1u, 63u, 64u, 65u, 127u, 128u, 150u, 179u, 180u, 500u}) {
    for (const Seq through : {0u, 1u, 64u, 65u, 128u, 129u, 179u, 180u, 1'000u}) {
      ScanOptions options;
      options.after = after;
      options.through = through;
      const Seq last = std::min<Seq>(through, 180);
      const std::vector<Seq> expected = after < last ? Range(after + 1, last) : std::vector<Seq>{};
      REQUIRE(Scanned(test.log(), options) == expected);
      REQUIRE(ScannedStream(test.log(), CollectionStream("default"), options) == expected);
      options.newest_first = true;
      REQUIRE(Scanned(test.log(), options) == std::vector<Seq>(expected.rbegin(), expected.rend()));
      REQUIRE(ScannedStream(test.log(), CollectionStream("default"), options) == std::vector<Seq>(expected.rbegin(), expected.rend()));
    }
  }
}

TEST_CASE("a scan stops when the visitor says so, and the visitor may call the log") {
  LogTest test;
  test.Append(100);
  for (const bool newest_first : {false, true}) {
    std::vector<Seq> seen;
    ScanOptions options;
    options.newest_first = newest_first;
    Take(test.log().Scan(options, [&](const StoredEvent& event) {
      seen.push_back(event.seq);
      REQUIRE(Take(test.log().LastOf(CollectionStream("default"), event.seq)) == event.seq);
      return seen.size() == 70 ? Visit::kStop : Visit::kContinue;
    }));
    REQUIRE(seen.size() == 70);
    REQUIRE(seen.back() == (newest_first ? 31 : 70));
  }
}

TEST_CASE("one event is found with its hashes, and none beyond the head") {
  LogTest test;
  test.Append(100);
  for (const Seq seq : {1u, 64u, 65u, 100u}) {
    int calls = 0;
    Take(test.log().At(
        seq,
        [&](const StoredEvent& event) {
          ++calls;
          REQUIRE(event.seq == seq);
          REQUIRE(event.hash == ChainHash(event.prev_hash, event.bytes));
          if (seq == 100) REQUIRE(event.hash == test.log().head_hash());
          return Visit::kContinue;
        },
        true));
    REQUIRE(calls == 1);
  }
  for (const Seq seq : {0u, 101u}) {
    const Status missing = test.log().At(seq, [](const StoredEvent&) { return Visit::kContinue; });
    REQUIRE(missing.error().code == Code::kNotFound);
  }
}

TEST_CASE("a stream holds exactly its events, sealed or not") {
  LogTest test;
  test.Append(150);
  for (int round = 0; round < 2; ++round) {
    const EventLog& log = test.log();
    const auto numbered = [&](uint64_t modulus, uint64_t rest) {
      std::vector<Seq> out;
      for (Seq seq = 1; seq <= log.head(); ++seq) {
        if (seq % modulus == rest) out.push_back(seq);
      }
      return out;
    };
    REQUIRE(ScannedStream(log, ArtifactStream("default", "skill:s3")) == numbered(10, 3));
    REQUIRE(ScannedStream(log, TagStream("t2")) == numbered(5, 2));
    REQUIRE(ScannedStream(log, RunStream(RunNumber(1))) == Range(1, log.head()));
    REQUIRE(ScannedStream(log, TypeStream(schema::Payload::TagsImported)) == Range(1, log.head()));
    REQUIRE(ScannedStream(log, TypeStream(schema::Payload::TagsEdited)).empty());
    REQUIRE(ScannedStream(log, ArtifactStream("default", "skill:s")).empty());
    REQUIRE(ScannedStream(log, ArtifactStream("other", "skill:s3")).empty());
    REQUIRE(ScannedStream(log, ProjectStream("default")).empty());
    test.Append(300);
  }
}

TEST_CASE("the last event of a stream is found at or before a sequence") {
  LogTest test;
  test.Append(200);
  const StreamKey stream = ArtifactStream("default", "skill:s7");
  for (Seq through = 0; through <= 210; ++through) {
    const Seq cut = std::min<Seq>(through, 200);
    REQUIRE(Take(test.log().LastOf(stream, through)) == (cut < 7 ? 0 : (cut - 7) / 10 * 10 + 7));
  }
  REQUIRE(Take(test.log().LastOf(stream)) == 197);
  REQUIRE(Take(test.log().LastOf(ArtifactStream("default", "skill:none"))) == 0);
}

TEST_CASE("an event far back in a long stream of others is found") {
  LogTest test;
  AppendRequest request;
  request.events.push_back(EventBytes(1, 10, "first"));
  Take(test.log().Append(std::move(request)));
  test.Append(1'000);
  REQUIRE(Take(test.log().LastOf(CollectionStream("first"))) == 1);
  REQUIRE(ScannedStream(test.log(), CollectionStream("first")) == std::vector<Seq>{1});
}

TEST_CASE("the keys of a kind are listed once each, sorted") {
  LogTest test;
  test.Append(100);
  AppendRequest request;
  request.events.push_back(EventBytes(1, 10, "another-collection"));
  Take(test.log().Append(std::move(request)));
  REQUIRE(Take(test.log().StreamKeys(StreamKind::kCollection)) == std::vector<std::string>{"another-collection", "default"});
  REQUIRE(Take(test.log().StreamKeys(StreamKind::kTag)) == std::vector<std::string>{"t0", "t1", "t2", "t3", "t4"});
  REQUIRE(Take(test.log().StreamKeys(StreamKind::kProject)).empty());
}

TEST_CASE("a time is the last event logged at or before it") {
  LogTest test;
  const Micros start = test.clock.now;
  // Three events each minute; blocks end in the middle of appends.
  for (int i = 0; i < 100; ++i) {
    test.clock.now = start + i * kMinute;
    test.Append(3);
  }
  for (int round = 0; round < 2; ++round) {
    REQUIRE(Take(test.log().SeqAtTime(start - 1)) == 0);
    for (int i = 0; i < 100; ++i) {
      const Seq last = static_cast<Seq>(i + 1) * 3;
      REQUIRE(Take(test.log().SeqAtTime(start + i * kMinute)) == last);
      REQUIRE(Take(test.log().SeqAtTime(start + (i + 1) * kMinute - 1)) == last);
    }
    REQUIRE(Take(test.log().SeqAtTime(INT64_MAX)) == 300);
    test.Reopen();
  }
}

TEST_CASE("a log keeps the block size that it was made with") {
  for (const uint32_t block_events : {1u, 3u, 16u, 256u}) {
    const TempDir dir;
    const FixedClock clock;
    {
      const auto database = Take(Database::Create(dir.path(), {}));
      LogOptions options;
      options.block_events = block_events;
      const auto log = Take(EventLog::Open(*database, dir.path(), clock, options));
      Take(log->Append(Request(1, 5)));
      Take(log->Append(Request(6, 700)));
      Take(log->Anchor());
    }
    const auto reader = Take(Store::OpenReader(dir.path(), clock));
    REQUIRE(WrongWith(*reader->log) == "");
    REQUIRE(ScannedStream(*reader->log, ArtifactStream("default", "skill:s0")).size() == 70);
    const auto verified = Take(reader->log->Verify({}));
    INFO("blocks of " << block_events << ": " << (verified.problems.empty() ? "" : verified.problems.front().text));
    REQUIRE(verified.problems.empty());
  }
}

TEST_CASE("a reader is a fixed view of its moment, and cannot append") {
  LogTest test;
  test.Append(10);
  const auto reader = test.Reader();
  test.Append(200);
  REQUIRE(reader->log->head() == 10);
  REQUIRE(WrongWith(*reader->log) == "");
  REQUIRE(reader->log->Append(Request(11, 1)).error().code == Code::kFailed);
  REQUIRE(test.Reader()->log->head() == 210);
}

}  // namespace
}  // namespace skilltrail::store

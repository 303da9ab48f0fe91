#include "engine/store/event_log.h"

#include <algorithm>
#include <numeric>
#include <set>
#include <thread>

#include "tests/store/log_fixture.h"
#include "tests/support/temp_dir.h"

#include <catch2/catch.hpp>

namespace skilltrail::store {
namespace {

using namespace skilltrail::testing;

constexpr Micros kMinute = Micros{60} * 1'000'000;

// A store in a directory of its own, open for writing.
struct LogTest {
  TempDir dir;
  FixedClock clock;
  std::unique_ptr<Store> store = Take(Store::Create(dir.path(), "test", 0, clock));

  EventLog& log() { return *store->log; }
  void Append(uint64_t count) { Take(log().Append(Request(log().head() + 1, count))); }
  void Reopen() {
    Take(log().Anchor());
    store.reset();
    store = Take(Store::OpenWriter(dir.path(), "test", 0, clock));
  }
  std::unique_ptr<Store> Reader() { return Take(Store::OpenReader(dir.path(), clock)); }
};

std::vector<Seq> Range(Seq first, Seq last) {
  std::vector<Seq> out(last + 1 - first);
  std::iota(out.begin(), out.end(), first);
  return out;
}

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

TEST_CASE("a write with a stale expected version changes nothing") {
  LogTest test;
  test.Append(70);
  const Digest hash = test.log().head_hash();
  const StreamKey sealed = ArtifactStream("default", "skill:s3");
  const StreamKey open = ArtifactStream("default", "skill:s0");
  for (const Expectation& stale :
       {Expectation{sealed, 53}, Expectation{sealed, 0}, Expectation{open, 60}, Expectation{TagStream("new"), 1}}) {
    AppendRequest request = Request(71, 2);
    request.expect = {{CollectionStream("default"), 70}, stale};
    request.pending.push_back({.seq = 0, .path = "/p"});
    const auto refused = test.log().Append(std::move(request));
    REQUIRE(refused.error().code == Code::kConflict);
  }
  REQUIRE(test.log().head() == 70);
  REQUIRE(test.log().head_hash() == hash);
  REQUIRE(Take(test.log().Pending()).empty());
  AppendRequest request = Request(71, 2);
  request.expect = {{sealed, 63}, {open, 70}, {TagStream("new"), 0}};
  REQUIRE(Take(test.log().Append(std::move(request))).last == 72);
  REQUIRE(WrongWith(test.log()) == "");
}

TEST_CASE("an idempotency key is taken once, and a refusal tells whether it was the same request") {
  LogTest test;
  const Digest body = Sha256(std::string_view("body"));
  const Digest other = Sha256(std::string_view("other"));
  const auto request = [&](uint8_t run, const Digest& digest) {
    AppendRequest out;
    out.events.push_back(RunStartedBytes(RunNumber(run), "key-1", digest));
    out.idempotency_body = digest;
    return out;
  };
  Take(test.log().Append(request(7, body)));
  for (int round = 0; round < 2; ++round) {
    const auto same = test.log().Append(request(8, body));
    REQUIRE(same.error().code == Code::kConflict);
    REQUIRE_THAT(same.error().message, Catch::Contains("done by the run that began at 1"));
    const auto changed = test.log().Append(request(9, other));
    REQUIRE(changed.error().code == Code::kConflict);
    REQUIRE_THAT(changed.error().message, Catch::Contains("another body"));
    test.Append(100);  // the second round finds it in a sealed block
  }
  REQUIRE(Take(test.log().LastOf(IdempotencyStream("key-1"))) == 1);
  // Without a body to check, as in an import of another store's runs, the key means nothing.
  AppendRequest imported = request(7, body);
  imported.idempotency_body.reset();
  REQUIRE(test.log().Append(std::move(imported)).ok());
}

TEST_CASE("bytes that are no event are refused and nothing is written") {
  LogTest test;
  AppendRequest request = Request(1, 3);
  request.events[1][0] ^= 0xff;
  request.events[1].resize(request.events[1].size() - 9);
  REQUIRE(test.log().Append(std::move(request)).error().code == Code::kCorrupt);
  REQUIRE(test.log().head() == 0);
  AppendRequest large;
  large.events.emplace_back(kMaxEventBytes + 1);
  REQUIRE(test.log().Append(std::move(large)).error().code == Code::kUsage);
  test.Append(1);
}

TEST_CASE("a clock that goes back a little is clamped, and by more than five minutes writing stops") {
  LogTest test;
  test.Append(1);
  const Micros first = test.clock.now;
  test.clock.now -= 5 * kMinute;
  const auto clamped = Take(test.log().Append(Request(2, 1)));
  REQUIRE(clamped.logged_at == first);
  test.clock.now -= 1;
  const auto refused = test.log().Append(Request(3, 1));
  REQUIRE(refused.error().code == Code::kFailed);
  REQUIRE_THAT(refused.error().message, Catch::Contains("clock"));
  REQUIRE(refused.error().hint != "");
  test.clock.now = first + 1;
  REQUIRE(Take(test.log().Append(Request(3, 1))).logged_at == first + 1);
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

TEST_CASE("pending file work stands with its events until it is cleared") {
  LogTest test;
  test.Append(5);
  AppendRequest request = Request(6, 2);
  const Digest after = Sha256(std::string_view("tree"));
  request.pending.push_back({.seq = 1, .path = "/c/skills/a", .after = after, .collection = "default", .artifact = "skill:a"});
  request.pending.push_back({.seq = 0, .path = "/c/skills/b", .before = after, .collection = "default", .artifact = "skill:b"});
  Take(test.log().Append(std::move(request)));
  test.Reopen();
  auto pending = Take(test.log().Pending());
  REQUIRE(pending.size() == 2);
  REQUIRE(pending[0].seq == 7);
  REQUIRE(pending[0].path == "/c/skills/a");
  REQUIRE(pending[0].before.zero());
  REQUIRE(pending[0].after == after);
  REQUIRE(pending[1].seq == 6);
  REQUIRE(pending[1].before == after);
  REQUIRE(pending[1].artifact == "skill:b");
  REQUIRE(pending[0].id < pending[1].id);
  Take(test.log().ClearPending({pending[0].id}));
  REQUIRE(Take(test.log().Pending()).size() == 1);
  const uint64_t id = pending[1].id;
  Take(test.log().ClearPending({id}));
  AppendRequest next = Request(8, 1);
  next.pending.push_back({.seq = 0, .path = "/c/skills/c"});
  Take(test.log().Append(std::move(next)));
  REQUIRE(Take(test.log().Pending()).front().id > id);
}

TEST_CASE("many threads append at once: every append is whole and nothing is lost") {
  LogTest test;
  constexpr int kThreads = 16;
  constexpr int kAppends = 40;
  std::vector<std::vector<Appended>> done(kThreads);
  std::vector<std::thread> threads;
  for (int t = 0; t < kThreads; ++t) {
    threads.emplace_back([&, t] {
      for (int i = 0; i < kAppends; ++i) {
        AppendRequest request;
        const auto count = static_cast<uint64_t>(1 + (t + i) % 9);
        for (uint64_t n = 0; n < count; ++n) request.events.push_back(EventBytes(n, 10, "thread-" + std::to_string(t)));
        done[static_cast<size_t>(t)].push_back(Take(test.log().Append(std::move(request))));
      }
    });
  }
  std::thread reader([&] {
    for (int i = 0; i < 50; ++i) {
      const Seq head = test.log().head();
      ScanOptions options;
      options.through = head;
      if (Scanned(test.log(), options) != Range(1, head)) std::abort();
    }
  });
  for (std::thread& thread : threads) thread.join();
  reader.join();
  std::set<Seq> taken;
  for (int t = 0; t < kThreads; ++t) {
    std::vector<Seq> mine;
    for (const Appended& appended : done[static_cast<size_t>(t)]) {
      for (Seq seq = appended.first; seq <= appended.last; ++seq) {
        REQUIRE(taken.insert(seq).second);
        mine.push_back(seq);
      }
    }
    REQUIRE(ScannedStream(test.log(), CollectionStream("thread-" + std::to_string(t))) == mine);
  }
  REQUIRE(taken.size() == test.log().head());
  REQUIRE(*taken.rbegin() == test.log().head());
  REQUIRE(Take(test.log().Verify({})).problems.empty());
}

TEST_CASE("of many threads that expect the same version one wins each time") {
  LogTest test;
  constexpr int kThreads = 8;
  constexpr int kWins = 100;
  std::vector<std::thread> threads;
  std::vector<int> wins(kThreads, 0);
  const StreamKey stream = ArtifactStream("default", "skill:s0");
  for (int t = 0; t < kThreads; ++t) {
    threads.emplace_back([&, t] {
      while (wins[static_cast<size_t>(t)] < kWins / kThreads) {
        AppendRequest request;
        // The one before is read and written: a lost update would show as a number that comes twice.
        const Seq last = Take(test.log().LastOf(stream));
        uint64_t number = 0;
        if (last != 0) {
          Take(test.log().At(last, [&](const StoredEvent& event) {
            number = event.event->ordinal() + 10;
            return Visit::kContinue;
          }));
        }
        request.events.push_back(EventBytes(number));
        request.expect = {{stream, last}};
        const auto appended = test.log().Append(std::move(request));
        if (appended.ok()) ++wins[static_cast<size_t>(t)];
        if (!appended.ok() && appended.error().code != Code::kConflict) std::abort();
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  std::vector<uint32_t> numbers;
  Take(test.log().ScanStream(stream, {}, [&](const StoredEvent& event) {
    numbers.push_back(event.event->ordinal());
    return Visit::kContinue;
  }));
  REQUIRE(numbers.size() == kWins / kThreads * kThreads);
  for (size_t i = 0; i < numbers.size(); ++i) REQUIRE(numbers[i] == i * 10);
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

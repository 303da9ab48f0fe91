// What an append writes, what it refuses, and many at once.
#include <set>
#include <thread>

#include "engine/store/event_log.h"
#include "tests/store/log_fixture.h"

#include <catch2/catch.hpp>

namespace skilltrail::store {
namespace {

using namespace skilltrail::testing;

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

}  // namespace
}  // namespace skilltrail::store

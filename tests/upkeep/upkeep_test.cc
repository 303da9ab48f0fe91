// What a store's keeper relies on: a copy is the same store, a rebuilt index the same index, and what is lost is told.
#include <algorithm>
#include <filesystem>
#include <fstream>
#include <functional>
#include <set>

#include "engine/query/verify.h"
#include "engine/session/writing.h"
#include "engine/store/keys.h"
#include "engine/upkeep/backup.h"
#include "engine/upkeep/doctor.h"
#include "engine/upkeep/rebuild.h"
#include "engine/upkeep/salvage.h"
#include "tests/support/workbench.h"

#include <catch2/catch.hpp>

namespace skilltrail::upkeep {
namespace {

using testing::Need;
using testing::Workbench;
using testing::WriteFile;
namespace fs = std::filesystem;

struct Busy : Workbench {
  explicit Busy(int rounds = 60) {
    for (int i = 0; i < rounds; ++i) {
      WriteSkill("a", std::string(2'000, 'x') + std::to_string(i), "tags: [t" + std::to_string(i % 3) + "]");
      if (i % 5 == 0) WriteSkill("b", std::to_string(i));
      Capture();
    }
  }
  Digest Hash() { return Need(Reading::Open(context))->log().head_hash(); }
  Context At(const fs::path& store) const {
    Context other = context;
    other.store = store;
    return other;
  }
  query::VerifyReport Verified(const fs::path& store) {
    const Context other = At(store);
    return Need(query::Verify(*Need(Reading::Open(other)), true));
  }
  // Changes the database behind the log's back.
  void Tamper(const std::function<void(store::Batch&)>& change) {
    const auto opened = Need(store::Store::OpenWriter(context.store, "test", 0, clock));
    store::Batch batch;
    change(batch);
    REQUIRE(opened->database->Commit(batch).ok());
  }
  std::vector<std::string> IndexKeys() {
    const auto opened = Need(store::Store::OpenReader(context.store, clock));
    std::vector<std::string> keys;
    auto cursor = opened->database->Scan(store::Family::kIndex);
    for (cursor.SeekToFirst(); cursor.valid(); cursor.Next())
      keys.emplace_back(std::string(cursor.key()) + "=" + std::string(cursor.value()));
    return keys;
  }
};

TEST_CASE("a manifest that a killed command did not come to is written by the next, with what a person wrote there meanwhile") {
  Workbench bench;
  bench.WriteSkill("pdf", "one", "description: reads");
  bench.Capture();
  const auto manifest = bench.Collection() / "collection.toml";
  const std::string before = testing::ReadFile(manifest);
  const bool edited = GENERATE(false, true);
  {
    const auto writing = Need(Writing::Open(bench.context));
    const auto* state = Need(writing->Collection(bench.State().name()));
    projections::ArtifactState next = *state->Find("skill:pdf");
    next.user_tags = {"mine"};
    writing->Add({state->name(), "skill:pdf", {}, projections::TagsEdit(schema::ChangeCause::command, *state->Find("skill:pdf"), next)});
    REQUIRE(writing->Commit().ok());
  }
  REQUIRE(testing::ReadFile(manifest) == before);
  const auto found = Need(Examine(bench.context, false)).findings;
  REQUIRE(std::any_of(found.begin(), found.end(), [](const Finding& one) { return one.check == "manifest"; }));
  if (edited) {
    std::string text = before;
    text.replace(text.find("\"reads\""), 7, "\"writes\"");
    testing::WriteFile(manifest, text);
  }
  const Seq head = bench.Head();
  if (GENERATE(false, true)) {
    bench.Capture();
  } else {
    const auto report = Need(Examine(bench.context, true));
    REQUIRE(std::all_of(report.findings.begin(), report.findings.end(), [](const Finding& one) { return one.fixed; }));
  }
  REQUIRE((bench.Head() > head) == edited);
  REQUIRE(testing::ReadFile(manifest).find("mine") != std::string::npos);
  REQUIRE(projections::MetadataOf(*bench.State().Find("skill:pdf"), "description") == (edited ? "writes" : "reads"));
  REQUIRE(Need(Examine(bench.context, false)).findings.empty());
  const Seq after = bench.Head();
  bench.Capture();
  REQUIRE(bench.Head() == after);
}

TEST_CASE("a backup is a store of the same head that verifies in full and goes on by itself") {
  Busy bench;
  const auto report = Need(Backup(bench.context, bench.Path("copy")));
  REQUIRE(report.head == bench.Head());
  const auto verified = bench.Verified(bench.Path("copy"));
  REQUIRE(verified.problems == std::vector<std::string>{});
  REQUIRE(verified.head_hash == bench.Hash());
  bench.WriteSkill("c", "later");
  bench.Capture();
  REQUIRE(bench.Verified(bench.Path("copy")).head_seq == report.head);
  REQUIRE(bench.Verified(bench.context.store).ok);
  REQUIRE(Backup(bench.context, bench.Path("copy")).error().code == Code::kConflict);
  REQUIRE_FALSE(fs::exists(bench.Path(".copy.skilltrail-tmp")));
}

TEST_CASE("a rebuild of a sound store changes nothing") {
  Busy bench;
  const auto before = bench.IndexKeys();
  REQUIRE(before.size() > 50);
  const auto report = Need(Rebuild(bench.context));
  REQUIRE(report.index.entries == before.size());
  REQUIRE(report.index.added + report.index.changed + report.index.removed == 0);
  REQUIRE(bench.IndexKeys() == before);
  REQUIRE_FALSE(fs::exists(bench.context.store / "rebuild.tmp"));
}

TEST_CASE("a rebuild puts a missing, a wrong and a surplus entry right, and a dry run only counts them") {
  Busy bench;
  const auto before = bench.IndexKeys();
  std::string prefix;
  store::IndexPrefix(prefix, static_cast<uint8_t>(store::StreamKind::kArtifact), store::ArtifactStream("default", "skill:a").key);
  bench.Tamper([&](store::Batch& batch) {
    batch.Delete(store::Family::kIndex, store::IndexKey(prefix, 1));
    batch.Put(store::Family::kIndex, store::IndexKey(prefix, 65), "\x01");
    batch.Put(store::Family::kIndex, store::IndexKey(prefix, 6401), "\x01");
  });
  Context dry = bench.context;
  dry.dry_run = true;
  for (const auto* context : {&dry, &bench.context}) {
    const auto report = Need(Rebuild(*context));
    REQUIRE(report.index.added == 1);
    REQUIRE(report.index.changed == 1);
    REQUIRE(report.index.removed == 1);
    REQUIRE((bench.IndexKeys() == before) == !context->dry_run);
  }
  REQUIRE(bench.Verified(bench.context.store).ok);
}

TEST_CASE("doctor finds an index that was lost and brings it back") {
  Busy bench;
  REQUIRE(Need(Examine(bench.context, false)).findings.empty());
  const auto before = bench.IndexKeys();
  bench.Tamper([&](store::Batch& batch) {
    for (const auto& key : before) batch.Delete(store::Family::kIndex, key.substr(0, key.rfind('=')));
  });
  const auto found = Need(Examine(bench.context, false));
  REQUIRE_FALSE(found.healthy());
  REQUIRE(bench.IndexKeys().size() < before.size());
  const auto mended = Need(Examine(bench.context, true));
  REQUIRE(mended.healthy());
  REQUIRE(bench.IndexKeys() == before);
  REQUIRE(Need(Examine(bench.context, false)).findings.empty());
}

TEST_CASE("doctor tells a HEAD that is behind and leftovers as untidy, and tidies them") {
  Busy bench(3);
  const auto anchor = Need(store::ReadAnchor(bench.context.store));
  bench.WriteSkill("late", "x");
  bench.Capture();
  REQUIRE(store::WriteAnchor(bench.context.store, *anchor).ok());
  fs::create_directories(bench.context.store / "rebuild.tmp" / "db");
  fs::create_directories(bench.Collection() / ".skilltrail-staging");
  const auto found = Need(Examine(bench.context, false));
  REQUIRE(found.healthy());
  std::set<std::string> checks;
  for (const auto& finding : found.findings) checks.insert(finding.check);
  REQUIRE(checks == std::set<std::string>{"anchor", "scratch", "staging"});
  Need(Examine(bench.context, true));
  REQUIRE(Need(Examine(bench.context, false)).findings.empty());
}

TEST_CASE("doctor writes a HEAD anew that is missing or cannot be read, and then looks at the rest") {
  Busy bench(3);
  const auto anchor = Need(store::ReadAnchor(bench.context.store));
  const fs::path head = bench.context.store / "HEAD";
  const bool damaged = GENERATE(false, true);
  fs::remove(head);
  if (damaged) std::ofstream(head) << "not a head\n";
  fs::create_directories(bench.Collection() / ".skilltrail-staging");
  const auto found = Need(Examine(bench.context, false));
  REQUIRE_FALSE(found.healthy());
  REQUIRE(found.findings.size() == 1);
  REQUIRE(found.findings[0].check == "anchor");
  REQUIRE(found.findings[0].mendable);
  REQUIRE(fs::exists(head) == damaged);
  const auto mended = Need(Examine(bench.context, true));
  REQUIRE(mended.healthy());
  REQUIRE(mended.findings.size() == 2);
  REQUIRE(std::all_of(mended.findings.begin(), mended.findings.end(), [](const Finding& one) { return one.fixed; }));
  const auto written = Need(store::ReadAnchor(bench.context.store));
  REQUIRE(written->store_id == anchor->store_id);
  REQUIRE(written->seq == anchor->seq);
  REQUIRE(written->hash == anchor->hash);
  REQUIRE(Need(Examine(bench.context, false)).findings.empty());
}

TEST_CASE("a HEAD written anew does not hide that the log is damaged") {
  Busy bench;
  bench.Tamper([](store::Batch& batch) { batch.Put(store::Family::kLog, store::SeqKey(1), "no block"); });
  fs::remove(bench.context.store / "HEAD");
  const auto report = Need(Examine(bench.context, true));
  REQUIRE_FALSE(report.healthy());
  REQUIRE(report.findings.size() > 1);
  REQUIRE(report.findings[0].fixed);
  REQUIRE(report.findings[1].check == "log");
  REQUIRE_FALSE(report.findings[1].fixed);
}

TEST_CASE("a HEAD that promises more than the database holds is evidence, and stays") {
  Busy bench(3);
  auto anchor = *Need(store::ReadAnchor(bench.context.store));
  anchor.seq += 1;
  REQUIRE(store::WriteAnchor(bench.context.store, anchor).ok());
  REQUIRE_FALSE(Need(Examine(bench.context, true)).healthy());
  REQUIRE(Need(store::ReadAnchor(bench.context.store))->seq == anchor.seq);
}

TEST_CASE("doctor tells what upstream last said of its limits") {
  Busy bench(3);
  REQUIRE(Need(Examine(bench.context, false)).limits.empty());
  {
    const auto opened = Need(store::Store::OpenWriter(bench.context.store, "test", 0, bench.clock));
    upstream::Ledger ledger;
    ledger.host = "github.example";
    ledger.limit = 60, ledger.remaining = 12, ledger.reset_at = 3'600'000'000;
    REQUIRE(refresh::KeepLimit(*opened->cache, ledger, 5).ok());
    ledger.token_fingerprint = "abc";
    ledger.limit = 5'000, ledger.remaining = 4'000;
    REQUIRE(refresh::KeepLimit(*opened->cache, ledger, 6).ok());
  }
  const auto limits = Need(Examine(bench.context, false)).limits;
  REQUIRE(limits.size() == 2);
  REQUIRE(limits[0].token.empty());
  REQUIRE(limits[0].remaining == 12);
  REQUIRE(limits[1].token == "abc");
  REQUIRE(limits[1].remaining == 4'000);
}

TEST_CASE("salvage of a sound store gives the same log and all contents") {
  Busy bench;
  const auto report = Need(Salvage(bench.context, bench.Path("saved")));
  REQUIRE(report.lost_events.empty());
  REQUIRE(report.lost_blob_count == 0);
  REQUIRE(report.head_hash == bench.Hash());
  REQUIRE(bench.Verified(bench.Path("saved")).problems == std::vector<std::string>{});
}

TEST_CASE("salvage leaves a lost block and a lost blob out, says so, and what it made verifies") {
  Busy bench;
  const Seq head = bench.Head();
  REQUIRE(head > 3 * 64);
  const std::string text = bench.SkillText("a");
  bench.Tamper([&](store::Batch& batch) {
    batch.Delete(store::Family::kLog, store::SeqKey(65));
    batch.Delete(store::Family::kBlobs, store::BlobKey(Sha256(text)));
  });
  const auto report = Need(Salvage(bench.context, bench.Path("saved")));
  REQUIRE(report.lost_events == std::vector<std::pair<Seq, Seq>>{{65, 128}});
  REQUIRE(report.events == head - 64);
  REQUIRE(report.moved_from == 129);
  REQUIRE(report.lost_blobs == std::vector<Digest>{Sha256(text)});
  const auto verified = bench.Verified(bench.Path("saved"));
  // The collection's files are people's: what they say is not what is left of the log.
  for (const auto& problem : verified.problems) REQUIRE_THAT(problem, Catch::Contains("collection.toml"));
  REQUIRE(verified.first_bad == 0);
}

TEST_CASE("salvage brings over what a store without its write-ahead log, its manifest or a table still has") {
  for (const std::string gone : {".log", "MANIFEST", "CURRENT", ".sst"}) {
    Busy bench;
    {
      const auto opened = Need(store::Store::OpenWriter(bench.context.store, "test", 0, bench.clock));
      REQUIRE(opened->database->Flush().ok());
    }
    bench.WriteSkill("late", "x");
    bench.Capture();
    const Seq head = bench.Head();
    fs::path victim;
    for (const auto& entry : fs::directory_iterator(bench.context.store / "db")) {
      const auto name = entry.path().filename().string();
      if (!name.ends_with(gone) && !name.starts_with(gone)) continue;
      if (victim.empty() || entry.file_size() > fs::file_size(victim)) victim = entry.path();
    }
    INFO(gone << " " << victim);
    REQUIRE_FALSE(victim.empty());
    fs::remove(victim);
    const auto report = Need(Salvage(bench.context, bench.Path("saved")));
    Seq lost = 0;
    for (const auto& [first, last] : report.lost_events) lost += last - first + 1;
    REQUIRE(report.events + lost == head);
    REQUIRE(report.events > 0);
    REQUIRE(bench.Verified(bench.Path("saved")).first_bad == 0);
  }
}

TEST_CASE("a table that is damaged where no question of today looks is found by doctor and by a full verify") {
  Busy bench;
  for (int round = 0; round < 3; ++round) {
    const auto opened = Need(store::Store::OpenWriter(bench.context.store, "test", 0, bench.clock));
    REQUIRE(opened->database->Flush().ok());
  }
  REQUIRE(bench.Verified(bench.context.store).ok);
  size_t tables = 0;
  for (const auto& entry : fs::directory_iterator(bench.context.store / "db")) {
    if (entry.path().extension() != ".sst") continue;
    ++tables;
    const std::string whole = testing::ReadFile(entry.path());
    std::string damaged = whole;
    damaged[damaged.size() / 5] = static_cast<char>(damaged[damaged.size() / 5] ^ 0xff);
    WriteFile(entry.path(), damaged);
    INFO(entry.path());
    auto reading = Reading::Open(bench.context);
    if (reading.ok()) {
      const auto report = query::Verify(**reading, true);
      REQUIRE((!report.ok() || !report->ok));
      REQUIRE_FALSE(Need(Examine(bench.context, false)).healthy());
    } else {
      REQUIRE(reading.error().code == Code::kCorrupt);
    }
    WriteFile(entry.path(), whole);
  }
  REQUIRE(tables > 1);
  REQUIRE(Need(Examine(bench.context, false)).healthy());
}

}  // namespace
}  // namespace skilltrail::upkeep

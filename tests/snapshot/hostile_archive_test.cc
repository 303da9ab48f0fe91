// Archives with a fault of every kind that can be drawn: refused whole, or what they are taken for is what they hold.
#include <algorithm>
#include <cstdlib>
#include <set>

#include "engine/query/verify.h"
#include "events/digest.h"
#include "tests/snapshot/archive_fixture.h"
#include "tests/support/tar_mutation.h"

#include <catch2/catch.hpp>

namespace skilltrail {
namespace {

namespace fs = std::filesystem;
using testing::ExportOf;
using testing::Gunzip;
using testing::Gzip;
using testing::LiveALittle;
using testing::MutateTar;
using testing::Need;
using testing::ReadFile;
using testing::TakeApart;
using testing::Workbench;
using testing::WriteFile;

// A forger can seal: the faults are below the seal.
void GzipSealed(const fs::path& file, const std::string& tar) {
  Gzip(file, tar);
  const std::string packed = ReadFile(file);
  WriteFile(file, packed + archive::SealOf(archive::Packing::kGzip, Sha256(packed)));
}

bool SameMembers(const std::vector<testing::Member>& a, const std::vector<testing::Member>& b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(), [](const auto& one, const auto& other) {
    return one.path == other.path && one.executable == other.executable && one.bytes == other.bytes;
  });
}

TEST_CASE("an export with any fault in its tar is refused whole, or nothing of it is another") {
  Workbench bench;
  LiveALittle(bench);
  const auto late = ExportOf(bench, "late", "late.tar.gz");
  const std::string tar = Gunzip(late);
  const std::string other = Gunzip(ExportOf(bench, "early", "early.tar.gz"));
  const auto members = TakeApart(late);
  const auto file = bench.Path("forged.tar.gz");
  GzipSealed(file, tar);
  REQUIRE(Need(snapshot::VerifyArchive(bench.context, file)).ok);

  Workbench there;
  fs::remove_all(there.context.store);
  Need(store::Store::Create(there.context.store, "test", 1000, there.clock));
  std::mt19937 random(20260129);
  int refused = 0;
  for (int round = 0; round < 2500; ++round) {
    INFO("round " << round);
    GzipSealed(file, MutateTar(tar, other, random));
    // Times, owners and padding are nobody's content.
    if (Need(snapshot::VerifyArchive(bench.context, file)).ok) {
      REQUIRE(SameMembers(TakeApart(file), members));
      continue;
    }
    ++refused;
    if (round % 10 != 0) continue;
    const auto imported = snapshot::Import(there.context, {file, ""});
    REQUIRE(imported.error().code == Code::kCorrupt);
    REQUIRE(there.Head() == 0);
    REQUIRE((!fs::exists(there.context.store / "collections") || fs::is_empty(there.context.store / "collections")));
  }
  REQUIRE(refused > 1000);
}

// What the peer's own `tar.add` makes: directories too, and no digest of anything.
class PeerArchive {
 public:
  explicit PeerArchive(const fs::path& home) : home_(home) {
    for (const char* name : {"a", "b"}) {
      WriteFile(home / "work" / "skills" / name / "SKILL.md", "---\ndescription: d\n---\n" + std::string(700, name[0]) + "\n");
      WriteFile(home / "work" / "skills" / name / "run.sh", "#!/bin/sh\n");
    }
    WriteFile(home / "work" / "commands" / "go.md", "Go.\n");
    WriteFile(home / "work" / "collection.toml",
              "[collection]\nname = \"work\"\nversion = \"1.0.0\"\ncreated = \"2026-03-01T08:00:00\"\nupdated = \"2026-03-01T08:00:00\"\n\n"
              "[[artifacts]]\nname = \"a\"\ntype = \"skill\"\npath = \"skills/a\"\norigin = \"local\"\nadded = \"2026-03-01T08:05:00\"\n");
  }
  std::string Tar(const std::string& format) const {
    const auto file = home_ / (format + ".tar.gz");
    const std::string pack = "tar czf '" + file.string() + "' --format=" + format + " --sort=name -C '" + home_.string() + "' work";
    REQUIRE(std::system(pack.c_str()) == 0);
    return Gunzip(file);
  }

 private:
  fs::path home_;
};

// Every file that came in stands in the archive under the same name with the same bytes; the archive's last one of a name counts.
void RequireHeld(const fs::path& collection, const fs::path& file) {
  std::set<std::string> held;
  for (const auto& member : TakeApart(file)) held.insert(member.bytes);
  for (const auto& entry : fs::recursive_directory_iterator(collection)) {
    if (entry.is_directory() || entry.path().filename().string().starts_with("collection.")) continue;
    INFO(entry.path());
    REQUIRE(entry.is_regular_file());
    REQUIRE(!entry.is_symlink());
    REQUIRE(held.contains(ReadFile(entry.path())));
  }
}

TEST_CASE("an archive of the peer's with any fault is refused whole, or taken for what it holds") {
  Workbench bench;
  const PeerArchive peer(bench.Path("peer"));
  const auto file = bench.Path("forged.tar.gz");
  const fs::path collections = bench.context.store / "collections";
  std::mt19937 random(20260130);
  int refused = 0, taken = 0;
  for (const char* format : {"gnu", "pax"}) {
    const std::string tar = peer.Tar(format);
    for (int round = 0; round < 500; ++round) {
      INFO(format << ", round " << round);
      Gzip(file, MutateTar(tar, tar, random));
      const std::string name = std::string(format) + std::to_string(round);
      const Seq head = bench.Head();
      // Half of what is taken is looked at in a dry run: most of the time of an import goes into the disk.
      bench.context.dry_run = round % 8 != 0;
      const auto imported = snapshot::Import(bench.context, {file, name});
      const bool dry = std::exchange(bench.context.dry_run, false);
      REQUIRE_FALSE(fs::exists(collections / ".skilltrail-import"));
      if (imported.ok() && !dry) {
        ++taken;
        RequireHeld(collections / name, file);
        continue;
      }
      if (!imported.ok()) {
        ++refused;
        INFO(imported.error().message);
        REQUIRE(imported.error().code == Code::kCorrupt);
      }
      REQUIRE(bench.Head() == head);
      REQUIRE_FALSE(fs::exists(collections / name));
    }
  }
  REQUIRE(refused > 200);
  REQUIRE(taken > 5);
  REQUIRE_FALSE(fs::exists(bench.Path("evil")));
  auto reading = Need(Reading::Open(bench.context));
  REQUIRE(Need(query::Verify(*reading, true)).ok);
}

}  // namespace
}  // namespace skilltrail

// Both readers under archives of every fault that can be drawn: nothing but values comes back, and no path that leads out.
#include <fcntl.h>
#include <unistd.h>

#include "engine/archive/tar_reader.h"
#include "engine/archive/tar_stream.h"
#include "engine/archive/tar_writer.h"
#include "events/name.h"
#include "tests/support/tar_mutation.h"
#include "tests/support/temp_dir.h"

#include <catch2/catch.hpp>

namespace skilltrail::archive {
namespace {

constexpr uint64_t kMostBytes = 1u << 20;

// What a reader said of an archive: everything that it visited before it was done or gave up.
struct Seen {
  bool ok = false;
  size_t members = 0;
  uint64_t bytes = 0;
  bool operator==(const Seen&) const = default;
};

void RequireInside(const std::string& path) {
  INFO(path);
  REQUIRE(CheckRelativePath(path).ok());
}

Seen Stream(const std::filesystem::path& file) {
  Seen seen;
  const int fd = ::open(file.c_str(), O_RDONLY);
  const Status read = StreamTar(fd, {.max_bytes = kMostBytes}, [&](const StreamMember& member, const ReadBytes& next) -> Status {
    RequireInside(member.path);
    ++seen.members;
    uint64_t size = 0;
    while (!member.directory) {
      ASSIGN_OR_RETURN(const auto part, next());
      if (part.empty()) break;
      size += part.size();
    }
    REQUIRE(size == member.size);
    seen.bytes += size;
    return {};
  });
  ::close(fd);
  seen.ok = read.ok();
  if (!read.ok()) REQUIRE(read.error().code == Code::kCorrupt);
  REQUIRE(seen.bytes <= kMostBytes);
  return seen;
}

Seen Read(const std::filesystem::path& file) {
  Seen seen;
  const Status read = ReadTar(testing::ReadFile(file), {.max_bytes = kMostBytes}, [&](const Member& member) -> Status {
    RequireInside(member.path);
    ++seen.members;
    seen.bytes += member.bytes.size();
    return {};
  });
  seen.ok = read.ok();
  if (!read.ok()) REQUIRE(read.error().code == Code::kCorrupt);
  REQUIRE(seen.bytes <= kMostBytes);
  return seen;
}

std::string SomeTar(const std::filesystem::path& file, const std::string& name) {
  const int fd = ::open(file.c_str(), O_RDWR | O_CREAT | O_TRUNC, 0644);
  auto tar = TarWriter::Open(fd, Packing::kGzip, 0);
  REQUIRE(tar.ok());
  const std::string long_name(180, 'x');
  for (const auto& [path, size] :
       {std::pair(name + "/a", 3u), {name + "/empty", 0u}, {name + "/b/" + long_name, 2000u}, {name + "/c", 512u}}) {
    REQUIRE((*tar)->Begin(path, size > 1000, size).ok());
    REQUIRE((*tar)->Write(std::string(size, 'y')).ok());
  }
  REQUIRE((*tar)->Finish().ok());
  ::close(fd);
  return testing::Gunzip(file);
}

TEST_CASE("a tar with any fault inside is read within its limits or refused, by both readers") {
  const testing::TempDir dir;
  const auto file = dir / "file.tar.gz";
  const std::string tar = SomeTar(dir / "one.tar.gz", "work");
  const std::string other = SomeTar(dir / "other.tar.gz", "other");
  testing::Gzip(file, tar);
  const Seen whole = Stream(file);
  REQUIRE(whole.ok);
  REQUIRE(Read(file) == whole);
  std::mt19937 random(20260127);
  int refused = 0;
  for (int round = 0; round < 4000; ++round) {
    INFO("round " << round);
    testing::Gzip(file, testing::MutateTar(tar, other, random));
    Read(file);
    refused += Stream(file).ok ? 0 : 1;
  }
  REQUIRE(refused > 1000);
}

TEST_CASE("a packed file with any fault is read within its limits or refused, by both readers") {
  const testing::TempDir dir;
  const auto file = dir / "file.tar.gz";
  std::mt19937 random(20260128);
  for (const Packing packing : {Packing::kGzip, Packing::kZstd}) {
    const int fd = ::open(file.c_str(), O_RDWR | O_CREAT | O_TRUNC, 0644);
    auto tar = TarWriter::Open(fd, packing, 0);
    REQUIRE(tar.ok());
    REQUIRE((*tar)->Begin("work/a", false, 5000).ok());
    std::string bytes;
    while (bytes.size() < 5000) bytes.push_back(static_cast<char>(random()));
    REQUIRE((*tar)->Write(bytes).ok());
    REQUIRE((*tar)->Finish().ok());
    ::close(fd);
    const std::string packed = testing::ReadFile(file);
    for (int round = 0; round < 2000; ++round) {
      INFO("round " << round);
      std::string damaged = packed;
      if (round % 4 == 0) damaged.resize(random() % damaged.size());
      if (round % 4 == 1) damaged.insert(random() % damaged.size(), packed.substr(random() % packed.size(), 1 + random() % 64));
      for (size_t flips = random() % 4; flips > 0 && !damaged.empty(); --flips)
        damaged[random() % damaged.size()] ^= static_cast<char>(1 << random() % 8);
      testing::WriteFile(file, damaged);
      Stream(file);
      Read(file);
    }
  }
}

}  // namespace
}  // namespace skilltrail::archive

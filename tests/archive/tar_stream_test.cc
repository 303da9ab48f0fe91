#include "engine/archive/tar_stream.h"

#include <archive.h>
#include <archive_entry.h>
#include <fcntl.h>
#include <unistd.h>

#include <catch2/catch.hpp>
#include <functional>
#include <string>
#include <vector>

#include "engine/archive/seal.h"
#include "engine/archive/tar_writer.h"
#include "tests/support/temp_dir.h"

namespace skilltrail::archive {
namespace {

using testing::TempDir;

// A member as anybody might write it.
struct Raw {
  std::string path;
  std::string bytes = {};
  unsigned type = AE_IFREG;
  std::string link = {};
};

void WriteRaw(const std::filesystem::path& file, const std::vector<Raw>& members, const char* packing = "gzip") {
  auto* handle = archive_write_new();
  archive_write_set_format_pax_restricted(handle);
  archive_write_add_filter_by_name(handle, packing);
  REQUIRE(archive_write_open_filename(handle, file.c_str()) == ARCHIVE_OK);
  for (const auto& member : members) {
    auto* entry = archive_entry_new();
    archive_entry_set_pathname(entry, member.path.c_str());
    archive_entry_set_filetype(entry, member.type);
    archive_entry_set_perm(entry, 0644);
    archive_entry_set_size(entry, static_cast<la_int64_t>(member.bytes.size()));
    if (member.type == AE_IFLNK) archive_entry_set_symlink(entry, member.link.c_str());
    if (member.type == AE_IFREG && !member.link.empty()) archive_entry_set_hardlink(entry, member.link.c_str());
    REQUIRE(archive_write_header(handle, entry) >= ARCHIVE_WARN);
    if (!member.bytes.empty()) archive_write_data(handle, member.bytes.data(), member.bytes.size());
    archive_entry_free(entry);
  }
  REQUIRE(archive_write_free(handle) == ARCHIVE_OK);
}

Status ReadAll(const std::filesystem::path& file, std::vector<Raw>* members = nullptr, const StreamLimits& limits = {}) {
  const int fd = ::open(file.c_str(), O_RDONLY);
  const Status read = StreamTar(fd, limits, [&](const StreamMember& member, const ReadBytes& next) -> Status {
    Raw raw{member.path};
    while (true) {
      ASSIGN_OR_RETURN(const auto part, next());
      if (part.empty()) break;
      raw.bytes.append(part);
    }
    if (members != nullptr) members->push_back(std::move(raw));
    return {};
  });
  ::close(fd);
  return read;
}

std::string Pack(const std::filesystem::path& file, Packing packing, const std::vector<Raw>& members) {
  const int fd = ::open(file.c_str(), O_RDWR | O_CREAT | O_TRUNC, 0644);
  auto tar = TarWriter::Open(fd, packing, 1'700'000'000'000'000);
  REQUIRE(tar.ok());
  for (const auto& member : members) {
    REQUIRE((*tar)->Begin(member.path, false, member.bytes.size()).ok());
    REQUIRE((*tar)->Write(member.bytes).ok());
  }
  REQUIRE((*tar)->Finish().ok());
  ::close(fd);
  return testing::ReadFile(file);
}

TEST_CASE("what is written comes back, the same bytes each time, and other tars read it") {
  const TempDir dir;
  const std::vector<Raw> members = {{"lib/a", "one"}, {"lib/empty"}, {"lib/\xc3\xa9/" + std::string(180, 'x'), std::string(300'000, 'y')}};
  for (const auto& [name, packing] : {std::pair("a.tar.gz", Packing::kGzip), std::pair("a.tar.zst", Packing::kZstd)}) {
    const auto first = Pack(dir / name, packing, members);
    REQUIRE(Pack(dir / "again", packing, members) == first);
    std::vector<Raw> read;
    REQUIRE(ReadAll(dir / name, &read).ok());
    REQUIRE(read.size() == members.size());
    for (size_t i = 0; i < read.size(); ++i) {
      REQUIRE(read[i].path == members[i].path);
      REQUIRE(read[i].bytes == members[i].bytes);
    }
    std::filesystem::create_directory(dir / (std::string(name) + ".out"));
    const std::string unpack = "tar xf '" + (dir / name).string() + "' -C '" + (dir / (std::string(name) + ".out")).string() + "'";
    REQUIRE(std::system(unpack.c_str()) == 0);
    REQUIRE(testing::ReadFile(dir / (std::string(name) + ".out") / "lib" / "a") == "one");
  }
}

TEST_CASE("a seal finds every flipped bit, every cut and everything that was added") {
  const TempDir dir;
  for (const auto packing : {Packing::kGzip, Packing::kZstd}) {
    const auto whole = Pack(dir / "file", packing, {{"lib/a", "one"}, {"lib/b", std::string(2000, 'b')}});
    const auto holds = [&](const std::string& bytes) {
      testing::WriteFile(dir / "file", bytes);
      const int fd = ::open((dir / "file").c_str(), O_RDONLY);
      const bool sealed = CheckSeal(fd).ok();
      ::close(fd);
      return sealed;
    };
    REQUIRE(holds(whole));
    for (size_t at = 0; at < whole.size(); ++at) {
      auto flipped = whole;
      flipped[at] = static_cast<char>(flipped[at] ^ (1 << at % 8));
      INFO("bit " << at % 8 << " of byte " << at);
      REQUIRE_FALSE(holds(flipped));
      REQUIRE_FALSE(holds(whole.substr(0, at)));
    }
    REQUIRE_FALSE(holds(whole + '\0'));
    REQUIRE_FALSE(holds(whole + whole));
  }
}

TEST_CASE("anything but regular files and directories at paths inside is refused") {
  const TempDir dir;
  const auto file = dir / "file.tar.gz";
  const std::vector<Raw> hostile = {{"../evil", "x"},
                                    {"lib/../../evil", "x"},
                                    {"/tmp/evil", "x"},
                                    {"lib/./a", "x"},
                                    {"lib/link", {}, AE_IFLNK, "/etc/passwd"},
                                    {"lib/hard", {}, AE_IFREG, "lib/a"},
                                    {"lib/device", {}, AE_IFCHR},
                                    {"lib/block", {}, AE_IFBLK},
                                    {"lib/pipe", {}, AE_IFIFO},
                                    {"lib/bad\xff", "x"},
                                    {"lib/" + std::string(5000, 'x'), "x"}};
  for (const auto& one : hostile) {
    INFO(one.path);
    WriteRaw(file, {{"lib/a", "fine"}, one});
    const Status read = ReadAll(file);
    REQUIRE_FALSE(read.ok());
    REQUIRE(read.error().code == Code::kCorrupt);
  }
  WriteRaw(file, {{"lib/", {}, AE_IFDIR}, {"lib/a", "fine"}});
  REQUIRE(ReadAll(file).ok());
}

TEST_CASE("limits on count, depth, size, total and ratio end the reading") {
  const TempDir dir;
  const auto file = dir / "file.tar.gz";
  const auto refuses = [&](const StreamLimits& limits, const std::vector<Raw>& members) {
    WriteRaw(file, members);
    REQUIRE(ReadAll(file).ok());
    const Status read = ReadAll(file, nullptr, limits);
    return !read.ok() && read.error().code == Code::kCorrupt;
  };
  REQUIRE(refuses({.max_members = 2}, {{"a", "1"}, {"b", "2"}, {"c", "3"}}));
  REQUIRE(refuses({.max_depth = 3}, {{"a/b/c/d", "1"}}));
  REQUIRE(refuses({.max_member_bytes = 99}, {{"a", std::string(100, 'a')}}));
  REQUIRE(refuses({.max_bytes = 199}, {{"a", std::string(100, 'a')}, {"b", std::string(100, 'b')}}));
  REQUIRE(refuses({.max_ratio = 10, .free_bytes = 1000}, {{"a", std::string(4 << 20, '\0')}}));
}

TEST_CASE("a file that is no packed tar is refused") {
  const TempDir dir;
  for (const std::string& bytes : {std::string(), std::string("hello"), std::string(4096, '\0'), std::string("\x1f\x8b\x08\0junk", 8)}) {
    testing::WriteFile(dir / "file", bytes);
    REQUIRE(ReadAll(dir / "file").error().code == Code::kCorrupt);
  }
  WriteRaw(dir / "plain.tar", {{"a", "1"}}, "none");
  REQUIRE(ReadAll(dir / "plain.tar").error().code == Code::kCorrupt);
}

}  // namespace
}  // namespace skilltrail::archive

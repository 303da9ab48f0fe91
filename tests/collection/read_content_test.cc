#include <fcntl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <atomic>
#include <thread>

#include "engine/collection/content.h"
#include "engine/collection/content_reader.h"
#include "tests/collection/collection_fixture.h"

#include <catch2/catch.hpp>

namespace skilltrail::collection {
namespace {

namespace fs = std::filesystem;
using testing::TempDir;
using testing::WriteFile;

std::string PathsOf(const Content& content) {
  std::string paths;
  for (const auto& file : content.files) paths += file.path + (file.executable ? "*" : "") + "=" + file.bytes + " ";
  return paths;
}

// As another user while it lives, because root may read everything. Tests run as somebody else need no disguise.
class Unprivileged {
 public:
  Unprivileged() { is_root_ = ::geteuid() == 0 && ::seteuid(65534) == 0; }
  ~Unprivileged() {
    if (is_root_ && ::seteuid(0) != 0) std::abort();
  }

 private:
  bool is_root_;
};

TEST_CASE("a directory is read with its executable bits, and nothing that is no content") {
  TempDir dir;
  WriteFile(dir / "s/SKILL.md", "s");
  WriteFile(dir / "s/run", "r");
  ::chmod((dir / "s/run").c_str(), 0744);
  WriteFile(dir / "s/group-only", "g");
  ::chmod((dir / "s/group-only").c_str(), 0655);
  WriteFile(dir / "s/.git/config", "c");
  WriteFile(dir / "s/sub/.git", "gitdir: elsewhere");
  WriteFile(dir / "s/sub/.gitignore", "i");
  fs::create_directories(dir / "s/empty/nested");
  REQUIRE(PathsOf(Require(ReadContent(dir / "s"))) == "SKILL.md=s group-only=g run*=r sub/.gitignore=i ");
  REQUIRE(PathsOf(Require(ReadContent(dir / "s/"))) == "SKILL.md=s group-only=g run*=r sub/.gitignore=i ");
}

TEST_CASE("a file is content of one file") {
  TempDir dir;
  WriteFile(dir / "review.md", "text");
  const Content content = Require(ReadContent(dir / "review.md"));
  REQUIRE(content.single_file);
  REQUIRE(PathsOf(content) == "review.md=text ");
}

TEST_CASE("links to files are files; links to directories and to nothing are left out") {
  TempDir dir;
  WriteFile(dir / "outside.md", "o");
  WriteFile(dir / "s/SKILL.md", "s");
  WriteFile(dir / "s/sub/x", "x");
  fs::create_symlink("../outside.md", dir / "s/out.md");
  fs::create_symlink("SKILL.md", dir / "s/again.md");
  fs::create_symlink("sub", dir / "s/dir");
  fs::create_symlink("nowhere", dir / "s/broken");
  fs::create_symlink("SKILL.md/x", dir / "s/through-a-file");
  fs::create_symlink("loop", dir / "s/loop");
  const auto found = Require(ReadAsIfAt(dir / "s", dir / "s"));
  REQUIRE(PathsOf(found.content) == "SKILL.md=s again.md=s out.md=o sub/x=x ");
  REQUIRE(found.left_out == std::vector<std::string>{"broken", "dir", "loop", "through-a-file"});

  SECTION("and mean the same after the directory was moved, if it is read as if it were at home") {
    fs::create_directories(dir / "deep/er");
    fs::rename(dir / "s", dir / "deep/er/moved");
    fs::create_directory(dir / "s");  // what took its place is not looked at
    const auto moved = Require(ReadAsIfAt(dir / "deep/er/moved", dir / "s"));
    REQUIRE(PathsOf(moved.content) == PathsOf(found.content));
    REQUIRE(moved.left_out == found.left_out);
  }
  SECTION("a link to the artifact itself is followed") {
    fs::create_symlink("s", dir / "link");
    REQUIRE(PathsOf(Require(ReadContent(dir / "link"))) == PathsOf(found.content));
  }
}

TEST_CASE("only what is not there is not found") {
  TempDir dir;
  REQUIRE(ReadContent(dir / "absent").error().code == Code::kNotFound);
  fs::create_symlink("nowhere", dir / "broken");
  REQUIRE(ReadContent(dir / "broken").error().code == Code::kFailed);
  WriteFile(dir / "file", "f");
  REQUIRE(ReadContent(dir / "file/inside").error().code == Code::kFailed);
}

TEST_CASE("what cannot be kept is refused by name") {
  TempDir dir;
  WriteFile(dir / "s/SKILL.md", "s");
  std::string named;
  SECTION("a name that is not UTF-8") {
    WriteFile(dir / "s/sub/\xff\xfe", "x");
    named = "\\xff\\xfe";
  }
  SECTION("a pipe") {
    REQUIRE(::mkfifo((dir / "s/pipe").c_str(), 0600) == 0);
    named = "pipe";
  }
  SECTION("a link to a pipe") {
    REQUIRE(::mkfifo((dir / "elsewhere").c_str(), 0600) == 0);
    fs::create_symlink("../elsewhere", dir / "s/to-pipe");
    named = "to-pipe";
  }
  SECTION("a link to a device without end") {
    fs::create_symlink("/dev/zero", dir / "s/zero");
    named = "zero";
  }
  SECTION("a socket") {
    const int fd = ::socket(AF_UNIX, SOCK_STREAM, 0);
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    (dir / "s/sock").string().copy(address.sun_path, sizeof address.sun_path - 1);
    REQUIRE(::bind(fd, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0);
    ::close(fd);
    named = "sock";
  }
  SECTION("a file of over 256 MiB") {
    WriteFile(dir / "s/huge", "");
    fs::resize_file(dir / "s/huge", (256u << 20) + 1);
    named = "huge";
  }
  const auto content = ReadContent(dir / "s");
  REQUIRE_FALSE(content.ok());
  REQUIRE(content.error().code == Code::kFailed);
  REQUIRE_THAT(content.error().message, Catch::Contains(named));
}

TEST_CASE("what may not be read is an error, never nothing") {
  TempDir dir;
  ::chmod(dir.path().c_str(), 0755);
  WriteFile(dir / "s/SKILL.md", "s");
  WriteFile(dir / "s/secret/key", "k");
  SECTION("a file") {
    ::chmod((dir / "s/SKILL.md").c_str(), 0);
  }
  SECTION("a directory inside") {
    ::chmod((dir / "s/secret").c_str(), 0);
  }
  SECTION("the directory itself") {
    ::chmod((dir / "s").c_str(), 0);
  }
  SECTION("the one above it") {
    ::chmod(dir.path().c_str(), 0);
  }
  {
    const Unprivileged other;
    const auto content = ReadContent(dir / "s");
    REQUIRE_FALSE(content.ok());
    REQUIRE(content.error().code == Code::kFailed);
  }
  for (const auto& path : {dir.path(), dir / "s", dir / "s/secret"}) ::chmod(path.c_str(), 0755);
}

TEST_CASE("a file that goes on changing is unsettled") {
  TempDir dir;
  // Long enough for a write to fall into every reading.
  WriteFile(dir / "s/busy", std::string(32u << 20, 'x'));
  std::atomic<bool> stop = false;
  std::thread writer([&] {
    const int fd = ::open((dir / "s/busy").c_str(), O_WRONLY);
    for (char c = 'a'; !stop; c = c == 'z' ? 'a' : static_cast<char>(c + 1)) {
      if (::pwrite(fd, &c, 1, 7) != 1) std::abort();
    }
    ::close(fd);
  });
  const auto content = ReadContent(dir / "s");
  stop = true;
  writer.join();
  REQUIRE_FALSE(content.ok());
  REQUIRE(content.error().code == Code::kConflict);
  REQUIRE_THAT(content.error().message, Catch::Contains("unsettled") && Catch::Contains("busy"));
  REQUIRE(Require(ReadContent(dir / "s")).files.size() == 1);
}

TEST_CASE("a directory whose files come and go is unsettled or read as it was at one moment") {
  TempDir dir;
  for (int i = 0; i < 200; ++i) WriteFile(dir / ("s/" + std::to_string(i)), "x");
  std::atomic<bool> stop = false;
  // At every moment 200 files stand there, the last of them under one of two names.
  std::thread mover([&] {
    for (bool away = false; !stop; away = !away) {
      fs::rename(dir / (away ? "s/moved" : "s/7"), dir / (away ? "s/7" : "s/moved"));
    }
  });
  for (int i = 0; i < 50; ++i) {
    const auto content = ReadContent(dir / "s");
    if (content.ok()) {
      REQUIRE(content->files.size() == 200);
    } else {
      REQUIRE(content.error().code == Code::kConflict);
    }
  }
  stop = true;
  mover.join();
}

}  // namespace
}  // namespace skilltrail::collection

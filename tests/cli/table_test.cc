#include "cli/table.h"

#include <fcntl.h>
#include <signal.h>
#include <unistd.h>

#include <catch2/catch.hpp>
#include <functional>

#include "tests/support/temp_dir.h"

namespace skilltrail::cli {
namespace {

using skilltrail::testing::ReadFile;
using skilltrail::testing::TempDir;

// What is printed on stdout meanwhile.
std::string Printed(const std::function<void(Output&)>& print) {
  const TempDir dir;
  const int kept = dup(STDOUT_FILENO);
  const int file = open((dir / "out").c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
  dup2(file, STDOUT_FILENO);
  {
    Output out;
    print(out);
    REQUIRE(out.Finish().ok());
  }
  dup2(kept, STDOUT_FILENO);
  close(file);
  close(kept);
  return ReadFile(dir / "out");
}

TEST_CASE("columns are as wide as their widest cell, numbers stand right, nothing stands behind the last word") {
  const auto printed = Printed([](Output& out) {
    Table table({{.title = "NAME"}, {.title = "N", .right = true}, {.title = "WHAT"}});
    table.Add({{"pdf"}, {"7"}, {""}});
    table.Add({{"\xe6\xbc\xa2\xe5\xad\x97-long"}, {"123"}, {"two\nlines"}});
    table.Print(out);
  });
  REQUIRE(printed ==
          "NAME         N  WHAT\n"
          "pdf          7\n"
          "\xe6\xbc\xa2\xe5\xad\x97-long  123  two lines\n");
}

TEST_CASE("a table without rows prints nothing") {
  REQUIRE(Printed([](Output& out) {
            Table table({{.title = "NAME"}});
            table.Print(out);
          }).empty());
}

TEST_CASE("rows that come later keep the columns and are not titled again") {
  const auto printed = Printed([](Output& out) {
    Table table({{.title = "A"}, {.title = "B"}});
    table.Add({{"wide"}, {"1"}});
    table.Print(out);
    table.Add({{"x"}, {"2"}});
    table.Print(out);
  });
  REQUIRE(printed == "A     B\nwide  1\nx     2\n");
}

TEST_CASE("a full disk is told, a reader that went away is not") {
  signal(SIGPIPE, SIG_IGN);
  const auto finish = [](const char* path, bool pipe_without_reader) {
    const int kept = dup(STDOUT_FILENO);
    int ends[2] = {-1, -1};
    if (pipe_without_reader) {
      REQUIRE(pipe(ends) == 0);
      close(ends[0]);
    } else {
      ends[1] = open(path, O_WRONLY | O_CLOEXEC);
    }
    dup2(ends[1], STDOUT_FILENO);
    Output out;
    out.Write("text");
    auto status = out.Finish();
    dup2(kept, STDOUT_FILENO);
    close(ends[1]);
    close(kept);
    return status;
  };
  const auto full = finish("/dev/full", false);
  REQUIRE_FALSE(full.ok());
  REQUIRE(full.error().message == "writing the answer to stdout: No space left on device");
  REQUIRE(finish(nullptr, true).ok());
}

}  // namespace
}  // namespace skilltrail::cli

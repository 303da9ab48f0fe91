#include "events/late_library.h"

#include <sys/wait.h>
#include <unistd.h>

#include <functional>
#include <string>
#include <tuple>

#include <catch2/catch.hpp>

namespace skilltrail {
namespace {

struct Ended {
  int code = -1;
  std::string said;
};

// What a process of its own ends with, and says on stderr.
Ended InChild(const std::function<void()>& work) {
  int pipe[2];
  REQUIRE(::pipe(pipe) == 0);
  const pid_t child = ::fork();
  REQUIRE(child >= 0);
  if (child == 0) {
    ::dup2(pipe[1], STDERR_FILENO);
    work();
    ::_exit(0);
  }
  ::close(pipe[1]);
  Ended ended;
  char buffer[512];
  for (ssize_t got = 0; (got = ::read(pipe[0], buffer, sizeof buffer)) > 0;) ended.said.append(buffer, static_cast<size_t>(got));
  ::close(pipe[0]);
  int status = 0;
  REQUIRE(::waitpid(child, &status, 0) == child);
  REQUIRE(WIFEXITED(status));
  ended.code = WEXITSTATUS(status);
  return ended;
}

TEST_CASE("a function of a late library is that library's") {
  const LateLibrary math("libm.so.6", "libc6");
  REQUIRE(math.Find<double(double)>("floor")(2.5) == 2.0);
}

TEST_CASE("a late library that is not there, or lacks a function, is named with its package") {
  const Ended absent = InChild([] { const LateLibrary library("libabsent.so.7", "libabsent7"); });
  REQUIRE(absent.code == 1);
  REQUIRE(absent.said.find("error: a library is missing: libabsent.so.7") != std::string::npos);
  REQUIRE(absent.said.find("hint: install libabsent7") != std::string::npos);
  const Ended lacking = InChild([] { std::ignore = LateLibrary("libm.so.6", "libc6").Find<void()>("no_such_function"); });
  REQUIRE(lacking.code == 1);
  REQUIRE(lacking.said.find("no_such_function") != std::string::npos);
}

}  // namespace
}  // namespace skilltrail

// Process: another program, started by exec, whose standard output is read here. It is killed with the object.
#pragma once

#include <fcntl.h>
#include <spawn.h>
#include <sys/types.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <csignal>
#include <stdexcept>
#include <string>
#include <vector>

namespace skilltrail::testing {

class Process {
 public:
  explicit Process(std::vector<std::string> arguments) {
    std::array<int, 2> ends{};
    if (::pipe2(ends.data(), O_CLOEXEC) != 0) throw std::runtime_error("pipe2 failed");
    output_ = ends[0];
    std::vector<char*> argv;
    for (std::string& argument : arguments) argv.push_back(argument.data());
    argv.push_back(nullptr);
    posix_spawn_file_actions_t actions;
    ::posix_spawn_file_actions_init(&actions);
    ::posix_spawn_file_actions_adddup2(&actions, ends[1], STDOUT_FILENO);
    const int error = ::posix_spawn(&pid_, argv[0], &actions, nullptr, argv.data(), environ);
    ::posix_spawn_file_actions_destroy(&actions);
    ::close(ends[1]);
    if (error != 0) throw std::runtime_error("cannot start " + arguments[0]);
  }
  ~Process() {
    if (pid_ > 0) {
      Kill();
      Wait();
    }
    ::close(output_);
  }
  Process(const Process&) = delete;
  Process& operator=(const Process&) = delete;

  pid_t pid() const { return pid_; }
  void Kill() const { ::kill(pid_, SIGKILL); }
  // Waits for one whole line; empty if its output ends before.
  std::string ReadLine() const {
    std::string line;
    for (char c = 0; ::read(output_, &c, 1) == 1;) {
      line.push_back(c);
      if (c == '\n') return line;
    }
    return {};
  }
  // All that it writes, until it closes its output.
  std::string ReadAll() const {
    std::string out;
    std::array<char, 4096> buffer{};
    for (ssize_t size = 0; (size = ::read(output_, buffer.data(), buffer.size())) > 0;)
      out.append(buffer.data(), static_cast<size_t>(size));
    return out;
  }
  // Its exit status; -1 if a signal ended it.
  int Wait() {
    int status = 0;
    ::waitpid(pid_, &status, 0);
    pid_ = -1;
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
  }

 private:
  pid_t pid_ = -1;
  int output_ = -1;
};

}  // namespace skilltrail::testing

#include "tests/system/program.h"

#include <fcntl.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <csignal>
#include <stdexcept>
#include <thread>

#include "tests/support/temp_dir.h"

namespace skilltrail::testing {
namespace {

std::vector<char*> Pointers(std::vector<std::string>& strings) {
  std::vector<char*> pointers;
  for (std::string& string : strings) pointers.push_back(string.data());
  pointers.push_back(nullptr);
  return pointers;
}

}  // namespace

Program::Program(const std::vector<std::string>& arguments, const std::map<std::string, std::string>& environment,
                 const std::filesystem::path& scratch) {
  static std::atomic<int> started = 0;
  const auto number = std::to_string(++started);
  out_ = scratch / ("stdout." + number);
  err_ = scratch / ("stderr." + number);
  std::vector<std::string> argument_strings = arguments;
  std::vector<std::string> variable_strings;
  for (const auto& [name, value] : environment) variable_strings.push_back(name + "=" + value);
  const auto argv = Pointers(argument_strings);
  const auto envp = Pointers(variable_strings);
  posix_spawn_file_actions_t actions;
  ::posix_spawn_file_actions_init(&actions);
  ::posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
  ::posix_spawn_file_actions_addopen(&actions, STDOUT_FILENO, out_.c_str(), O_WRONLY | O_CREAT | O_TRUNC, 0644);
  ::posix_spawn_file_actions_addopen(&actions, STDERR_FILENO, err_.c_str(), O_WRONLY | O_CREAT | O_TRUNC, 0644);
  const int error = ::posix_spawnp(&pid_, argv[0], &actions, nullptr, argv.data(), envp.data());
  ::posix_spawn_file_actions_destroy(&actions);
  if (error != 0) throw std::runtime_error("cannot start " + arguments[0]);
}

Program::~Program() {
  if (code_) return;
  ::kill(pid_, SIGKILL);
  ::waitpid(pid_, nullptr, 0);
}

bool Program::Running() {
  if (code_) return false;
  int status = 0;
  if (::waitpid(pid_, &status, WNOHANG) == 0) return true;
  code_ = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
  return false;
}

void Program::Signal(int signal) const {
  if (!code_) ::kill(pid_, signal);
}

Ending Program::Wait(std::chrono::seconds at_most) {
  const auto until = std::chrono::steady_clock::now() + at_most;
  while (Running()) {
    if (std::chrono::steady_clock::now() > until) throw std::runtime_error("a program ran too long; it printed " + ReadFile(err_));
    std::this_thread::sleep_for(std::chrono::milliseconds(2));
  }
  return Ending{.code = *code_, .out = ReadFile(out_), .err = ReadFile(err_)};
}

}  // namespace skilltrail::testing

// Program: the built skilltrail as another process, with an environment of its own.
#pragma once

#include <sys/types.h>

#include <chrono>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace skilltrail::testing {

struct Ending {
  int code = 0;  // 128 and the signal if one ended it
  std::string out;
  std::string err;
};

// A started process; killed and reaped with the object. What it prints goes to files, so that it never waits for a reader.
class Program {
 public:
  // `scratch` is an existing directory for its output; the first argument is the executable's path or a name in PATH.
  Program(const std::vector<std::string>& arguments, const std::map<std::string, std::string>& environment,
          const std::filesystem::path& scratch);
  ~Program();
  Program(const Program&) = delete;
  Program& operator=(const Program&) = delete;

  pid_t pid() const { return pid_; }
  bool Running();
  void Signal(int signal) const;
  // Waits for its end. After `at_most` it is killed and std::runtime_error thrown.
  Ending Wait(std::chrono::seconds at_most = std::chrono::seconds(120));

 private:
  pid_t pid_ = -1;
  std::optional<int> code_;
  std::filesystem::path out_;
  std::filesystem::path err_;
};

}  // namespace skilltrail::testing

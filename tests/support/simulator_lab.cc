#include <fcntl.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <map>
#include <memory>
#include <nlohmann/json.hpp>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "tests/support/sim_control.h"
#include "tests/support/temp_dir.h"
#include "tests/support/upstream_lab.h"

namespace skilltrail::testing {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;

// A program that runs until this is destroyed; its standard input and output can be given.
class Program {
 public:
  Program(const std::vector<std::string>& words, int input, int output) {
    std::vector<char*> arguments;
    for (const auto& word : words) arguments.push_back(const_cast<char*>(word.c_str()));
    arguments.push_back(nullptr);
    pid_ = ::fork();
    if (pid_ < 0) throw std::runtime_error("fork failed");
    if (pid_ > 0) return;
    if (input >= 0) ::dup2(input, STDIN_FILENO);
    if (output >= 0) ::dup2(output, STDOUT_FILENO);
    ::execvp(arguments[0], arguments.data());
    ::_exit(127);
  }
  ~Program() {
    if (pid_ <= 0) return;
    ::kill(pid_, SIGTERM);
    Wait();
  }
  Program(const Program&) = delete;
  Program& operator=(const Program&) = delete;
  int Wait() {
    int status = 0;
    ::waitpid(std::exchange(pid_, -1), &status, 0);
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
  }

 private:
  pid_t pid_ = -1;
};

bool Runs(const std::vector<std::string>& words) {
  const int nowhere = ::open("/dev/null", O_RDWR | O_CLOEXEC);
  const int status = Program(words, nowhere, nowhere).Wait();
  ::close(nowhere);
  return status == 0;
}

fs::path SimulatorPath() {
  const char* shared = std::getenv("SKILLTRAIL_SHARED");
  const fs::path root = shared != nullptr ? fs::path(shared) : fs::path(SKILLTRAIL_SOURCE_DIR).parent_path() / "shared";
  return root / "github_sim" / "github_sim.py";
}

std::string DataCommand(const std::string& bytes) {
  return "data " + std::to_string(bytes.size()) + "\n" + bytes + "\n";
}

// The history as git fast-import reads it. Author and message are those that GithubRepository::Commit hashes.
std::string ImportStream(const GithubRepository& repository) {
  std::string stream;
  std::map<std::string, std::string> marks;  // by commit id: what is being imported is not to be had by its id yet
  for (const auto& commit : repository.commits()) {
    const std::string person = "Acme Agents <agents@acme.example> " + std::to_string(commit.date_s) + " +0000\n";
    const std::string mark = marks.emplace(commit.sha, ":" + std::to_string(marks.size() + 1)).first->second;
    stream += "commit refs/heads/" + repository.facts.default_branch + "\nmark " + mark + "\nauthor " + person + "committer " + person +
              DataCommand(commit.message + "\n");
    stream += "deleteall\n";
    for (const auto& [path, file] : *repository.FilesOf(commit.sha)) {
      if (file.mode == "160000") {
        stream += "M 160000 " + file.bytes + " " + path + "\n";
      } else {
        stream += "M " + file.mode + " inline " + path + "\n" + DataCommand(file.bytes);
      }
    }
  }
  for (const auto& [ref, sha] : repository.refs()) {
    const std::string name = (ref.find('/') == std::string::npos ? "refs/tags/" : "refs/heads/") + ref;
    stream += "reset " + name + "\nfrom " + marks.at(sha) + "\n\n";
  }
  return stream;
}

class SimulatorLab final : public NetworkLab {
 public:
  SimulatorLab() = default;

  bool Start(const fs::path& program, const Stock& stock) {
    GithubWorld world;
    stock(world);
    for (const auto* repository : world.All()) {
      std::string name = repository->full_name();
      name[name.find('/')] = '+';
      if (!WriteGitRepository(*repository, (folder_ / (name + ".git")).string())) return false;
    }
    int ends[2];
    if (::pipe2(ends, O_CLOEXEC) != 0) throw std::runtime_error("pipe failed");
    const std::vector<std::string> words = {"python3", program.string(), "--repos", folder_.path().string(), "--token", "good-token"};
    program_ = std::make_unique<Program>(words, -1, ends[1]);
    ::close(ends[1]);
    std::unique_ptr<FILE, int (*)(FILE*)> said(::fdopen(ends[0], "r"), &std::fclose);
    char line[256] = "";
    if (std::fgets(line, sizeof line, said.get()) == nullptr) return false;
    url_ = line;
    url_ = url_.substr(url_.find("http"));
    url_.pop_back();
    for (const auto* repository : world.All()) Describe(*repository);
    return true;
  }

 private:
  void Describe(const GithubRepository& repository) {
    const GithubFacts& facts = repository.facts;
    const auto text = [](const std::string& value) { return value.empty() ? json() : json(value); };
    Set({{"repo", repository.full_name()},
         {"id", facts.id},
         {"topics", facts.topics},
         {"description", text(facts.description)},
         {"license", text(facts.license)},
         {"private", facts.is_private}});
  }

  TempDir folder_;
  std::unique_ptr<Program> program_;
};

}  // namespace

bool WriteGitRepository(const GithubRepository& repository, const std::string& path) {
  if (!Runs({"git", "init", "--quiet", "--bare", "--initial-branch", repository.facts.default_branch, path})) return false;
  const TempDir folder;
  WriteFile(folder / "stream", ImportStream(repository));
  const int stream = ::open((folder / "stream").c_str(), O_RDONLY | O_CLOEXEC);
  const int status = Program({"git", "--git-dir", path, "fast-import", "--quiet"}, stream, -1).Wait();
  ::close(stream);
  return status == 0;
}

std::unique_ptr<NetworkLab> MakeSimulatorLab(const Stock& stock) {
  const fs::path program = SimulatorPath();
  if (!fs::exists(program) || !Runs({"python3", "--version"}) || !Runs({"git", "--version"})) return nullptr;
  auto lab = std::make_unique<SimulatorLab>();
  if (!lab->Start(program, stock)) throw std::runtime_error(program.string() + " did not start");
  return lab;
}

}  // namespace skilltrail::testing

// skilltrail_transcript PROGRAM GITHUB-DATA FILE: plays a transcript (transcript.h) in a home of its own against the built program; of a
// page of Markdown its console blocks. 0 if every step answers as it says. With TRANSCRIPT_UPDATE=1 it writes down what is printed instead.
#include <sys/wait.h>

#include <cstdlib>
#include <exception>
#include <fstream>
#include <iostream>
#include <memory>
#include <nlohmann/json.hpp>
#include <stdexcept>
#include <string>

#include "tests/cli/transcript.h"
#include "tests/support/github_server.h"
#include "tests/support/temp_dir.h"

namespace {

namespace fs = std::filesystem;
using skilltrail::testing::Generalised;
using skilltrail::testing::GithubServer;
using skilltrail::testing::Lines;
using skilltrail::testing::Matches;
using skilltrail::testing::ReadFile;
using skilltrail::testing::Step;
using skilltrail::testing::TempDir;
using skilltrail::testing::Transcript;
using skilltrail::testing::WriteFile;

// Names in single quotes for the shell; those of temporary directories and of the build hold none themselves.
std::string Quoted(const std::string& text) {
  return "'" + text + "'";
}

class Session {
 public:
  Session(const fs::path& program, bool github, const fs::path& github_data) : home_(dir_ / "home") {
    fs::create_directories(home_);
    environment_ = "env -i PATH=" + Quoted(program.parent_path().string() + ":/usr/bin:/bin") + " HOME=" + Quoted(home_.string()) +
                   " TZ=UTC LC_ALL=C.UTF-8 SKILLTRAIL_ACTOR=ada@lovelace";
    if (!github) return;
    server_ = std::make_unique<GithubServer>(skilltrail::testing::GithubServerOptions{});
    server_->site().With([&](auto& world) { world.Load(github_data); });
    environment_ += " SKILLTRAIL_GITHUB_API=" + server_->url();
  }

  std::vector<std::string> Play(const Step& step) { return step.control ? Control(step.command) : Run(step.command); }

 private:
  std::vector<std::string> Control(const std::string& line) {
    const auto space = line.find(' ');
    const auto answer = server_->site().Control(line.substr(0, space), nlohmann::json::parse(line.substr(space + 1)));
    if (answer.is_object() && answer.contains("error")) return {"! " + answer["error"].get<std::string>()};
    return {};
  }

  std::vector<std::string> Run(const std::string& command) {
    WriteFile(dir_ / "command", "cd \"$HOME\"\n" + command + "\n");
    const auto file = [&](const char* name) { return Quoted((dir_ / name).string()); };
    const int status =
        std::system((environment_ + " sh " + file("command") + " < /dev/null > " + file("stdout") + " 2> " + file("stderr")).c_str());
    auto printed = Lines(Portable(ReadFile(dir_ / "stdout")));
    for (const auto& line : Lines(Portable(ReadFile(dir_ / "stderr")))) printed.push_back("! " + line);
    const int code = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
    if (code != 0) printed.push_back("[exit " + std::to_string(code) + "]");
    return printed;
  }

  std::string Portable(std::string text) const {
    const auto home = home_.string();
    for (size_t at = text.find(home); at != std::string::npos; at = text.find(home, at)) text.replace(at, home.size(), "$HOME");
    return text;
  }

  TempDir dir_;
  fs::path home_;
  std::string environment_;
  std::unique_ptr<GithubServer> server_;
};

std::string Updated(const Transcript& transcript, const std::vector<std::vector<std::string>>& printed) {
  std::string out;
  for (const auto& line : transcript.heading) out += line + "\n";
  for (size_t i = 0; i < transcript.steps.size(); ++i) {
    const auto& step = transcript.steps[i];
    auto lines = Lines(step.command);
    for (size_t j = 0; j < lines.size(); ++j) out += (j > 0 ? "> " : step.control ? "% " : "$ ") + lines[j] + "\n";
    if (Matches(step.expected, printed[i])) {
      for (const auto& line : step.expected) out += line + "\n";
    } else {
      for (const auto& line : printed[i]) out += Generalised(line) + "\n";
      out += "\n";
      for (const auto& line : step.expected) {
        if (line.starts_with("#")) out += line + "\n";
      }
    }
  }
  return out;
}

// A page shows what a terminal shows: stderr without the mark that a transcript gives it.
void WithoutMarks(std::vector<std::string>& printed) {
  for (auto& line : printed) {
    if (line.starts_with("! ")) line.erase(0, 2);
  }
}

int Play(const fs::path& program, const fs::path& github_data, const fs::path& file) {
  const bool page = file.extension() == ".md";
  const auto transcript = page ? skilltrail::testing::ParsePage(ReadFile(file)) : skilltrail::testing::ParseTranscript(ReadFile(file));
  if (transcript.steps.empty()) throw std::runtime_error(file.string() + " holds no step");
  bool github = false;
  for (const auto& step : transcript.steps) github = github || step.control;
  Session session(program, github, github_data);
  std::vector<std::vector<std::string>> printed;
  int failures = 0;
  for (const auto& step : transcript.steps) {
    printed.push_back(session.Play(step));
    if (page) WithoutMarks(printed.back());
    if (Matches(step.expected, printed.back())) continue;
    ++failures;
    std::cout << file.string() << ":" << step.line << ": " << step.command << "\nexpected:\n";
    for (const auto& line : step.expected) std::cout << "  " << line << "\n";
    std::cout << "printed:\n";
    for (const auto& line : printed.back()) std::cout << "  " << line << "\n";
  }
  if (failures > 0 && !page && std::getenv("TRANSCRIPT_UPDATE") != nullptr) WriteFile(file, Updated(transcript, printed));
  return failures == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 4) {
    std::cerr << "usage: skilltrail_transcript PROGRAM GITHUB-DATA FILE\n";
    return 2;
  }
  try {
    return Play(fs::absolute(argv[1]), argv[2], argv[3]);
  } catch (const std::exception& failed) {
    std::cerr << "error: " << failed.what() << "\n";
    return EXIT_FAILURE;
  }
}

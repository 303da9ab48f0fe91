// skilltrail_github_server: serves repositories from a folder as api.github.com would, on a loopback port.
#include <csignal>
#include <cstdlib>
#include <exception>
#include <filesystem>
#include <iostream>
#include <optional>
#include <string>
#include <vector>

#include "tests/support/github_server.h"

namespace {

using skilltrail::testing::GithubServer;
using skilltrail::testing::GithubServerOptions;

constexpr const char* kUsage =
    "usage: skilltrail_github_server --data DIR [--port N] [--latency-ms N] [--limit N] [--token T]...\n"
    "  DIR holds OWNER+NAME/meta.json and OWNER+NAME/commits/NN-subject/, each a whole tree\n";

struct Arguments {
  GithubServerOptions server;
  std::string data;
};

// Nothing if they are not those of the usage.
std::optional<Arguments> Read(const std::vector<std::string>& words) {
  Arguments arguments;
  if (words.size() % 2 != 0) return std::nullopt;
  for (size_t i = 0; i < words.size(); i += 2) {
    const std::string& value = words[i + 1];
    if (words[i] == "--data") {
      arguments.data = value;
    } else if (words[i] == "--port") {
      arguments.server.port = static_cast<unsigned short>(std::stoi(value));
    } else if (words[i] == "--latency-ms") {
      arguments.server.site.latency_ms = std::stoi(value);
    } else if (words[i] == "--limit") {
      arguments.server.site.limit = std::stoll(value);
    } else if (words[i] == "--token") {
      arguments.server.site.tokens.push_back(value);
    } else {
      return std::nullopt;
    }
  }
  if (arguments.data.empty()) return std::nullopt;
  return arguments;
}

int Serve(const Arguments& arguments) {
  // Blocked before the first thread is made, so that every thread leaves them to sigwait.
  sigset_t ends;
  sigemptyset(&ends);
  sigaddset(&ends, SIGTERM);
  sigaddset(&ends, SIGINT);
  pthread_sigmask(SIG_BLOCK, &ends, nullptr);
  GithubServer server(arguments.server);
  server.site().With([&](auto& world) { world.Load(arguments.data); });
  std::cout << "listening on " << server.url() << std::endl;
  int received = 0;
  sigwait(&ends, &received);
  return EXIT_SUCCESS;
}

}  // namespace

int main(int count, char** words) {
  try {
    const auto arguments = Read({words + 1, words + count});
    if (arguments) return Serve(*arguments);
    std::cerr << kUsage;
    return 2;
  } catch (const std::exception& failed) {
    std::cerr << "error: " << failed.what() << "\n";
    return EXIT_FAILURE;
  }
}

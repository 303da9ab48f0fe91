#include "cli/invocation.h"

#include <unistd.h>

#include <iostream>
#include <system_error>

#include <fmt/format.h>

#include "cli/text.h"
#include "engine/deploy/deploy.h"

namespace skilltrail::cli {

Result<std::unique_ptr<upstream::Upstream>> Invocation::OpenGithub() const {
  ASSIGN_OR_RETURN(auto options, ReadGithub(arguments, environment));
  options.interrupted = context.interrupted;
  return upstream::MakeGithub(std::move(options));
}

Result<std::filesystem::path> Invocation::Project() const {
  std::error_code fault;
  const auto cwd = std::filesystem::current_path(fault);
  if (fault) return Error{Code::kFailed, fmt::format("finding the working directory: {}", fault.message()), {}};
  return deploy::FindProject(arguments.Value("project"), cwd);
}

Result<bool> Invocation::Confirm(const std::string& question) const {
  if (settings.yes) return true;
  if (isatty(STDIN_FILENO) != 1 || isatty(STDERR_FILENO) != 1) {
    return Error{Code::kUsage, fmt::format("{} needs a yes, and there is no terminal to ask on", question), "give --yes"};
  }
  std::cerr << Printable(question) << "? [y/N] " << std::flush;
  std::string answer;
  std::getline(std::cin, answer);
  return answer == "y" || answer == "Y" || answer == "yes";
}

}  // namespace skilltrail::cli

// Invocation: all that a command gets: its arguments, what was set, the engine's context, and where to print.
#pragma once

#include <filesystem>
#include <functional>
#include <memory>
#include <string>

#include "cli/arguments.h"
#include "cli/exit_codes.h"
#include "cli/output.h"
#include "cli/settings.h"
#include "engine/session/context.h"
#include "engine/session/reading.h"
#include "engine/upstream/upstream.h"
#include "events/result.h"

namespace skilltrail::cli {

struct Invocation {
  const Arguments& arguments;
  const Settings& settings;
  const Environment& environment;
  Context context;
  Output& out;

  Result<std::unique_ptr<Reading>> OpenReading() const { return Reading::Open(context); }
  Result<std::unique_ptr<upstream::Upstream>> OpenGithub() const;
  // The project that --project, or else the working directory, means.
  Result<std::filesystem::path> Project() const;
  Micros now() const { return context.clock->Now(); }

  // True if a person at a terminal says yes, or --yes was given. kUsage naming --yes where nobody can be asked.
  Result<bool> Confirm(const std::string& question) const;
};

}  // namespace skilltrail::cli

#include "engine/query/head.h"

#include <nlohmann/json.hpp>

#include "cli/commands/commands.h"
#include "cli/documents/snapshot.h"
#include "cli/invocation.h"
#include "cli/key_file.h"

namespace skilltrail::cli {
namespace {

Result<int> Run(Invocation& in) {
  std::string key;
  if (in.arguments.Has("sign")) {
    ASSIGN_OR_RETURN(key, ReadKeyFile(in.arguments, "sign"));
  }
  ASSIGN_OR_RETURN(const auto reading, in.OpenReading());
  auto report = query::Head(*reading, key);
  if (!report.ok() && report.error().code == Code::kUsage && !key.empty()) {
    return Error{Code::kUsage, "--sign " + in.arguments.Value("sign") + ": " + report.error().message, report.error().hint};
  }
  if (!report.ok()) return report.error();
  if (in.settings.json) {
    in.out.Document(documents::HeadJson(*report));
  } else {
    in.out.Write(report->head.line() + "\n");
  }
  return kDone;
}

}  // namespace

Command HeadCommand() {
  using enum Option::Arity;
  return {.path = "head",
          .summary = "print one line that says what the log is: its store, its length, its hash",
          .options = {{.name = "sign",
                       .arity = kOne,
                       .metavar = "KEY",
                       .help = "sign it with an Ed25519 private key in PEM",
                       .completes = Completes::kFile}},
          .examples = {{"head --sign key.pem", "a line for a commit message; `verify --head` checks it"},
                       {"head --at yesterday", "what it was"}},
          .exit_codes = {kNotFoundExit, kCorruptExit},
          .takes_at = true,
          .run = Run};
}

}  // namespace skilltrail::cli

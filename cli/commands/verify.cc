#include "engine/query/verify.h"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "cli/commands/commands.h"
#include "cli/documents/snapshot.h"
#include "cli/invocation.h"
#include "cli/key_file.h"
#include "cli/text.h"
#include "engine/query/head.h"

namespace skilltrail::cli {
namespace {

// What --head and --pubkey ask, added to the report.
Status CheckHead(Reading& reading, const std::string& key, Invocation& in, query::VerifyReport& report) {
  if (key.empty()) return {};
  ASSIGN_OR_RETURN(const auto wrong, query::CheckHead(reading, in.arguments.Value("head"), key));
  if (!wrong) return {};
  report.problems.push_back(*wrong);
  report.ok = false;
  return {};
}

Result<query::VerifyReport> Verify(const std::string& key, Invocation& in) {
  ASSIGN_OR_RETURN(const auto reading, in.OpenReading());
  ASSIGN_OR_RETURN(auto report, query::Verify(*reading, in.arguments.Has("full")));
  RETURN_IF_ERROR(CheckHead(*reading, key, in, report));
  return report;
}

Result<int> Run(Invocation& in) {
  std::string key;
  if (in.arguments.Has("head") != in.arguments.Has("pubkey")) {
    return Error{Code::kUsage, "verify: --head and --pubkey belong together",
                 "give the line that `skilltrail head --sign KEY` printed, and the file of the public key"};
  }
  if (in.arguments.Has("pubkey")) {
    ASSIGN_OR_RETURN(key, ReadKeyFile(in.arguments, "pubkey"));
    RETURN_IF_ERROR(ParseHead(in.arguments.Value("head")));
  }
  auto verified = Verify(key, in);
  // What is too damaged to be read through is a finding all the same, and has the command's own document.
  if (!verified.ok() && (verified.error().code != Code::kCorrupt || !in.settings.json)) return verified.error();
  query::VerifyReport report;
  if (verified.ok()) {
    report = std::move(*verified);
  } else {
    report.problems.push_back(verified.error().message);
    in.out.PrintError(verified.error(), {});
  }
  if (in.settings.json) {
    in.out.Document(documents::VerifyJson(report));
  } else if (report.ok) {
    in.out.Write(fmt::format("ok: {} and {}, head {} {}\n", Count(report.events, "event"), Count(report.blobs, "blob"), report.head_seq,
                             ShortHash(report.head_hash.hex())));
  } else {
    if (report.first_bad != 0) in.out.Write(fmt::format("first bad event: {}\n", report.first_bad));
    for (const auto& problem : report.problems) in.out.Write(OneLine(problem) + "\n");
    in.out.PrintError(
        {Code::kCorrupt, fmt::format("verifying {}: {} found", in.context.store.string(), Count(report.problems.size(), "problem")), {}},
        {});
  }
  return report.ok ? kDone : kCorruptExit;
}

}  // namespace

Command VerifyCommand() {
  using enum Option::Arity;
  return {.path = "verify",
          .summary = "check the log's chain, its index, its anchor and every blob that an event names",
          .options = {{.name = "full", .help = "also read every table file and blob, fold everything anew and compare"},
                      {.name = "head", .arity = kOne, .metavar = "LINE", .help = "the log still contains what `head --sign` said"},
                      {.name = "pubkey",
                       .arity = kOne,
                       .metavar = "FILE",
                       .help = "the Ed25519 public key that vouches for it, in PEM or as a verifier key",
                       .completes = Completes::kFile}},
          .examples = {{"verify --full --json", "down to every byte, for a script"},
                       {"verify --head \"$(git log -1 --format=%b)\" --pubkey key.pub", "against a head that was noted elsewhere"}},
          .exit_codes = {kNotFoundExit, kCorruptExit},
          .run = Run};
}

}  // namespace skilltrail::cli

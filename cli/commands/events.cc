#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <filesystem>
#include <system_error>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "cli/commands/commands.h"
#include "cli/documents/upkeep.h"
#include "cli/invocation.h"
#include "cli/text.h"

namespace skilltrail::cli {
namespace {

namespace fs = std::filesystem;

// A file that gets its name when it is whole, and takes nobody else's.
class FreshFile {
 public:
  explicit FreshFile(fs::path path) : path_(std::move(path)), temporary_(path_.string() + ".skilltrail-tmp") {}
  ~FreshFile() {
    if (fd_ < 0) return;
    close(fd_);
    unlink(temporary_.c_str());
  }
  FreshFile(const FreshFile&) = delete;
  FreshFile& operator=(const FreshFile&) = delete;

  Status Open() {
    std::error_code ignored;
    if (fs::exists(fs::symlink_status(path_, ignored))) {
      return Error{Code::kConflict, fmt::format("{} is there already", path_.string()), "name a file that is not"};
    }
    fd_ = open(temporary_.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
    return fd_ < 0 ? Fault("write") : Status();
  }
  Status Write(std::string_view bytes) {
    while (!bytes.empty()) {
      const auto written = write(fd_, bytes.data(), bytes.size());
      if (written < 0 && errno == EINTR) continue;
      if (written < 0) return Fault("write");
      bytes.remove_prefix(static_cast<size_t>(written));
    }
    return {};
  }
  Status Finish() {
    if (fsync(fd_) != 0) return Fault("sync");
    if (link(temporary_.c_str(), path_.c_str()) != 0 && rename(temporary_.c_str(), path_.c_str()) != 0) return Fault("name");
    unlink(temporary_.c_str());
    close(fd_);
    fd_ = -1;
    return {};
  }

 private:
  Error Fault(const char* doing) const {
    return {Code::kFailed, fmt::format("cannot {} {}: {}", doing, path_.string(), std::generic_category().message(errno)), {}};
  }
  fs::path path_, temporary_;
  int fd_ = -1;
};

constexpr size_t kPieceBytes = 1u << 20;

Result<int> Export(Invocation& in) {
  const auto word = in.arguments.Word(0);
  ASSIGN_OR_RETURN(const auto reading, in.OpenReading());
  const bool blobs = !in.arguments.Has("no-blobs");
  if (word == "-") {
    if (in.settings.json) return Error{Code::kUsage, "--json and - both want stdout", "name a FILE"};
    const auto report = upkeep::ExportEvents(*reading, blobs, [&](std::string_view piece) -> Status {
      in.out.Write(piece);
      return in.out.open() ? Status() : Status(Error{Code::kInterrupted, "nobody reads on", {}});
    });
    return report.ok() || !in.out.open() ? Result<int>(kDone) : Result<int>(report.error());
  }
  FreshFile file(AbsolutePath(word));
  RETURN_IF_ERROR(file.Open());
  std::string gathered;
  ASSIGN_OR_RETURN(const auto report, upkeep::ExportEvents(*reading, blobs, [&](std::string_view piece) -> Status {
                     gathered += piece;
                     if (gathered.size() < kPieceBytes) return {};
                     const auto written = file.Write(gathered);
                     gathered.clear();
                     return written;
                   }));
  RETURN_IF_ERROR(file.Write(gathered));
  RETURN_IF_ERROR(file.Finish());
  if (in.settings.json) {
    in.out.Document(documents::EventsExportJson(report, AbsolutePath(word).string()));
  } else {
    in.out.Write(fmt::format("wrote {} and {} to {}: {}\n", Count(report.events, "event"), Count(report.blobs, "blob"), OneLine(word),
                             Size(report.bytes)));
  }
  return kDone;
}

Result<int> Import(Invocation& in) {
  const auto file = AbsolutePath(in.arguments.Word(0));
  ASSIGN_OR_RETURN(const auto report, upkeep::ImportEvents(in.context, file));
  if (in.settings.json) {
    in.out.Document(documents::EventsImportJson(report, file.string(), in.context.dry_run));
    return kDone;
  }
  using Way = upkeep::EventsImportReport::Way;
  if (report.way == Way::kNothing) {
    in.out.Write("the store has all of it\n");
  } else if (in.context.dry_run) {
    in.out.Write(report.way == Way::kContinued ? "the file goes on where the store ends\n" : "the file and the store can be merged\n");
  } else {
    in.out.Write(fmt::format("{} {} and {}, head {} {}\n", report.way == Way::kContinued ? "took over" : "merged",
                             Count(report.events, "event"), Count(report.blobs, "blob"), report.head, ShortHash(report.head_hash.hex())));
    in.out.Note("the log is here; files follow with `skilltrail restore --at @`");
  }
  return kDone;
}

}  // namespace

Command EventsExportCommand() {
  return {.path = "events export",
          .summary = "write the whole log as NDJSON, with bytes, hashes and contents",
          .positionals = {{.name = "FILE", .help = "a new file, or - for stdout", .completes = Completes::kFile}},
          .options = {{.name = "no-blobs", .help = "leave the contents out; the file cannot be imported elsewhere then"}},
          .examples = {{"events export log.ndjson", "for other tools, and for ever"},
                       {"events export - --no-blobs | jq .type", "through a pipe"}},
          .exit_codes = {kNotFoundExit, kConflictExit, kCorruptExit},
          .takes_at = true,
          .run = Export};
}

Command EventsImportCommand() {
  return {.path = "events import",
          .summary = "take in a log that was exported: into a new store the same log, into another what it lacks",
          .positionals = {{.name = "FILE", .help = "what events export wrote", .completes = Completes::kFile}},
          .options = {DryRunOption()},
          .examples = {{"events import log.ndjson --store ~/copy", "a new store with the same events, times and hashes"},
                       {"events import log.ndjson --dry-run", "does the file hold together, and does it fit?"}},
          .exit_codes = {kNotFoundExit, kConflictExit, kBusyExit, kCorruptExit},
          .use = Use::kWrites,
          .run = Import};
}

}  // namespace skilltrail::cli

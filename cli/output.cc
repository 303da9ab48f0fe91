#include "cli/output.h"

#include <fcntl.h>
#include <spawn.h>
#include <sys/ioctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <system_error>
#include <tuple>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "cli/secrets.h"
#include "cli/text.h"

extern char** environ;

namespace skilltrail::cli {
namespace {

constexpr size_t kBufferBytes = 64 << 10;
constexpr size_t kUsualColumns = 80;

const char* Escape(Paint paint) {
  switch (paint) {
    case Paint::kNone:
      return "";
    case Paint::kBold:
      return "\x1b[1m";
    case Paint::kDim:
      return "\x1b[2m";
    case Paint::kRed:
      return "\x1b[31m";
    case Paint::kGreen:
      return "\x1b[32m";
    case Paint::kYellow:
      return "\x1b[33m";
    case Paint::kCyan:
      return "\x1b[36m";
  }
  return "";
}

std::string Wrap(std::string_view text, Paint paint, bool color) {
  return color && paint != Paint::kNone ? fmt::format("{}{}\x1b[0m", Escape(paint), text) : std::string(text);
}

size_t TerminalColumns() {
  winsize size{};
  return ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0 ? size.ws_col : kUsualColumns;
}

bool Wanted(ColorWhen when, int fd) {
  return when == ColorWhen::kAlways || (when == ColorWhen::kAuto && isatty(fd) == 1);
}

// 0, or the errno of what went wrong.
int WriteAll(int fd, std::string_view bytes) {
  while (!bytes.empty()) {
    const auto written = ::write(fd, bytes.data(), bytes.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) return errno;
    bytes.remove_prefix(static_cast<size_t>(written));
  }
  return 0;
}

}  // namespace

Output::Output() : terminal_(isatty(STDOUT_FILENO) == 1), width_(terminal_ ? TerminalColumns() : 0) {}

Output::~Output() {
  std::ignore = Finish();  // Reached with something unsaid only while an exception ends the program.
}

void Output::Configure(const Settings& settings) {
  color_ = Wanted(settings.color, STDOUT_FILENO);
  error_color_ = Wanted(settings.color, STDERR_FILENO);
  use_pager_ = settings.pager;
  quiet_ = settings.quiet;
  verbose_ = settings.verbose;
}

std::string Output::Painted(std::string_view text, Paint paint) const {
  return Wrap(text, paint, color_);
}

void Output::Write(std::string_view text) {
  if (!open()) return;
  buffer_ += text;
  if (buffer_.size() >= kBufferBytes) Flush();
}

void Output::Document(const nlohmann::ordered_json& document) {
  Write(document.dump(2, ' ', false, nlohmann::ordered_json::error_handler_t::replace));
  Write("\n");
}

void Output::StartPager(const Environment& environment) {
  if (!terminal_ || !use_pager_ || pager_ != -1) return;
  auto program = environment("PAGER");
  if (program.empty()) program = "less -FRX";
  int ends[2];
  if (pipe2(ends, O_CLOEXEC) != 0) return;
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_adddup2(&actions, ends[0], STDIN_FILENO);
  const std::string shell = "sh", flag = "-c";
  char* const words[] = {const_cast<char*>(shell.c_str()), const_cast<char*>(flag.c_str()), program.data(), nullptr};
  pid_t child = -1;
  const bool started = posix_spawn(&child, "/bin/sh", &actions, nullptr, words, environ) == 0;
  posix_spawn_file_actions_destroy(&actions);
  close(ends[0]);
  if (!started) {
    close(ends[1]);
    return;
  }
  pager_ = child;
  out_fd_ = ends[1];
}

void Output::Flush() {
  if (open() && !buffer_.empty()) {
    if (progress_ != nullptr) progress_->Clear();
    const int fault = WriteAll(out_fd_, buffer_);
    if (fault == EPIPE) {
      reader_gone_ = true;
    } else {
      fault_ = fault;
    }
  }
  buffer_.clear();
}

Status Output::Finish() {
  Flush();
  if (pager_ != -1) {
    close(out_fd_);
    while (waitpid(pager_, nullptr, 0) < 0 && errno == EINTR) {
    }
    pager_ = -1;
    out_fd_ = STDOUT_FILENO;
  }
  if (fault_ == 0) return {};
  return Error{Code::kFailed, fmt::format("writing the answer to stdout: {}", std::generic_category().message(fault_)), {}};
}

// A failure to tell a person something on stderr can't be told anywhere.
void Output::Tell(std::string_view text) {
  Flush();  // Where both go to one place, the order is that of the telling.
  if (progress_ != nullptr) progress_->Clear();
  std::ignore = WriteAll(STDERR_FILENO, text);
}

void Output::Note(std::string_view text) {
  if (!quiet_) Tell(fmt::format("{}\n", Printable(text)));
}

void Output::Notes(const std::vector<std::string>& notes) {
  for (const auto& note : notes) Note(fmt::format("note: {}", note));
}

void Output::Detail(std::string_view text) {
  if (verbose_) Note(text);
}

void Output::PrintError(const Error& error, const std::vector<std::string>& secrets) {
  Tell(fmt::format("{} {}\n", Wrap("error:", Paint::kRed, error_color_), Printable(ScrubSecrets(error.message, secrets))));
  if (!error.hint.empty())
    Tell(fmt::format("{} {}\n", Wrap("hint:", Paint::kCyan, error_color_), Printable(ScrubSecrets(error.hint, secrets))));
}

}  // namespace skilltrail::cli

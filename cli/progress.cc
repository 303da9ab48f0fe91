#include "cli/progress.h"

#include <unistd.h>

#include <algorithm>
#include <tuple>

#include <fmt/format.h>

#include "cli/text.h"

namespace skilltrail::cli {
namespace {

constexpr Micros kQuietFor = 500'000;
constexpr Micros kRedrawEvery = 100'000;
constexpr size_t kBarColumns = 30;

// A bar that could not be drawn is no loss.
void Draw(const std::string& text) {
  std::ignore = ::write(STDERR_FILENO, text.data(), text.size());
}

}  // namespace

TerminalProgress::TerminalProgress(bool wanted) : shown_(wanted && isatty(STDERR_FILENO) == 1), started_at_(SystemClock().Now()) {}

TerminalProgress::~TerminalProgress() {
  Clear();
}

void TerminalProgress::Update(std::string_view what, uint64_t done, uint64_t total) {
  if (!shown_) return;
  const auto now = SystemClock().Now();
  if (now - started_at_ < kQuietFor || now - drawn_at_ < kRedrawEvery) return;
  drawn_at_ = now;
  if (total == 0) return Draw(fmt::format("\r\x1b[K{} {}", OneLine(what), done));
  const auto filled = static_cast<size_t>(std::min(done, total) * kBarColumns / total);
  Draw(
      fmt::format("\r\x1b[K{} [{}{}] {}/{}", OneLine(what), std::string(filled, '#'), std::string(kBarColumns - filled, ' '), done, total));
}

void TerminalProgress::Clear() {
  if (drawn_at_ == 0) return;
  Draw("\r\x1b[K");
  drawn_at_ = 0;
}

}  // namespace skilltrail::cli

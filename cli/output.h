// Output: the answer on stdout, everything else on stderr.
#pragma once

#include <sys/types.h>

#include <string>
#include <string_view>
#include <vector>

#include <nlohmann/json_fwd.hpp>

#include "cli/progress.h"
#include "cli/settings.h"
#include "events/result.h"

namespace skilltrail::cli {

enum class Paint { kNone, kBold, kDim, kRed, kGreen, kYellow, kCyan };

// Not thread-safe. The answer gathers, and is written when 64 KiB have, before anything is told on stderr, and at the end.
class Output {
 public:
  Output();
  ~Output();
  Output(const Output&) = delete;
  Output& operator=(const Output&) = delete;

  void Configure(const Settings& settings);
  // A bar that leaves the screen before anything is printed; not owned, null to let go of it.
  void Attach(TerminalProgress* progress) { progress_ = progress; }
  bool terminal() const { return terminal_; }
  bool color() const { return color_; }
  // Columns to keep within; 0: no limit, stdout is no terminal.
  size_t width() const { return width_; }
  // The text in that colour, where colour is wanted.
  std::string Painted(std::string_view text, Paint paint) const;

  void Write(std::string_view text);
  // The document, indented, and a line break.
  void Document(const nlohmann::ordered_json& document);
  // A pager between us and the terminal, from now on; nothing happens where stdout is none, or --no-pager was given. PAGER, else less -FRX.
  void StartPager(const Environment& environment);
  // False if nobody reads any more, or writing failed: no use in going on.
  bool open() const { return !reader_gone_ && fault_ == 0; }
  void Flush();
  // Writes what is left, waits for the pager. kFailed if stdout could not be written. A reader that went away is no failure.
  Status Finish();

  // On stderr, at once. Notes are left out by -q, details are printed with -v only.
  void Note(std::string_view text);
  void Notes(const std::vector<std::string>& notes);
  void Detail(std::string_view text);
  // "error: ..." and "hint: ...", without secrets.
  void PrintError(const Error& error, const std::vector<std::string>& secrets);

 private:
  void Tell(std::string_view text);

  std::string buffer_;
  TerminalProgress* progress_ = nullptr;
  bool terminal_ = false;
  bool color_ = false;
  bool error_color_ = false;
  bool use_pager_ = true;
  bool quiet_ = false;
  bool verbose_ = false;
  size_t width_ = 0;
  bool reader_gone_ = false;
  int fault_ = 0;  // errno of the first failed write
  int out_fd_ = 1;
  pid_t pager_ = -1;
};

}  // namespace skilltrail::cli

// TerminalProgress: a bar on stderr while something takes long; only where stderr is a terminal, and only after half a second.
#pragma once

#include <string>

#include "engine/session/context.h"

namespace skilltrail::cli {

class TerminalProgress : public Progress {
 public:
  explicit TerminalProgress(bool wanted);
  ~TerminalProgress() override;
  TerminalProgress(const TerminalProgress&) = delete;
  TerminalProgress& operator=(const TerminalProgress&) = delete;
  void Update(std::string_view what, uint64_t done, uint64_t total) override;
  // Takes the bar off the screen.
  void Clear();

 private:
  const bool shown_;
  Micros started_at_ = 0;
  Micros drawn_at_ = 0;  // 0: no bar stands on the screen
};

}  // namespace skilltrail::cli

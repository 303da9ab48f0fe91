#include "cli/interrupt.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/resource.h>
#include <unistd.h>

#include <tuple>

#include "cli/exit_codes.h"

namespace skilltrail::cli {
namespace {

volatile sig_atomic_t interrupted = 0;
volatile sig_atomic_t graceful = 0;

void OnSignal(int) {
  if (graceful == 0 || interrupted != 0) _exit(kInterruptedExit);
  interrupted = 1;
}

}  // namespace

void InstallSignals(bool writes) {
  graceful = writes ? 1 : 0;
  struct sigaction action {};
  sigemptyset(&action.sa_mask);
  action.sa_handler = OnSignal;
  sigaction(SIGINT, &action, nullptr);
  sigaction(SIGTERM, &action, nullptr);
  action.sa_handler = SIG_IGN;
  sigaction(SIGPIPE, &action, nullptr);
}

bool WasInterrupted() {
  return interrupted != 0;
}

void ReserveStandardDescriptors() {
  for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; ++fd) {
    if (fcntl(fd, F_GETFD) == -1) std::ignore = open("/dev/null", O_RDONLY);
  }
}

void RaiseDescriptorLimit() {
  rlimit limit{};
  if (getrlimit(RLIMIT_NOFILE, &limit) != 0) return;
  limit.rlim_cur = limit.rlim_max;
  std::ignore = setrlimit(RLIMIT_NOFILE, &limit);  // with fewer it goes on, too
}

}  // namespace skilltrail::cli

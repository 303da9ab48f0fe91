// What the benchmarks measure with.
#pragma once

#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <type_traits>
#include <utility>
#include <vector>

#include "events/result.h"

namespace skilltrail::bench {

[[noreturn]] inline void Fail(const char* message) {
  std::fprintf(stderr, "error: %s\n", message);
  std::exit(1);
}

// The value; an error ends the program with its message.
template <class T>
T Take(Result<T> result) {
  if (!result.ok()) Fail(result.error().message.c_str());
  return std::move(result).value();
}
inline void Take(const Status& status) {
  if (!status.ok()) Fail(status.error().message.c_str());
}

class Stopwatch {
 public:
  double Seconds() const { return std::chrono::duration<double>(std::chrono::steady_clock::now() - start_).count(); }
  // Of this thread's processor time, which other programs on the machine hardly change.
  double CpuSeconds() const { return CpuNow() - cpu_start_; }

 private:
  static double CpuNow() {
    timespec now{};
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
    return static_cast<double>(now.tv_sec) + static_cast<double>(now.tv_nsec) / 1e9;
  }
  std::chrono::steady_clock::time_point start_ = std::chrono::steady_clock::now();
  double cpu_start_ = CpuNow();
};

// `values` must not be empty.
inline double Median(std::vector<double> values) {
  const auto middle = values.begin() + static_cast<ptrdiff_t>(values.size() / 2);
  std::nth_element(values.begin(), middle, values.end());
  return *middle;
}

struct Spread {
  double low = 0;
  double median = 0;
  double high = 0;
};
inline Spread SpreadOf(const std::vector<double>& values) {
  const auto [low, high] = std::minmax_element(values.begin(), values.end());
  return {*low, Median(values), *high};
}

// Runs `work` in a process of its own, so that its memory is its own, and returns what it returned. `peak_rss_mib`, if given, gets the
// most memory that process held. The caller must have no threads.
template <class Work>
auto InChild(const Work& work, double* peak_rss_mib = nullptr) {
  using Outcome = decltype(work());
  static_assert(std::is_trivially_copyable_v<Outcome>);
  int ends[2];
  if (pipe(ends) != 0) Fail("cannot make a pipe");
  const pid_t child = fork();
  if (child < 0) Fail("cannot fork");
  if (child == 0) {
    const Outcome outcome = work();
    const bool told = write(ends[1], &outcome, sizeof outcome) == static_cast<ssize_t>(sizeof outcome);
    _exit(told ? 0 : 1);
  }
  close(ends[1]);
  Outcome outcome{};
  const bool whole = read(ends[0], &outcome, sizeof outcome) == static_cast<ssize_t>(sizeof outcome);
  close(ends[0]);
  int status = 0;
  rusage usage{};
  if (wait4(child, &status, 0, &usage) != child || status != 0 || !whole) Fail("a measured process failed");
  constexpr double kKibPerMib = 1024;
  if (peak_rss_mib != nullptr) *peak_rss_mib = static_cast<double>(usage.ru_maxrss) / kKibPerMib;
  return outcome;
}

}  // namespace skilltrail::bench

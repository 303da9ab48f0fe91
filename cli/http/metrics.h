// Metrics: counts of what was served, in Prometheus' text format.
#pragma once

#include <array>
#include <chrono>
#include <cstdint>
#include <map>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

namespace skilltrail::cli::http {

// Thread-safe.
class Metrics {
 public:
  // `route` is an operationId, or "none".
  void Count(const std::string& route, int status, std::chrono::microseconds took, uint64_t bytes);
  // The counts, and gauges by name ("skilltrail_log_head") with their help.
  struct Gauge {
    std::string name;
    std::string help;
    double value = 0;
  };
  std::string Text(const std::vector<Gauge>& gauges) const;

 private:
  static constexpr std::array<double, 10> kBounds = {0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.5, 2.5, 10};  // seconds
  struct Timing {
    std::array<uint64_t, kBounds.size() + 1> in{};
    double seconds = 0;
  };
  mutable std::mutex mutex_;
  std::map<std::pair<std::string, int>, uint64_t> requests_;
  std::map<std::string, Timing> timings_;
  uint64_t bytes_ = 0;
};

}  // namespace skilltrail::cli::http

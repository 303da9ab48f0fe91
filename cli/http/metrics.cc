#include "cli/http/metrics.h"

#include <algorithm>

#include <fmt/format.h>

namespace skilltrail::cli::http {

void Metrics::Count(const std::string& route, int status, std::chrono::microseconds took, uint64_t bytes) {
  const double seconds = static_cast<double>(took.count()) / 1e6;
  const auto place = static_cast<size_t>(std::lower_bound(kBounds.begin(), kBounds.end(), seconds) - kBounds.begin());
  const std::lock_guard lock(mutex_);
  ++requests_[{route, status}];
  Timing& timing = timings_[route];
  ++timing.in[place];
  timing.seconds += seconds;
  bytes_ += bytes;
}

std::string Metrics::Text(const std::vector<Gauge>& gauges) const {
  const std::lock_guard lock(mutex_);
  std::string out =
      "# HELP skilltrail_http_requests_total Requests answered, by route and status; status 0: the client went away first.\n"
      "# TYPE skilltrail_http_requests_total counter\n";
  for (const auto& [key, count] : requests_) {
    out += fmt::format("skilltrail_http_requests_total{{route=\"{}\",status=\"{}\"}} {}\n", key.first, key.second, count);
  }
  out +=
      "# HELP skilltrail_http_request_seconds Time from the first byte of a request to the last of its answer.\n"
      "# TYPE skilltrail_http_request_seconds histogram\n";
  for (const auto& [route, timing] : timings_) {
    uint64_t below = 0;
    for (size_t i = 0; i < kBounds.size(); ++i) {
      below += timing.in[i];
      out += fmt::format("skilltrail_http_request_seconds_bucket{{route=\"{}\",le=\"{}\"}} {}\n", route, kBounds[i], below);
    }
    below += timing.in.back();
    out += fmt::format("skilltrail_http_request_seconds_bucket{{route=\"{}\",le=\"+Inf\"}} {}\n", route, below);
    out += fmt::format("skilltrail_http_request_seconds_sum{{route=\"{}\"}} {}\n", route, timing.seconds);
    out += fmt::format("skilltrail_http_request_seconds_count{{route=\"{}\"}} {}\n", route, below);
  }
  out += fmt::format(
      "# HELP skilltrail_http_sent_bytes_total Bytes of bodies that were sent.\n"
      "# TYPE skilltrail_http_sent_bytes_total counter\nskilltrail_http_sent_bytes_total {}\n",
      bytes_);
  for (const Gauge& gauge : gauges) {
    out += fmt::format("# HELP {0} {1}\n# TYPE {0} gauge\n{0} {2}\n", gauge.name, gauge.help, gauge.value);
  }
  return out;
}

}  // namespace skilltrail::cli::http

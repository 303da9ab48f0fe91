// Transfers: HTTP GETs, many at a time, over one libcurl multi handle whose connections are kept and shared. It knows no GitHub.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "engine/upstream/address.h"
#include "events/result.h"

namespace skilltrail::upstream {

struct Request {
  Address address;
  std::string accept;
  std::string api_version;        // empty: header not sent
  std::string if_none_match;      // empty: not conditional
  std::string token;              // empty: no Authorization header
  size_t max_bytes = 0;           // of the body, decompressed
  bool may_compress = false;      // the server may gzip the body
  bool fresh_connection = false;  // do not reuse one that may be what broke the last try
};

struct Response {
  enum class Outcome {
    kAnswered,     // status and headers came, and the whole body
    kUnreachable,  // no connection
    kInsecure,     // no trust in the certificate, or no TLS
    kBroken,       // the connection or the body ended before its time
    kSilent,       // no byte for the stall time-out
    kTooLarge,     // more than max_bytes
  };
  Outcome outcome = Outcome::kBroken;
  std::string why;  // of anything but kAnswered; holds no address and no header
  int status = 0;
  std::string body;
  std::string etag;
  std::string location;
  std::optional<int64_t> date_s;         // seconds since the epoch by the server's clock
  std::optional<int64_t> retry_after_s;  // from now
  std::optional<int64_t> limit;          // x-ratelimit-*
  std::optional<int64_t> remaining;
  std::optional<int64_t> reset_s;  // seconds since the epoch by the server's clock
};

struct TransferOptions {
  int max_connections = 10;  // to one host
  int connect_timeout_ms = 10'000;
  int stall_timeout_ms = 30'000;
  bool use_proxy = true;     // that of the environment
  std::string ca_file = {};  // PEM; empty: the system's authorities
};

// One thread only.
class Transfers {
 public:
  explicit Transfers(const TransferOptions& options);
  ~Transfers();
  Transfers(const Transfers&) = delete;
  Transfers& operator=(const Transfers&) = delete;

  // Begins one; `ticket` names it in what Wait returns and is not in use.
  void Start(size_t ticket, const Request& request);
  struct Finished {
    size_t ticket = 0;
    Response response;
  };
  // Moves bytes until a transfer has finished, or at most `wait_ms`. With none begun it sleeps that long.
  std::vector<Finished> Wait(int wait_ms);
  // Gives up all that were begun; their connections are closed.
  void CancelAll();
  size_t active() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace skilltrail::upstream

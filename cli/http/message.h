// A request and an answer as the application sees them, free of sockets.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "events/result.h"

namespace skilltrail::cli::http {

struct Request {
  std::string method;
  std::string target;  // as it came: path and query
  // By name in lower case. One that was given twice comes with both values, joined by ", ".
  std::map<std::string, std::string, std::less<>> headers;
  std::string body;

  // Empty if it was not given.
  std::string_view header(std::string_view name) const {
    const auto found = headers.find(name);
    return found == headers.end() ? std::string_view() : std::string_view(found->second);
  }
};

// A body that is made while it is sent. Next is called by one thread at a time, and may take its time.
class BodySource {
 public:
  struct Piece {
    enum class Then { kMore, kWait, kEnd } then = Then::kMore;  // kWait: nothing new for now, ask again in a moment
    std::string bytes;
  };
  virtual ~BodySource() = default;
  // An error ends the body in a way that the client can tell from its proper end.
  virtual Result<Piece> Next() = 0;
};

struct Answer {
  int status = 200;
  std::string content_type;  // empty: no body
  std::string body;
  std::vector<std::pair<std::string, std::string>> headers;
  std::unique_ptr<BodySource> source;  // instead of `body`
};

// Who works on a request, so that what is slow never keeps what is quick waiting.
enum class Lane {
  kAtOnce,  // needs nothing but memory
  kQuick,   // milliseconds
  kSlow,    // may read the whole log
  kWrite,   // may wait for the store's lock, or for upstream
};

}  // namespace skilltrail::cli::http

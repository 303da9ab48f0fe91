// Server: HTTP/1.1 on one address: sockets, parsing, time and size limits, lanes of workers, and the end. What is asked and answered is the
// application's. Boost's Beast and Asio stay in server.cc and connection.cc.
#pragma once

#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>

#include "cli/http/message.h"
#include "events/result.h"

namespace skilltrail::cli::http {

// Every member is called by several threads at once.
class Application {
 public:
  virtual ~Application() = default;
  // Before the lane is chosen, by the thread that reads from the network: it must not block.
  virtual Lane LaneOf(const Request& request) const = 0;
  virtual Answer Handle(const Request& request) = 0;
  // What never becomes a whole request, or one that nobody has time for.
  enum class Fault { kMalformed, kHeaderTooLarge, kBodyTooLarge, kBusy, kStopping };
  virtual Answer Refuse(Fault fault) const = 0;
  // A request has been answered, or its client has gone.
  struct Done {
    const Request* request = nullptr;  // null: it never became whole
    int status = 0;                    // 0: the client went away first
    uint64_t bytes = 0;                // of the body that was sent
    std::chrono::microseconds took{};
  };
  virtual void Log(const Done& done) = 0;
};

struct ServerOptions {
  std::string address = "127.0.0.1";  // an address, no name
  uint16_t port = 0;                  // 0: any that is free
  size_t max_connections = 4096;      // the newest is closed; lowered to what the process may open
  size_t max_header_bytes = 16u << 10;
  size_t max_body_bytes = 256u << 10;
  size_t max_unsent_bytes = 256u << 20;      // answers that wait for their clients, all together
  size_t max_busy = 256;                     // requests of a lane that are worked on or wait
  size_t max_streams = 128;                  // endless answers, and those that are made while they are sent
  std::atomic<bool>* stopping = nullptr;     // set when told to stop, for those who are in the middle of something; may be null
  std::chrono::milliseconds idle{60'000};    // between two requests
  std::chrono::milliseconds header{10'000};  // from the first byte of a request to the end of its header
  std::chrono::milliseconds body{20'000};
  std::chrono::milliseconds write{20'000};     // to take the answer, or a piece of one that is made while it is sent
  std::chrono::milliseconds wait{200};         // before a body source with nothing new is asked again
  std::chrono::milliseconds farewell{10'000};  // to end what is under way when told to stop
};

class Server {
 public:
  // Listens when it returns; kFailed naming the address if it is taken. The application must outlive it.
  static Result<std::unique_ptr<Server>> Listen(Application& application, ServerOptions options);
  ~Server();

  uint16_t port() const;
  size_t connections() const;  // any thread
  // Serves until SIGTERM or SIGINT, ends what is under way, and returns the signal.
  int Run();

 private:
  struct State;
  explicit Server(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

// Whether it is an address of this machine alone.
bool IsLoopback(const std::string& address);
bool IsAddress(const std::string& text);
// "127.0.0.1:8787", "[::1]:0" or a bare port after a colon, as address and port. kUsage.
struct Endpoint {
  std::string address;
  uint16_t port = 0;
};
Result<Endpoint> ParseEndpoint(const std::string& text);

}  // namespace skilltrail::cli::http

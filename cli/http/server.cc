#include "cli/http/server.h"

#include <signal.h>
#include <sys/resource.h>

#include <algorithm>
#include <charconv>
#include <thread>
#include <tuple>

#include <fmt/format.h>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/ip/address.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

#include "cli/http/server_state.h"

namespace skilltrail::cli::http {
namespace {

using boost::system::error_code;

constexpr size_t kOwnDescriptors = 256;  // the store's files, listeners, what a writing command opens
constexpr auto kAcceptPause = std::chrono::milliseconds(50);

size_t ConnectionsAllowed(size_t wanted) {
  rlimit limit{};
  if (getrlimit(RLIMIT_NOFILE, &limit) != 0) return wanted;
  const rlim_t needed = wanted + kOwnDescriptors;
  if (limit.rlim_cur < needed) {
    limit.rlim_cur = std::min<rlim_t>(needed, limit.rlim_max);
    std::ignore = setrlimit(RLIMIT_NOFILE, &limit);  // what was granted is looked at next
    if (getrlimit(RLIMIT_NOFILE, &limit) != 0) return wanted;
  }
  if (limit.rlim_cur >= needed) return wanted;
  return limit.rlim_cur > 2 * kOwnDescriptors ? limit.rlim_cur - kOwnDescriptors : limit.rlim_cur / 2;
}

ServerOptions Fitted(ServerOptions options) {
  options.max_connections = ConnectionsAllowed(options.max_connections);
  return options;
}

size_t QuickThreads() {
  return std::clamp<size_t>(std::thread::hardware_concurrency(), 2, 8);
}

Error CannotListen(const ServerOptions& options, const error_code& why) {
  return {Code::kFailed, fmt::format("cannot listen on {} port {}: {}", options.address, options.port, why.message()),
          "another program may have it: choose another with --listen, or port 0 for any"};
}

}  // namespace

Server::State::State(Application& application_in, ServerOptions options_in)
    : application(application_in), options(Fitted(std::move(options_in))), quick(QuickThreads()), slow(3), write(3), sources(2) {}

Workers& Server::State::WorkersOf(Lane lane) {
  return lane == Lane::kQuick ? quick : lane == Lane::kWrite ? write : slow;
}

asio::awaitable<void> Server::State::Accept() {
  while (!stopping) {
    error_code failed;
    asio::ip::tcp::socket socket(io);
    co_await acceptor.async_accept(socket, asio::redirect_error(asio::use_awaitable, failed));
    if (stopping) break;
    if (failed) {
      // Out of descriptors, or the client has gone already: the listener itself is as good as before.
      asio::steady_timer pause(io, kAcceptPause);
      co_await pause.async_wait(asio::redirect_error(asio::use_awaitable, failed));
      continue;
    }
    if (connections.size() >= options.max_connections) continue;  // the socket closes
    asio::co_spawn(io, Serve(std::move(socket)), asio::detached);
  }
}

void Server::State::Stop() {
  if (stopping) return;
  stopping = true;
  if (options.stopping != nullptr) *options.stopping = true;
  error_code ignored;
  acceptor.close(ignored);
  for (const Connection& connection : connections) {
    if (connection.idle) connection.socket->close(ignored);
  }
  farewell.expires_after(options.farewell);
  farewell.async_wait([this](const error_code& cancelled) {
    if (!cancelled) io.stop();
  });
  EndIfDone();
}

void Server::State::EndIfDone() {
  if (stopping && connections.empty()) io.stop();
}

Server::Server(std::unique_ptr<State> state) : state_(std::move(state)) {}

Server::~Server() = default;

Result<std::unique_ptr<Server>> Server::Listen(Application& application, ServerOptions options) {
  auto state = std::make_unique<State>(application, std::move(options));
  error_code failed;
  const auto address = asio::ip::make_address(state->options.address, failed);
  if (failed) return CannotListen(state->options, failed);
  const asio::ip::tcp::endpoint endpoint(address, state->options.port);
  state->acceptor.open(endpoint.protocol(), failed);
  if (!failed) state->acceptor.set_option(asio::socket_base::reuse_address(true), failed);
  if (!failed) state->acceptor.bind(endpoint, failed);
  if (!failed) state->acceptor.listen(asio::socket_base::max_listen_connections, failed);
  if (failed) return CannotListen(state->options, failed);
  // From now on, so that a signal between listening and serving ends it as one later does.
  state->signals.add(SIGTERM, failed);
  if (!failed) state->signals.add(SIGINT, failed);
  if (failed) return Error{Code::kFailed, fmt::format("cannot watch for signals: {}", failed.message()), {}};
  return std::unique_ptr<Server>(new Server(std::move(state)));
}

uint16_t Server::port() const {
  error_code ignored;
  return state_->acceptor.local_endpoint(ignored).port();
}

size_t Server::connections() const {
  return state_->connected;
}

int Server::Run() {
  state_->signals.async_wait([this](const error_code& cancelled, int signal) {
    if (cancelled) return;
    state_->signal = signal;
    state_->Stop();
    // Told twice, it goes at once.
    state_->signals.async_wait([this](const error_code& again, int) {
      if (!again) state_->io.stop();
    });
  });
  asio::co_spawn(state_->io, state_->Accept(), asio::detached);
  const auto work = asio::make_work_guard(state_->io);
  state_->io.run();
  // A worker that is in the middle of a write ends it; what waits behind it is not begun.
  for (Workers* workers : {&state_->quick, &state_->slow, &state_->write, &state_->sources}) workers->pool.stop();
  for (Workers* workers : {&state_->quick, &state_->slow, &state_->write, &state_->sources}) workers->pool.join();
  return state_->signal;
}

bool IsLoopback(const std::string& address) {
  error_code failed;
  const auto parsed = asio::ip::make_address(address, failed);
  return !failed && parsed.is_loopback();
}

bool IsAddress(const std::string& text) {
  error_code failed;
  asio::ip::make_address(text, failed);
  return !failed;
}

Result<Endpoint> ParseEndpoint(const std::string& text) {
  const auto wrong = [&](std::string_view why) {
    return Error{Code::kUsage, fmt::format("--listen {}: {}", text, why), "give ADDRESS:PORT, for example 127.0.0.1:8787 or [::1]:0"};
  };
  const size_t colon = text.rfind(':');
  if (colon == std::string::npos) return wrong("the port is missing");
  Endpoint endpoint{text.substr(0, colon), 0};
  const std::string port = text.substr(colon + 1);
  const auto [end, fault] = std::from_chars(port.data(), port.data() + port.size(), endpoint.port);
  if (fault != std::errc() || end != port.data() + port.size()) return wrong("the port is no number from 0 to 65535");
  if (endpoint.address == "localhost" || endpoint.address.empty()) endpoint.address = "127.0.0.1";
  if (endpoint.address.starts_with('[') && endpoint.address.ends_with(']')) {
    endpoint.address = endpoint.address.substr(1, endpoint.address.size() - 2);
  }
  error_code failed;
  asio::ip::make_address(endpoint.address, failed);
  if (failed) return wrong("it is no address");
  return endpoint;
}

}  // namespace skilltrail::cli::http

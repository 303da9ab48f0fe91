// Server's inside: what its connections share. Only server.cc and connection.cc include this.
#pragma once

#include <atomic>
#include <list>
#include <optional>

#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/signal_set.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/thread_pool.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/core/tcp_stream.hpp>

#include "cli/http/server.h"

namespace skilltrail::cli::http {

namespace asio = boost::asio;
namespace beast = boost::beast;

// Some threads of a lane.
struct Workers {
  explicit Workers(size_t threads) : pool(threads) {}
  asio::thread_pool pool;
  size_t busy = 0;  // requests that it works on, or that wait
};

// A connection as the server sees it: to be closed when it is time. Lives as long as its coroutine.
struct Connection {
  asio::ip::tcp::socket* socket = nullptr;
  bool idle = true;  // between two requests
};

// One thread, the one in Run, does all that is said here to be of the network's thread; it never blocks.
struct Server::State {
  State(Application& application_in, ServerOptions options_in);

  asio::awaitable<void> Accept();
  asio::awaitable<void> Serve(asio::ip::tcp::socket socket);
  // One request and its answer; false if the connection is to end.
  asio::awaitable<bool> Exchange(beast::tcp_stream& stream, beast::flat_buffer& buffer, Connection& connection);
  asio::awaitable<Answer> Work(const Request& request);
  // Bytes of the body that were sent whole, or nothing if the client did not take them in time.
  struct Manner {
    bool head = false;  // the header alone
    bool keep_alive = true;
    unsigned version = 11;
  };
  asio::awaitable<std::optional<uint64_t>> Send(beast::tcp_stream& stream, Answer& answer, Manner manner);
  asio::awaitable<std::optional<uint64_t>> SendSource(beast::tcp_stream& stream, BodySource& source, bool chunked);
  void Stop();
  // When it stops and nothing is under way any more.
  void EndIfDone();
  Workers& WorkersOf(Lane lane);

  Application& application;
  const ServerOptions options;
  // The coroutines that io holds leave these when they end or are destroyed, so these stand before it.
  std::list<Connection> connections;
  std::atomic<size_t> connected{0};
  size_t unsent_bytes = 0;
  size_t streams = 0;
  bool stopping = false;
  int signal = 0;
  asio::io_context io{1};
  asio::ip::tcp::acceptor acceptor{io};
  asio::signal_set signals{io};
  asio::steady_timer farewell{io};
  Workers quick, slow, write, sources;
};

}  // namespace skilltrail::cli::http

// One connection: requests one after the other, each within its limits. A client that is slow, silent or wrong costs a descriptor and some
// kilobytes until its time is up.
#include <algorithm>
#include <tuple>
#include <utility>

#include <boost/asio/associated_executor.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/core/error.hpp>
#include <boost/beast/http/chunk_encode.hpp>
#include <boost/beast/http/empty_body.hpp>
#include <boost/beast/http/error.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/read.hpp>
#include <boost/beast/http/string_body.hpp>
#include <boost/beast/http/write.hpp>

#include "cli/http/server_state.h"

namespace skilltrail::cli::http {
namespace {

namespace wire = boost::beast::http;
using beast::error_code;
using Clock = std::chrono::steady_clock;

constexpr size_t kFirstBytes = 4u << 10;
constexpr size_t kBufferBytes = 64u << 10;
constexpr uint64_t kSlowestBytesPerSecond = 256u << 10;  // what a client must at least take of a large answer
constexpr size_t kLingerBytes = 1u << 20;
constexpr auto kLinger = std::chrono::seconds(1);

auto Into(error_code& failed) {
  return asio::redirect_error(asio::use_awaitable, failed);
}

// Runs the work on the pool; the caller goes on in its own thread with what came out.
template <class Made, class Job>
asio::awaitable<Made> On(asio::thread_pool& pool, Job job) {
  return asio::async_initiate<const asio::use_awaitable_t<>, void(Made)>(
      [&pool](auto handler, Job todo) {
        auto network = asio::get_associated_executor(handler);
        asio::post(pool, [network, handler = std::move(handler), todo = std::move(todo)]() mutable {
          asio::post(network, [handler = std::move(handler), made = todo()]() mutable { std::move(handler)(std::move(made)); });
        });
      },
      asio::use_awaitable, std::move(job));
}

// Counts something for as long as it lives.
class Counted {
 public:
  Counted(size_t& count, size_t by) : count_(count), by_(by) { count_ += by_; }
  ~Counted() { count_ -= by_; }
  Counted(const Counted&) = delete;
  Counted& operator=(const Counted&) = delete;

 private:
  size_t& count_;
  size_t by_;
};

Request Taken(wire::request<wire::string_body>&& message) {
  Request request;
  request.method = message.method_string();
  request.target = message.target();
  for (const auto& field : message) {
    std::string name(field.name_string());
    std::transform(name.begin(), name.end(), name.begin(), [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; });
    auto& value = request.headers[std::move(name)];
    if (!value.empty()) value += ", ";
    value += field.value();
  }
  request.body = std::move(message.body());
  return request;
}

// Nothing: the client is gone, or too slow to be told.
std::optional<Application::Fault> FaultOf(const error_code& failed) {
  if (failed == wire::error::header_limit) return Application::Fault::kHeaderTooLarge;
  if (failed == wire::error::body_limit) return Application::Fault::kBodyTooLarge;
  if (failed == wire::error::end_of_stream || failed == wire::error::partial_message) return std::nullopt;
  if (failed.category() == wire::make_error_code(wire::error::bad_method).category()) return Application::Fault::kMalformed;
  return std::nullopt;
}

template <class Body>
void SetHeader(wire::response<Body>& response, const Answer& answer) {
  response.result(static_cast<unsigned>(answer.status));
  if (!answer.content_type.empty()) response.set(wire::field::content_type, answer.content_type);
  for (const auto& [name, value] : answer.headers) response.insert(name, value);
}

bool MayHaveBody(int status) {
  return status >= 200 && status != 204 && status != 304;
}

// The answer would be lost if the socket closed on bytes that the client sends still.
asio::awaitable<void> Linger(beast::tcp_stream& stream) {
  error_code failed;
  stream.socket().shutdown(asio::socket_base::shutdown_send, failed);
  stream.expires_after(kLinger);
  std::string swallowed(kFirstBytes, '\0');
  for (size_t total = 0; !failed && total < kLingerBytes;) {
    total += co_await stream.async_read_some(asio::buffer(swallowed), Into(failed));
  }
}

}  // namespace

asio::awaitable<void> Server::State::Serve(asio::ip::tcp::socket socket) {
  error_code ignored;
  socket.set_option(asio::ip::tcp::no_delay(true), ignored);
  beast::tcp_stream stream(std::move(socket));
  struct Present {
    explicit Present(State& state_in, asio::ip::tcp::socket& socket_in)
        : state(state_in), self(state.connections.insert(state.connections.end(), Connection{&socket_in})) {
      ++state.connected;
    }
    ~Present() {
      state.connections.erase(self);
      --state.connected;
      state.EndIfDone();
    }
    State& state;
    std::list<Connection>::iterator self;
  };
  const Present present(*this, stream.socket());
  beast::flat_buffer buffer(kBufferBytes);
  for (bool more = true; more && !stopping;) more = co_await Exchange(stream, buffer, *present.self);
}

asio::awaitable<bool> Server::State::Exchange(beast::tcp_stream& stream, beast::flat_buffer& buffer, Connection& connection) {
  error_code failed;
  connection.idle = true;
  if (buffer.size() == 0) {
    stream.expires_after(options.idle);
    const size_t got = co_await stream.async_read_some(buffer.prepare(kFirstBytes), Into(failed));
    if (failed) co_return false;
    buffer.commit(got);
  }
  connection.idle = false;
  const auto began = Clock::now();
  wire::request_parser<wire::string_body> parser;
  parser.header_limit(static_cast<uint32_t>(options.max_header_bytes));
  parser.body_limit(options.max_body_bytes);
  stream.expires_after(options.header);
  co_await wire::async_read_header(stream, buffer, parser, Into(failed));
  if (!failed && !parser.is_done()) {
    stream.expires_after(options.body);
    if (beast::iequals(parser.get()[wire::field::expect], "100-continue")) {
      constexpr std::string_view kGoOn = "HTTP/1.1 100 Continue\r\n\r\n";
      co_await asio::async_write(stream, asio::buffer(kGoOn.data(), kGoOn.size()), Into(failed));
    }
    if (!failed) co_await wire::async_read(stream, buffer, parser, Into(failed));
  }
  Application::Done done;
  const auto log = [&](const Answer& answer, const std::optional<uint64_t>& sent) {
    done.status = sent ? answer.status : 0;
    done.bytes = sent.value_or(0);
    done.took = std::chrono::duration_cast<std::chrono::microseconds>(Clock::now() - began);
    application.Log(done);
  };
  if (failed) {
    const auto fault = FaultOf(failed);
    if (!fault) co_return false;
    Answer answer = application.Refuse(*fault);
    Manner manner;
    manner.keep_alive = false;
    const auto sent = co_await Send(stream, answer, manner);
    log(answer, sent);
    if (sent) co_await Linger(stream);
    co_return false;
  }
  Manner manner;
  manner.version = parser.get().version();
  manner.head = parser.get().method() == wire::verb::head;
  manner.keep_alive = parser.get().keep_alive();
  Request request = Taken(parser.release());
  done.request = &request;
  Answer answer = co_await Work(request);
  manner.keep_alive = manner.keep_alive && !stopping;
  if (answer.source != nullptr && streams >= options.max_streams) answer = application.Refuse(Application::Fault::kBusy);
  if (answer.source != nullptr && manner.version < 11) manner.keep_alive = false;  // its end is that of the connection
  const Counted streaming(streams, answer.source != nullptr ? 1 : 0);
  const auto sent = co_await Send(stream, answer, manner);
  log(answer, sent);
  co_return sent.has_value() && manner.keep_alive;
}

asio::awaitable<Answer> Server::State::Work(const Request& request) {
  const Lane lane = application.LaneOf(request);
  if (lane == Lane::kAtOnce) co_return application.Handle(request);
  if (stopping) co_return application.Refuse(Application::Fault::kStopping);
  Workers& workers = WorkersOf(lane);
  if (workers.busy >= options.max_busy || unsent_bytes >= options.max_unsent_bytes) {
    co_return application.Refuse(Application::Fault::kBusy);
  }
  const Counted busy(workers.busy, 1);
  co_return co_await On<Answer>(workers.pool, [this, &request] { return application.Handle(request); });
}

asio::awaitable<std::optional<uint64_t>> Server::State::Send(beast::tcp_stream& stream, Answer& answer, Manner manner) {
  error_code failed;
  const uint64_t size = answer.body.size();
  stream.expires_after(options.write + std::chrono::seconds(size / kSlowestBytesPerSecond));
  if (answer.source == nullptr && !manner.head) {
    const Counted unsent(unsent_bytes, size);
    wire::response<wire::string_body> response;
    response.version(manner.version);
    SetHeader(response, answer);
    response.body() = std::move(answer.body);
    response.keep_alive(manner.keep_alive);
    if (MayHaveBody(answer.status)) response.content_length(size);
    co_await wire::async_write(stream, response, Into(failed));
    co_return failed ? std::nullopt : std::optional(size);
  }
  const bool chunked = answer.source != nullptr && manner.version >= 11;
  wire::response<wire::empty_body> response;
  response.version(manner.version);
  SetHeader(response, answer);
  response.keep_alive(manner.keep_alive && (chunked || answer.source == nullptr));
  if (chunked) response.chunked(true);
  if (answer.source == nullptr && MayHaveBody(answer.status)) response.content_length(size);
  wire::response_serializer<wire::empty_body> serializer(response);
  co_await wire::async_write_header(stream, serializer, Into(failed));
  if (failed) co_return std::nullopt;
  if (manner.head || answer.source == nullptr) co_return 0;
  co_return co_await SendSource(stream, *answer.source, chunked);
}

asio::awaitable<std::optional<uint64_t>> Server::State::SendSource(beast::tcp_stream& stream, BodySource& source, bool chunked) {
  using Piece = BodySource::Piece;
  error_code failed;
  uint64_t sent = 0;
  while (true) {
    stream.expires_never();
    const auto piece = co_await On<Result<Piece>>(sources.pool, [&source] { return source.Next(); });
    if (!piece.ok()) co_return std::nullopt;  // closed without the last chunk: the client sees that it is not whole
    stream.expires_after(options.write);
    if (!piece->bytes.empty()) {
      const auto bytes = asio::buffer(piece->bytes);
      if (chunked) {
        co_await asio::async_write(stream, wire::make_chunk(bytes), Into(failed));
      } else {
        co_await asio::async_write(stream, bytes, Into(failed));
      }
      sent += piece->bytes.size();
    }
    if (failed) co_return std::nullopt;
    if (piece->then == Piece::Then::kEnd || stopping) break;
    if (piece->then == Piece::Then::kWait) {
      asio::steady_timer pause(io, options.wait);
      co_await pause.async_wait(Into(failed));
    }
  }
  if (chunked) co_await asio::async_write(stream, wire::make_chunk_last(), Into(failed));
  co_return failed ? std::nullopt : std::optional(sent);
}

}  // namespace skilltrail::cli::http

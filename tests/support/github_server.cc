#include "tests/support/github_server.h"

#include <sys/socket.h>

#include <atomic>
#include <boost/asio/ip/tcp.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http.hpp>
#include <chrono>
#include <condition_variable>
#include <list>
#include <mutex>
#include <optional>
#include <stdexcept>
#include <thread>

namespace skilltrail::testing {
namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = boost::beast::http;
using asio::ip::tcp;
using nlohmann::json;

constexpr size_t kMaxHeaderBytes = 64u << 10;
constexpr size_t kMaxBodyBytes = 4u << 20;
constexpr std::string_view kControl = "/_sim/";

SiteRequest FromBeast(const http::request<http::string_body>& from) {
  SiteRequest request{std::string(from.method_string()), std::string(from.target()), {}, from.body()};
  for (const auto& field : from) {
    std::string name(field.name_string());
    for (char& c : name) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
    request.headers[name] = std::string(field.value());
  }
  return request;
}

SiteReply AnswerControl(GithubSite& site, const SiteRequest& request) {
  const std::string verb = request.target.substr(kControl.size());
  json answer;
  if (request.method == "GET" && verb == "log") {
    answer = LogJson(site.Log());
  } else {
    const json said = json::parse(request.body.empty() ? "{}" : request.body, nullptr, /*allow_exceptions=*/false);
    answer = said.is_discarded() ? json{{"error", "the body is no JSON"}} : site.Control(verb, said);
  }
  const bool refused = answer.is_object() && answer.contains("error");
  return {.status = refused ? 400 : 200, .headers = {{"content-type", "application/json"}}, .body = answer.dump()};
}

// What the world throws is a fault of the test's data, which its client shall see.
SiteReply AnswerOrFail(GithubSite& site, const SiteRequest& request) {
  try {
    return site.Answer(request);
  } catch (const std::exception& wrong) {
    return {.status = 500, .headers = {{"content-type", "text/plain"}}, .body = wrong.what()};
  }
}

}  // namespace

// A thread a connection: there are few of them, and a delayed answer holds up nobody else.
struct GithubServer::State {
  explicit State(const GithubServerOptions& options) : site(options.site), acceptor(context) {}

  struct Connection {
    explicit Connection(asio::io_context& context) : socket(context) {}
    tcp::socket socket;
    std::thread thread;
    std::atomic<bool> over = false;
  };

  void Accept();
  void Serve(Connection& connection);
  bool ServeOne(tcp::socket& socket, beast::flat_buffer& buffer);
  bool Send(tcp::socket& socket, const http::request<http::string_body>& request, SiteReply reply);
  bool SleepUnlessStopped(int delay_ms);
  void Reap();

  GithubSite site;
  asio::io_context context;
  tcp::acceptor acceptor;
  std::string url;
  std::thread accepting;
  std::atomic<int> accepted = 0;
  std::mutex mutex;  // of what follows
  std::condition_variable stopped;
  bool stopping = false;
  std::list<Connection> connections;
};

GithubServer::GithubServer(GithubServerOptions options) : state_(std::make_unique<State>(options)) {
  try {
    const tcp::endpoint endpoint(asio::ip::address_v4::loopback(), options.port);
    state_->acceptor.open(endpoint.protocol());
    state_->acceptor.set_option(tcp::acceptor::reuse_address(true));
    state_->acceptor.bind(endpoint);
    state_->acceptor.listen();
    state_->url = "http://127.0.0.1:" + std::to_string(state_->acceptor.local_endpoint().port());
  } catch (const boost::system::system_error& failed) {
    throw std::runtime_error(std::string("cannot listen: ") + failed.code().message());
  }
  state_->accepting = std::thread([state = state_.get()] { state->Accept(); });
}

GithubServer::~GithubServer() {
  {
    const std::lock_guard lock(state_->mutex);
    state_->stopping = true;
    // Closing a socket under a thread that blocks on it is a race; shutting it down wakes the thread, which then ends.
    ::shutdown(state_->acceptor.native_handle(), SHUT_RDWR);
    for (auto& connection : state_->connections) ::shutdown(connection.socket.native_handle(), SHUT_RDWR);
  }
  state_->stopped.notify_all();
  state_->accepting.join();
  for (auto& connection : state_->connections) connection.thread.join();
}

std::string GithubServer::url() const {
  return state_->url;
}

GithubSite& GithubServer::site() {
  return state_->site;
}

int GithubServer::connections() const {
  return state_->accepted;
}

void GithubServer::State::Accept() {
  while (true) {
    tcp::socket socket(context);
    boost::system::error_code failed;
    acceptor.accept(socket, failed);
    const std::lock_guard lock(mutex);
    if (stopping) return;
    if (failed) continue;
    Reap();
    ++accepted;
    Connection& connection = connections.emplace_back(context);
    connection.socket = std::move(socket);
    connection.thread = std::thread([this, &connection] { Serve(connection); });
  }
}

// Forgets the connections that are over. Their threads end without the mutex, which is held.
void GithubServer::State::Reap() {
  for (auto one = connections.begin(); one != connections.end();) {
    if (one->over) {
      one->thread.join();
      one = connections.erase(one);
    } else {
      ++one;
    }
  }
}

void GithubServer::State::Serve(Connection& connection) {
  boost::system::error_code ignored;
  connection.socket.set_option(tcp::no_delay(true), ignored);
  beast::flat_buffer buffer;
  while (ServeOne(connection.socket, buffer)) {
  }
  connection.socket.shutdown(tcp::socket::shutdown_both, ignored);
  connection.over = true;  // Reap or the destructor closes it
}

// False when the connection is to end.
bool GithubServer::State::ServeOne(tcp::socket& socket, beast::flat_buffer& buffer) {
  http::request_parser<http::string_body> parser;
  parser.header_limit(kMaxHeaderBytes);
  parser.body_limit(kMaxBodyBytes);
  boost::system::error_code failed;
  http::read(socket, buffer, parser, failed);
  if (failed) return false;
  const auto& message = parser.get();
  const SiteRequest request = FromBeast(message);
  if (request.target.starts_with(kControl)) return Send(socket, message, AnswerControl(site, request));
  SiteReply reply = AnswerOrFail(site, request);
  const bool send = SleepUnlessStopped(reply.delay_ms) && !reply.drop;
  const bool keep = send && Send(socket, message, std::move(reply));
  site.Done();
  return keep;
}

bool GithubServer::State::Send(tcp::socket& socket, const http::request<http::string_body>& request, SiteReply reply) {
  http::response<http::string_body> response(static_cast<http::status>(reply.status), request.version());
  for (const auto& [name, value] : reply.headers) response.set(name, value);
  response.keep_alive(request.keep_alive());
  if (reply.status != 304) response.content_length(reply.body.size());
  const bool truncate = reply.truncate;
  if (truncate) reply.body.resize(reply.body.size() / 2);
  if (request.method() != http::verb::head) response.body() = std::move(reply.body);
  boost::system::error_code failed;
  http::write(socket, response, failed);
  return !failed && !truncate && response.keep_alive();
}

bool GithubServer::State::SleepUnlessStopped(int delay_ms) {
  if (delay_ms <= 0) return true;
  std::unique_lock lock(mutex);
  return !stopped.wait_for(lock, std::chrono::milliseconds(delay_ms), [this] { return stopping; });
}

}  // namespace skilltrail::testing

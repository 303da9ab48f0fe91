#include "tests/support/sim_control.h"

#include <boost/asio/ip/tcp.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http.hpp>
#include <nlohmann/json.hpp>
#include <stdexcept>

namespace skilltrail::testing {

namespace asio = boost::asio;
namespace http = boost::beast::http;
using nlohmann::json;

json SimControl::Call(const std::string& method, const std::string& verb, const json& body) const {
  const size_t colon = url_.rfind(':');
  asio::io_context context;
  asio::ip::tcp::socket socket(context);
  socket.connect({asio::ip::address_v4::loopback(), static_cast<unsigned short>(std::stoi(url_.substr(colon + 1)))});
  http::request<http::string_body> request(http::string_to_verb(method), "/_sim/" + verb, 11);
  request.set(http::field::host, "127.0.0.1");
  request.set(http::field::connection, "close");
  request.body() = body.dump();
  request.prepare_payload();
  http::write(socket, request);
  boost::beast::flat_buffer buffer;
  http::response_parser<http::string_body> parser;
  parser.body_limit(64u << 20);
  http::read(socket, buffer, parser);
  if (parser.get().result_int() != 200) throw std::runtime_error("control " + verb + " refused: " + parser.get().body());
  return json::parse(parser.get().body());
}

void SimControl::Set(const json& fields) const {
  Call("POST", "set", fields);
}

void SimControl::Faults(const json& faults) const {
  Call("POST", "faults", faults);
}

void SimControl::Limit(const json& limit) const {
  Call("POST", "limit", limit);
}

void SimControl::Reset() const {
  Call("POST", "reset", json::object());
}

std::vector<SiteLogEntry> SimControl::Log() const {
  return LogFromJson(Call("GET", "log", json::object()));
}

}  // namespace skilltrail::testing

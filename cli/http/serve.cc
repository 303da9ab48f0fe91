#include "cli/http/serve.h"

#include <tuple>

#include <fmt/format.h>

#include "cli/http/door.h"

namespace skilltrail::cli::http {

Result<int> Serve(Services& services, const ServeRequest& request, const std::function<void(const std::string& url)>& listening) {
  if (request.token.empty() && !IsLoopback(request.listen.address)) {
    return Error{Code::kUsage, fmt::format("--listen {}: other machines can reach it, so a token is needed", request.listen.address),
                 "give --token-file FILE, or listen on 127.0.0.1"};
  }
  Views views(services.base.store, *services.base.clock);
  services.views = &views;
  services.token = request.token;
  if (!request.token.empty()) services.secrets.push_back(request.token);
  // A store that can't be read is told now, and is open already when the first client asks.
  {
    ASSIGN_OR_RETURN(const auto lease, views.Take());
    std::ignore = lease;  // opened, and that is all
  }
  Door door(services, request.listen.address, request.quiet);
  ServerOptions options;
  options.address = request.listen.address;
  options.port = request.listen.port;
  options.stopping = &services.stopping;
  ASSIGN_OR_RETURN(const auto server, Server::Listen(door, std::move(options)));
  door.SetPort(server->port());
  services.connections = [&server] { return server->connections(); };
  const bool v6 = request.listen.address.find(':') != std::string::npos;
  const std::string host = v6 ? fmt::format("[{}]", request.listen.address) : request.listen.address;
  listening(fmt::format("http://{}:{}", host, server->port()));
  const int signal = server->Run();
  services.connections = nullptr;
  return signal;
}

}  // namespace skilltrail::cli::http

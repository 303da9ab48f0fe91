// Door: what stands between the network and the routes: who may ask (host, origin, token), which route is meant, what the client has
// already (ETag), every refusal as a problem, and a line on stderr a request.
#pragma once

#include <cstdint>
#include <string>

#include "cli/http/server.h"
#include "cli/http/services.h"

namespace skilltrail::cli::http {

class Door final : public Application {
 public:
  // `address`: what the server listens on. The services outlive it.
  Door(Services& services, std::string address, bool quiet);
  // Once it is known.
  void SetPort(uint16_t port) { port_ = port; }

  Lane LaneOf(const Request& request) const override;
  Answer Handle(const Request& request) override;
  Answer Refuse(Fault fault) const override;
  void Log(const Done& done) override;

 private:
  Answer Decide(const Request& request);
  std::optional<Answer> TurnAway(const Request& request) const;
  bool IsOurs(std::string_view host) const;
  bool HasToken(const Request& request) const;
  Answer Page(const Request& request, const std::vector<std::string>& segments) const;
  Answer Run(const Request& request, const Route& route, Match match, Target target);
  Result<Answer> Read(Call& call, const Route& route);
  Answer Refused(Refusal refusal, std::string detail, std::string hint = {}) const;

  Services& services_;
  const std::string address_;
  const bool quiet_;
  uint16_t port_ = 0;
};

}  // namespace skilltrail::cli::http

#include "cli/http/serve.h"

#include <csignal>

#include <fmt/format.h>

#include "cli/commands/commands.h"
#include "cli/invocation.h"

namespace skilltrail::cli {
namespace {

constexpr const char* kListen = "127.0.0.1:8787";

Result<int> Run(Invocation& in) {
  http::ServeRequest request;
  request.quiet = in.settings.quiet;
  ASSIGN_OR_RETURN(request.listen, http::ParseEndpoint(in.arguments.Has("listen") ? in.arguments.Value("listen") : kListen));
  if (in.arguments.Has("token-file")) {
    ASSIGN_OR_RETURN(request.token, ReadTokenFile(in.arguments.Value("token-file")));
  }
  http::Services services;
  services.base = in.context;
  services.base.collection.clear();
  services.base.progress = nullptr;
  services.collection = in.settings.collection;
  services.secrets = KnownSecrets(in.environment);
  services.open_upstream = [&in](std::function<bool()> interrupted) -> Result<std::unique_ptr<upstream::Upstream>> {
    // --token-file is the clients' token here, not GitHub's.
    ASSIGN_OR_RETURN(auto options, ReadGithub(Arguments(), in.environment));
    options.interrupted = std::move(interrupted);
    return upstream::MakeGithub(std::move(options));
  };
  ASSIGN_OR_RETURN(const int signal, http::Serve(services, request, [&](const std::string& url) {
                     in.out.Write(fmt::format("listening on {}\n", url));
                     in.out.Flush();
                   }));
  return signal == SIGINT ? kInterruptedExit : kDone;
}

}  // namespace

Command ServeCommand() {
  using enum Option::Arity;
  return {.path = "serve",
          .summary = "serve the REST API and the timeline page",
          .options = {{.name = "listen",
                       .arity = kOne,
                       .metavar = "ADDRESS:PORT",
                       .help = "where to listen (127.0.0.1:8787); port 0: any that is free"},
                      {.name = "token-file",
                       .arity = kOne,
                       .metavar = "FILE",
                       .help = "let in only who sends the token that stands there; needed where other machines can reach it",
                       .completes = Completes::kFile}},
          .examples = {{"serve", "then open http://127.0.0.1:8787 in a browser"},
                       {"serve --listen 0.0.0.0:8787 --token-file ~/.skilltrail-token", "for other machines, with a token"}},
          .exit_codes = {kNotFoundExit, kCorruptExit, kInterruptedExit},
          .use = Use::kWrites,
          .run = Run};
}

}  // namespace skilltrail::cli

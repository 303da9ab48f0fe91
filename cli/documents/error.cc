#include "cli/documents/error.h"

#include <nlohmann/json.hpp>

#include "cli/secrets.h"

namespace skilltrail::cli::documents {

Json ErrorJson(const Error& error, const std::vector<std::string>& secrets) {
  Json body = {{"code", CodeName(error.code)},
               {"message", ScrubSecrets(error.message, secrets)},
               {"hint", TextOrNull(ScrubSecrets(error.hint, secrets))}};
  return {{"error", std::move(body)}};
}

}  // namespace skilltrail::cli::documents

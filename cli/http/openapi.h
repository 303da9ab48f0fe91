// The OpenAPI 3.1 document, made from the table of routes and schemas.json.
#pragma once

#include <nlohmann/json_fwd.hpp>

namespace skilltrail::cli::http {

nlohmann::ordered_json OpenapiDocument();

}  // namespace skilltrail::cli::http

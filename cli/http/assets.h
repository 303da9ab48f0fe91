// Assets: the files of page/ and schemas.json, which the build puts into the program.
#pragma once

#include <string_view>
#include <vector>

namespace skilltrail::cli::http {

struct Asset {
  std::string_view name;  // in page/: "index.html"
  std::string_view bytes;
  std::string_view digest;  // SHA-256 of the bytes in hexadecimal
};
const std::vector<Asset>& PageAssets();
std::string_view SchemasText();

}  // namespace skilltrail::cli::http

// Base64 of RFC 4648, with padding.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace skilltrail::upkeep {

std::string EncodeBase64(std::string_view bytes);
// Nothing for any text that EncodeBase64 does not give.
std::optional<std::string> DecodeBase64(std::string_view text);

}  // namespace skilltrail::upkeep

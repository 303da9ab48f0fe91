// JsonText: a JSON document as text, of which one top-level member is changed and every other byte stays: a person's order, numbers and
// line breaks.
#pragma once

#include <string>
#include <string_view>

#include <nlohmann/json_fwd.hpp>

#include "events/result.h"

namespace skilltrail::deploy {

// A JSON object of at most 64 levels, its members in order. kFailed with the parser's words, or where two top-level members share a name,
// so that nobody knows which counts. Blank text is the empty object.
Result<nlohmann::ordered_json> ParseJsonObject(std::string_view text);

// The text, which ParseJsonObject accepts, with that member set; in its place, or at the end. What is written is laid out as the text is.
std::string WithMember(std::string_view text, std::string_view name, const nlohmann::ordered_json& value);
// The same without the member. Text that has none is returned as it is.
std::string WithoutMember(std::string_view text, std::string_view name);

}  // namespace skilltrail::deploy

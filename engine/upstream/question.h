// A question as GitHub's REST API spells it.
#pragma once

#include <string>

#include "engine/upstream/upstream.h"
#include "events/result.h"

namespace skilltrail::upstream {

// "repository acme/kit", "commit v1.0 of acme/kit": how errors name it.
std::string Name(const Question& question);

// The path and query below the API's address, percent-encoded. kUsage for a repository or ref that cannot be one; a hostile one cannot turn
// the request into another.
Result<std::string> Path(const Question& question);

// The media type asked for.
const char* Accept(Question::Kind kind);

// True for blob and tarball, whose body is bytes and not JSON.
bool IsContent(Question::Kind kind);

}  // namespace skilltrail::upstream

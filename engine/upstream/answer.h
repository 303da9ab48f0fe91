// An answer's body, read with distrust.
#pragma once

#include <string>
#include <string_view>

#include "engine/upstream/upstream.h"
#include "events/result.h"

namespace skilltrail::upstream {

// For a question whose answer is JSON. kUpstream "broken answer" if the body is not what GitHub documents for that question: no JSON,
// nested deeper than 32, a member that is missing or of another type, a tree with another id than asked, a path that leads out. A missing
// member is never read as an empty one.
Result<Answer> ReadAnswer(const Question& question, std::string_view body);

// The "message" of an error body, quoted and cut; empty if there is none.
std::string ReadMessage(std::string_view body);

}  // namespace skilltrail::upstream

// Head: one line that says what the log is, and whether the log still contains what such a line said.
#pragma once

#include <optional>
#include <string>

#include "engine/session/reading.h"
#include "events/result.h"
#include "events/signed_head.h"

namespace skilltrail::query {

struct HeadReport {
  SignedHead head;
  Micros logged_at = 0;  // of its event; 0 for the empty log
};
// The log at the context's point, signed with a private key in PEM if one is given (events/signed_head.h).
Result<HeadReport> Head(Reading& reading, const std::string& private_key_pem);

// Nothing if the log contains that past and the key vouches for it, else what is wrong. The log itself is believed: verify it too.
// kUsage: no head, or no key.
Result<std::optional<std::string>> CheckHead(Reading& reading, const std::string& line, const std::string& public_key);

}  // namespace skilltrail::query

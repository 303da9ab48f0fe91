// Secrets: what must not reach the log or a terminal. A secret in an event can't be taken out.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "events/result.h"

namespace skilltrail::cli {

// The text with *** in the place of GitHub tokens (gh[pousr]_..., github_pat_...), of user names and passwords in URLs and before a host,
// of URL parameters that are called like secrets, and of each of `known` (at least eight characters long).
std::string ScrubSecrets(std::string_view text, const std::vector<std::string>& known = {});
// The same of one word; a URL's whole query and fragment go, for there a secret may have any name.
std::string ScrubWord(std::string_view word, const std::vector<std::string>& known = {});

// kUsage for a word that holds one, where it would be recorded as it is.
Status RefuseSecret(std::string_view word, const std::vector<std::string>& known);

// One line that a shell would read as these words, for the record: quoted where needed, scrubbed.
std::string RecordedCommand(const std::vector<std::string>& words, const std::vector<std::string>& known);

}  // namespace skilltrail::cli

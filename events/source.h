// Source: where an artifact's upstream is.  owner/repo[/path][@ref]
#pragma once

#include <string>
#include <string_view>

#include "events/result.h"

namespace skilltrail {

struct Source {
  std::string owner;
  std::string repo;
  std::string path;  // inside the repository, without leading or trailing '/'; empty: the whole repository
  std::string ref;   // branch, tag or commit; empty: the default branch

  std::string repository() const { return owner + "/" + repo; }
  // owner/repo[/path][@ref]
  std::string text() const;
  bool operator==(const Source&) const = default;
};

// Accepts owner/repo[/path][@ref], https://github.com/owner/repo[.git], .../tree/REF/path and .../blob/REF/path, github.com/... without
// scheme, git@github.com:owner/repo.git. In a URL the ref is the one component after /tree/ or /blob/. kUsage otherwise; a user name or
// password in a URL is refused without being repeated. In the short form the ref begins at the first '@' behind owner/repo and may hold
// '/'; so a path with '@' in it can't be written, and a URL that needs one is refused. ParseSource(source.text()) gives the same source
// again.
Result<Source> ParseSource(std::string_view text);

// True if `text` can only mean a path on disk: it starts with '/', './', '../' or '~', or is "." or "..".
bool LooksLikeLocalPath(std::string_view text);

// True for 7 to 40 hex digits.
bool LooksLikeCommit(std::string_view ref);

}  // namespace skilltrail

// The archive that GitHub makes of a commit.
#pragma once

#include <string>

#include "tests/support/github_world.h"

namespace skilltrail::testing {

// A .tar.gz of the commit's files below "owner-name-1234567/", the same bytes each time.
std::string MakeTarball(const GithubRepository& repository, const GithubCommit& commit);

}  // namespace skilltrail::testing

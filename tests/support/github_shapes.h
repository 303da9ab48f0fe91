// The JSON of GitHub's answers.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

#include "tests/support/github_world.h"

namespace skilltrail::testing {

nlohmann::json RepositoryShape(const GithubRepository& repository);
nlohmann::json CommitShape(const GithubRepository& repository, const GithubCommit& commit);
nlohmann::json TreeShape(const GithubRepository& repository, const std::string& tree, const std::vector<GithubTreeRow>& rows);
nlohmann::json ErrorShape(int status, const std::string& message);

}  // namespace skilltrail::testing

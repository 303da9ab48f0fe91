#include "engine/projections/project_state.h"

#include <catch2/catch.hpp>

#include "tests/projections/story.h"

namespace skilltrail::testing {
namespace {

using projections::DeploymentKey;
using projections::ProjectState;

const std::string kProject = "/home/u/project";
const DeploymentKey kKey{"default", "skill:pdf", ".claude"};

// The story of one project, told by its verbs.
class ProjectStory {
 public:
  Seq Deploy(std::string root = ".claude") {
    schema::ArtifactDeployedT deployed;
    deployed.profile = "claude_code";
    deployed.profile_root = std::move(root);
    deployed.path = "skills/pdf";
    deployed.tree = std::vector<uint8_t>(32, 9);
    deployed.content_hash = "h1";
    deployed.tags = {"ai"};
    deployed.cause = schema::ChangeCause::deploy;
    return Tell(deployed);
  }
  Seq Undeploy() {
    schema::ArtifactUndeployedT gone;
    gone.profile_root = ".claude";
    return Tell(gone);
  }
  Seq Detect(schema::DriftType type, std::string project_hash = "edited") {
    schema::DriftDetectedT detected;
    detected.drift_type = type;
    detected.baseline_hash = "h1";
    detected.collection_hash = "h1";
    detected.project_hash = std::move(project_hash);
    detected.profile_root = ".claude";
    return Tell(detected);
  }
  Seq Resolve() {
    schema::DriftResolvedT resolved;
    resolved.profile_root = ".claude";
    return Tell(resolved);
  }
  Seq MoveBaseline() {
    schema::BaselineMovedT moved;
    moved.cause = schema::ChangeCause::pull;
    moved.tree = std::vector<uint8_t>(32, 8);
    moved.content_hash = "h2";
    moved.tags = {"new"};
    moved.profile_root = ".claude";
    return Tell(moved);
  }
  Seq Tell(Payload payload) { return story_.Tell("default", "skill:pdf", std::move(payload), kProject); }
  ProjectState State() const {
    ProjectState state;
    story_.Each(0, story_.head(), [&](const store::StoredEvent& event) { state.Apply(event); });
    return state;
  }

 private:
  Story story_;
};

TEST_CASE("a deployment is what its event says, one for each profile root") {
  ProjectStory story;
  const Seq seq = story.Deploy();
  story.Deploy(".codex");
  const ProjectState state = story.State();
  REQUIRE(state.deployments.size() == 2);
  const auto& deployment = state.deployments.at(kKey);
  REQUIRE(deployment.collection == "default");
  REQUIRE(deployment.artifact == "skill:pdf");
  REQUIRE(deployment.profile == "claude_code");
  REQUIRE(deployment.path == "skills/pdf");
  REQUIRE(deployment.tree.vector() == std::vector<uint8_t>(32, 9));
  REQUIRE(deployment.content_hash == "h1");
  REQUIRE(deployment.tags == Words{"ai"});
  REQUIRE(deployment.deployed_at == TimeOf(seq));
  REQUIRE(deployment.seq == seq);
  REQUIRE_FALSE(deployment.drift);
}

TEST_CASE("drift is open from its detection until it is resolved; another finding takes its place") {
  ProjectStory story;
  story.Deploy();
  const Seq first = story.Detect(schema::DriftType::modified);
  REQUIRE(story.State().DriftOf(kKey)->type == schema::DriftType::modified);
  REQUIRE(story.State().DriftOf(kKey)->detected_at == TimeOf(first));
  REQUIRE(story.State().DriftOf(kKey)->project_hash == "edited");
  const Seq second = story.Detect(schema::DriftType::conflict, "edited again");
  REQUIRE(story.State().DriftOf(kKey)->detected_seq == second);
  REQUIRE(story.State().DriftOf(kKey)->project_hash == "edited again");
  story.Resolve();
  REQUIRE(story.State().DriftOf(kKey) == nullptr);
  REQUIRE(story.State().deployments.size() == 1);
}

TEST_CASE("a moved baseline is the new agreement and ends the finding, but is no deployment") {
  ProjectStory story;
  const Seq deployed = story.Deploy();
  story.Detect(schema::DriftType::modified);
  const Seq moved = story.MoveBaseline();
  const auto deployment = story.State().deployments.at(kKey);
  REQUIRE(deployment.content_hash == "h2");
  REQUIRE(deployment.tree.vector() == std::vector<uint8_t>(32, 8));
  REQUIRE(deployment.tags == Words{"new"});
  REQUIRE(deployment.seq == moved);
  REQUIRE(deployment.deployed_at == TimeOf(deployed));
  REQUIRE(deployment.cause == schema::ChangeCause::deploy);
  REQUIRE_FALSE(deployment.drift);
}

TEST_CASE("deploying again and undeploying end the finding") {
  ProjectStory story;
  story.Deploy();
  story.Detect(schema::DriftType::outdated);
  SECTION("again") {
    story.Deploy();
    REQUIRE(story.State().deployments.size() == 1);
  }
  SECTION("undeployed") {
    story.Undeploy();
    REQUIRE(story.State().deployments.empty());
  }
  REQUIRE(story.State().DriftOf(kKey) == nullptr);
}

TEST_CASE("a finding about what is not deployed has the same life") {
  ProjectStory story;
  story.Detect(schema::DriftType::added);
  REQUIRE(story.State().deployments.empty());
  REQUIRE(story.State().DriftOf(kKey)->type == schema::DriftType::added);
  SECTION("resolved") {
    story.Resolve();
  }
  SECTION("deployed") {
    story.Deploy();
  }
  REQUIRE(story.State().DriftOf(kKey) == nullptr);
  REQUIRE(story.State().undeployed.empty());
}

TEST_CASE("a baseline that moves where nothing is deployed makes no deployment") {
  ProjectStory story;
  story.MoveBaseline();
  REQUIRE(story.State().deployments.empty());
}

}  // namespace
}  // namespace skilltrail::testing

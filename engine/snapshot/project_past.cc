#include "engine/snapshot/project_past.h"

#include <fmt/format.h>

#include <algorithm>

#include "engine/session/artifact_word.h"
#include "events/codec.h"
#include "events/name.h"

namespace skilltrail::snapshot {
namespace {

using projections::DeploymentKey;
using projections::ProjectState;

Status CheckNamed(const std::vector<std::string>& artifacts, const ProjectState& then, const ProjectState& now) {
  std::vector<std::string> known;
  for (const auto* state : {&then, &now}) {
    for (const auto& [key, deployment] : state->deployments) known.push_back(key.artifact);
  }
  for (const auto& word : artifacts) {
    if (std::any_of(known.begin(), known.end(), [&](const std::string& id) { return Means(word, id); })) continue;
    const std::string near = Nearest(word, known);
    return Error{Code::kNotFound, fmt::format("\"{}\" was not deployed in {} then, and is not now", word, then.project),
                 near.empty() ? std::string() : fmt::format("did you mean \"{}\"?", near)};
  }
  return {};
}

// The edited copy that the open finding is about, if its bytes were kept.
Status AddFinding(const Reading& reading, PastCopy& copy) {
  const auto& drift = copy.deployment.drift;
  if (!drift) return {};
  return reading.log().At(drift->detected_seq, [&](const store::StoredEvent& event) {
    const auto* detected = event.event->payload_as_DriftDetected();
    if (detected == nullptr || DigestOf(detected->project_tree()).zero()) return store::Visit::kStop;
    copy.finding.emplace();
    detected->UnPackTo(&*copy.finding);
    copy.tree = DigestOf(detected->project_tree());
    return store::Visit::kStop;
  });
}

}  // namespace

bool Wanted(const Reading& reading, const DeploymentKey& key, const std::vector<std::string>& artifacts, const Moment& moment) {
  const std::string& collection = moment.collection.empty() ? reading.context().collection : moment.collection;
  if (!collection.empty() && key.collection != collection) return false;
  return artifacts.empty() ||
         std::any_of(artifacts.begin(), artifacts.end(), [&](const std::string& word) { return Means(word, key.artifact); });
}

Result<ProjectPast> ReadProjectPast(const Reading& reading, const std::filesystem::path& project, const std::vector<std::string>& artifacts,
                                    const Moment& moment) {
  ASSIGN_OR_RETURN(const Seq known, reading.log().LastOf(store::ProjectStream(project.string())));
  if (known == 0) return Error{Code::kNotFound, fmt::format("nothing was ever deployed in {}", project.string()), {}};
  ASSIGN_OR_RETURN(const ProjectState then, reading.states().ProjectAt(project.string(), moment.seq));
  ASSIGN_OR_RETURN(const ProjectState now, reading.states().ProjectAt(project.string(), reading.log().head()));
  RETURN_IF_ERROR(CheckNamed(artifacts, then, now));
  ProjectPast past;
  for (const auto& [key, deployment] : then.deployments) {
    if (!Wanted(reading, key, artifacts, moment)) continue;
    PastCopy copy{deployment, deployment.tree, {}};
    RETURN_IF_ERROR(AddFinding(reading, copy));
    past.emplace(key, std::move(copy));
  }
  return past;
}

}  // namespace skilltrail::snapshot

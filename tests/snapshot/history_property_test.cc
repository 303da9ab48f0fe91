// Properties that hold for any history.
#include <algorithm>
#include <cstdlib>

#include "engine/collection/capture.h"
#include "engine/query/diff.h"
#include "engine/query/verify.h"
#include "engine/snapshot/plan.h"
#include "tests/snapshot/random_history.h"
#include "tests/support/apply_diff.h"

#include <catch2/catch.hpp>

namespace skilltrail {
namespace {

using projections::ArtifactState;
using projections::CollectionState;
using testing::Need;
using testing::RandomHistory;
using testing::Workbench;

constexpr int kSteps = 20;

std::vector<unsigned> Seeds(unsigned first) {
  std::vector<unsigned> seeds;
  const unsigned count = std::getenv("SKILLTRAIL_LONG_TESTS") != nullptr ? 20 : 2;
  for (unsigned i = 0; i < count; ++i) seeds.push_back(first + i);
  return seeds;
}

CollectionState StateAt(Workbench& bench, Seq seq) {
  auto reading = Need(Reading::Open(bench.context));
  return Need(reading->states().CollectionAt("default", seq));
}

bool SameState(const CollectionState& a, const CollectionState& b) {
  const auto left = a.artifacts(), right = b.artifacts();
  return std::equal(left.begin(), left.end(), right.begin(), right.end(),
                    [](const ArtifactState* x, const ArtifactState* y) { return snapshot::SameArtifact(*x, *y); });
}

// What a diff speaks of: fields as text, tags as a list, files as bytes.
struct Model {
  std::map<std::string, std::string> fields;
  std::vector<std::string> tags;
  std::map<std::string, std::string> files;
  bool operator==(const Model&) const = default;
};
using Models = std::map<std::string, Model>;

Models ModelsAt(Workbench& bench, Seq seq) {
  auto reading = Need(Reading::Open(bench.context));
  Models models;
  const auto state = StateAt(bench, seq);
  for (const auto* artifact : state.artifacts()) {
    Model& model = models[artifact->id];
    for (const auto& field : artifact->metadata) model.fields[field->name] = field->value;
    model.fields["path"] = artifact->path;
    model.fields["origin"] = artifact->origin;
    model.tags = projections::EffectiveTags(*artifact);
    for (const auto& entry : Need(collection::LoadTree(snapshot::TreeOf(*artifact), reading->blobs())).entries) {
      model.files[entry.path] = Need(reading->blobs().Get(entry.digest));
    }
  }
  return models;
}

Models Applied(Models models, const query::DiffReport& report) {
  for (const auto& artifact : report.artifacts) {
    REQUIRE(models.contains(artifact.artifact) == (artifact.change != "added"));
    Model& model = models[artifact.artifact];
    for (const auto& field : artifact.fields) {
      if (field.field == "tags") {
        REQUIRE(field.before.list.value_or(std::vector<std::string>()) == model.tags);
        model.tags = field.after.list.value_or(std::vector<std::string>());
      } else if (!field.before.list && !field.after.list) {
        REQUIRE(field.before.text == model.fields[field.field]);
        model.fields[field.field] = field.after.text;
        if (!field.after.present) model.fields.erase(field.field);
      }
    }
    for (const auto& file : artifact.files) {
      const std::string after = testing::ApplyDiff(model.files[file.path], file.unified);
      if (file.kind == collection::FileChange::Kind::kRemoved) {
        REQUIRE(after.empty());
        model.files.erase(file.path);
      } else {
        model.files[file.path] = after;
      }
    }
    if (artifact.change == "removed") {
      REQUIRE(model == Model{});
      models.erase(artifact.artifact);
    }
  }
  return models;
}

TEST_CASE("restored to any point, state and files are those of the point, and the safety point leads back") {
  for (const unsigned seed : Seeds(1)) {
    RandomHistory history(seed);
    auto& bench = history.bench;
    for (int step = 0; step < kSteps; ++step) history.Step();
    const auto moments = history.moments();
    for (int round = 0; round < 6; ++round) {
      const auto& then = moments[history.Below(moments.size())];
      INFO("seed " << seed << " round " << round << " to " << then.seq);
      const auto present = StateAt(bench, bench.Head());
      const auto files = history.Files();
      bench.context.at = std::to_string(then.seq);
      const auto report = Need(snapshot::Restore(bench.context, {}));
      bench.context.at.clear();
      REQUIRE(SameState(StateAt(bench, bench.Head()), StateAt(bench, then.seq)));
      REQUIRE((history.Files() == then.files));
      REQUIRE(bench.Capture().changes.empty());
      history.Restore(report.safety_seq);
      REQUIRE(SameState(StateAt(bench, bench.Head()), present));
      REQUIRE((history.Files() == files));
    }
    auto reading = Need(Reading::Open(bench.context));
    REQUIRE(Need(query::Verify(*reading, true)).problems.empty());
  }
}

TEST_CASE("undone is as it was before the run, undone twice is as it was") {
  for (const unsigned seed : Seeds(101)) {
    RandomHistory history(seed);
    auto& bench = history.bench;
    for (int step = 0; step < kSteps; ++step) {
      history.Step();
      const auto present = StateAt(bench, bench.Head());
      const auto files = history.Files();
      INFO("seed " << seed << " step " << step);
      const auto undone = snapshot::Undo(bench.context, {});
      if (!undone.ok()) {
        REQUIRE(undone.error().code == Code::kNotFound);
        continue;
      }
      const auto before = StateAt(bench, undone->restore.as_of.seq);
      REQUIRE(SameState(StateAt(bench, bench.Head()), before));
      Need(snapshot::Undo(bench.context, {}));
      REQUIRE(SameState(StateAt(bench, bench.Head()), present));
      REQUIRE((history.Files() == files));
    }
  }
}

TEST_CASE("the difference of two points applied to the one gives the other") {
  for (const unsigned seed : Seeds(201)) {
    RandomHistory history(seed);
    auto& bench = history.bench;
    for (int step = 0; step < kSteps; ++step) history.Step();
    const auto& moments = history.moments();
    for (int round = 0; round < 20; ++round) {
      const Seq from = moments[history.Below(moments.size())].seq, to = moments[history.Below(moments.size())].seq;
      INFO("seed " << seed << " from " << from << " to " << to);
      query::DiffRequest request;
      request.from = std::to_string(from);
      request.to = std::to_string(to);
      request.content = true;
      const auto report = Need(query::Diff(bench.context, request));
      REQUIRE((Applied(ModelsAt(bench, from), report) == ModelsAt(bench, to)));
      REQUIRE(report.artifacts.empty() == (ModelsAt(bench, from) == ModelsAt(bench, to)));
    }
  }
}

}  // namespace
}  // namespace skilltrail

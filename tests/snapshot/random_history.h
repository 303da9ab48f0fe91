// RandomHistory: what people do to a collection, as random as its seed, and what stood after each step.
#pragma once

#include <map>
#include <random>
#include <string>
#include <vector>

#include "engine/snapshot/snapshot.h"
#include "engine/snapshot/undo.h"
#include "tests/support/workbench.h"

namespace skilltrail::testing {

using DiskFiles = std::map<std::string, std::string>;  // relative path to bytes

inline DiskFiles ArtifactFiles(const std::filesystem::path& dir) {
  DiskFiles files;
  if (!std::filesystem::exists(dir)) return files;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(dir)) {
    const auto relative = entry.path().lexically_relative(dir).string();
    if (entry.is_regular_file() && relative.find('/') != std::string::npos) files[relative] = ReadFile(entry.path());
  }
  return files;
}

class RandomHistory {
 public:
  explicit RandomHistory(unsigned seed) : random_(seed) { Remember(); }

  Workbench bench;

  size_t Below(size_t limit) { return std::uniform_int_distribution<size_t>(0, limit - 1)(random_); }

  struct Moment {
    Seq seq = 0;
    DiskFiles files;
  };
  const std::vector<Moment>& moments() const { return moments_; }

  // One command, or an edit followed by one, so that the log has it.
  void Step() {
    switch (Below(8)) {
      case 0:
      case 1:
        Write("skill-" + Letter());
        break;
      case 2:
        WriteFile(bench.Collection() / "commands" / (Letter() + ".md"), "Do " + Text());
        break;
      case 3:
        std::filesystem::remove_all(bench.Collection() / "skills" / ("skill-" + Letter()));
        break;
      case 4:
        Tag();
        break;
      case 5:
        Write("skill-" + Letter());  // found by the next one
        std::ignore = curate::Remove(bench.context, {"skill-" + Letter()});
        break;
      case 6:
        Restore(moments_[Below(moments_.size())].seq);
        break;
      default:
        std::ignore = snapshot::Undo(bench.context, {});
    }
    bench.Capture();
    Remember();
  }
  void Restore(Seq seq) {
    bench.context.at = std::to_string(seq);
    const auto restored = snapshot::Restore(bench.context, {});
    bench.context.at.clear();
    Need(restored);
  }
  DiskFiles Files() { return ArtifactFiles(bench.Collection()); }

 private:
  std::string Letter() { return std::string(1, static_cast<char>('a' + Below(4))); }
  std::string Text() {
    std::string text;
    for (size_t i = Below(12); i > 0; --i) text += "line " + std::to_string(Below(6)) + "\n";
    return text + "end " + std::to_string(Below(100)) + (Below(4) == 0 ? "" : "\n");
  }
  void Write(const std::string& name) {
    const auto dir = bench.Collection() / "skills" / name;
    WriteFile(dir / "SKILL.md", "---\ndescription: " + std::to_string(Below(5)) + "\ntags: [t" + Letter() + "]\n---\n" + Text());
    if (Below(2) == 0) WriteFile(dir / "notes" / (Letter() + ".md"), Text());
    if (Below(3) == 0) std::filesystem::remove_all(dir / "notes");
  }
  void Tag() {
    const auto state = bench.State();
    if (state.size() == 0) return;
    const auto artifacts = state.artifacts();
    const auto* one = artifacts[Below(artifacts.size())];
    std::ignore = curate::EditTags(bench.context, {one->id, {"u" + Letter()}, one->user_tags.empty() ? Words() : Words{one->user_tags[0]}});
  }
  void Remember() { moments_.push_back({bench.Head(), Files()}); }

  using Words = std::vector<std::string>;
  std::mt19937 random_;
  std::vector<Moment> moments_;
};

}  // namespace skilltrail::testing

#include "engine/refresh/sources.h"

#include <utility>

#include "events/source.h"

namespace skilltrail::refresh {
namespace {

using projections::SourceState;

const char* Visibility(bool is_private) {
  return is_private ? "private" : "public";
}

class Comparing {
 public:
  explicit Comparing(const std::map<std::string, SourceState>& known) : known_(known) {}

  void Answered(const upstream::Repository& repository) {
    const std::string& name = repository.full_name;
    const SourceState* before = Known(name);
    if (before != nullptr && before->lost_at != 0) Change(name, schema::SourceChange::back, {}, {});
    if (before != nullptr && before->said_at != 0) {
      if (before->archived != repository.archived)
        Change(name, schema::SourceChange::archived, before->archived ? "true" : "false", repository.archived ? "true" : "false");
      if (before->is_private != repository.is_private)
        Change(name, schema::SourceChange::visibility, Visibility(before->is_private), Visibility(repository.is_private));
      if (before->license != repository.license) Change(name, schema::SourceChange::license, before->license, repository.license);
      const bool same = before->archived == repository.archived && before->is_private == repository.is_private &&
                        before->license == repository.license && before->repository_id == repository.id && before->repository == name &&
                        before->failures == 0;
      if (same) return;
    }
    auto said = std::make_unique<schema::SourceFactsT>();
    said->repository = name;
    said->repository_id = repository.id;
    said->archived = repository.archived;
    said->is_private = repository.is_private;
    said->license = repository.license;
    news_.facts.push_back(std::move(said));
  }

  void NotFound(const std::string& name) {
    const SourceState* before = Known(name);
    if (before == nullptr || before->lost_at == 0) Change(name, schema::SourceChange::lost, {}, {});
    auto said = std::make_unique<schema::SourceFactsT>();
    said->repository = name;
    said->failures = (before == nullptr ? 0 : before->failures) + 1;
    news_.facts.push_back(std::move(said));
  }

  SourceNews Take() { return std::move(news_); }

 private:
  const SourceState* Known(const std::string& name) const {
    const auto found = known_.find(projections::SourceKey(name));
    return found == known_.end() ? nullptr : &found->second;
  }

  void Change(const std::string& name, schema::SourceChange change, std::string before, std::string after) {
    schema::SourceChangedT changed;
    changed.source = name;
    changed.change = change;
    changed.before = std::move(before);
    changed.after = std::move(after);
    news_.changes.push_back(std::move(changed));
  }

  const std::map<std::string, SourceState>& known_;
  SourceNews news_;
};

}  // namespace

SourceNews CompareSources(const std::map<std::string, SourceState>& known, const std::map<std::string, Facts>& facts) {
  struct Asked {
    std::string name;
    const upstream::Repository* repository = nullptr;  // null: not found
  };
  std::map<std::string, Asked> all;  // sorted, so that the same answers make the same events
  for (const auto& [artifact, fact] : facts) {
    if (fact.repository_answered) {
      all[projections::SourceKey(fact.repository.full_name)] = {fact.repository.full_name, &fact.repository};
    } else if (fact.error && fact.error->code == Code::kNotFound) {
      if (const auto source = ParseSource(fact.source); source.ok())
        all.emplace(projections::SourceKey(source->repository()), Asked{source->repository(), nullptr});
    }
  }
  Comparing comparing(known);
  for (const auto& [key, asked] : all) {
    if (asked.repository != nullptr) {
      comparing.Answered(*asked.repository);
    } else {
      comparing.NotFound(asked.name);
    }
  }
  return comparing.Take();
}

}  // namespace skilltrail::refresh

// Every question to the log, asked of random histories, against an oracle that looks at all events one after another and uses no index, no
// checkpoint and none of the folds asked.
#include <algorithm>
#include <map>
#include <optional>
#include <set>

#include "engine/query/blame.h"
#include "engine/query/log_query.h"
#include "engine/query/query.h"
#include "engine/query/stats.h"
#include "tests/projections/random_story.h"
#include "tests/support/workbench.h"

#include <catch2/catch.hpp>

namespace skilltrail {
namespace {

using testing::Need;
using testing::RandomStory;

constexpr int kEvents = 700;

// A random story in a store of its own.
class History {
 public:
  explicit History(uint64_t seed) : story_(seed) {
    while (story_.story().head() < kEvents) story_.TellOne();
    // In appends of several sizes, so that blocks, their borders and the open block are all met.
    const auto& events = story_.story().events();
    for (size_t at = 0; at < events.size();) {
      const size_t count = std::min<size_t>(1 + story_.Below(90), events.size() - at);
      fixture_.Append({events.begin() + static_cast<std::ptrdiff_t>(at), events.begin() + static_cast<std::ptrdiff_t>(at + count)});
      at += count;
    }
    REQUIRE(fixture_.log().Anchor().ok());
    context.store = fixture_.path();
    context.clock = &fixture_.clock();
  }
  RandomStory& random() { return story_; }
  const testing::Story& story() const { return story_.story(); }
  std::unique_ptr<Reading> Open() const { return Need(Reading::Open(context)); }

  Context context;

 private:
  RandomStory story_;
  testing::LogFixture fixture_;
};

bool Lists(const flatbuffers::Vector<flatbuffers::Offset<flatbuffers::String>>* list, const std::string& word) {
  const auto words = Strings(list);
  return std::find(words.begin(), words.end(), word) != words.end();
}

bool Touches(const schema::Event& event, const std::string& tag) {
  const auto* imported = event.payload_as_TagsImported();
  const auto* edited = event.payload_as_TagsEdited();
  return (imported != nullptr && (Lists(imported->added(), tag) || Lists(imported->removed(), tag))) ||
         (edited != nullptr && (Lists(edited->added(), tag) || Lists(edited->removed(), tag)));
}

TEST_CASE("any filters together give what a look at every event gives, in their order") {
  const uint64_t seed = testing::Seed();
  INFO("SKILLTRAIL_TEST_SEED=" << seed);
  History history(seed);
  auto& random = history.random();
  const auto& types = EventTypeNames();
  for (int round = 0; round < 300; ++round) {
    query::LogRequest request;
    Context context = history.context;
    if (random.Below(2) == 0) request.types.push_back(types[random.Below(types.size())]);
    if (!request.types.empty() && random.Below(2) == 0) request.types.emplace_back("tags_imported");
    if (random.Below(3) == 0) request.artifacts.push_back(RandomStory::Ids()[random.Below(RandomStory::Ids().size())]);
    if (random.Below(6) == 0) request.artifacts.emplace_back("a");
    if (random.Below(4) == 0) request.tag = "pdf";
    if (random.Below(6) == 0) request.project = "/home/u/project";
    if (random.Below(5) == 0) request.run = 1;
    if (random.Below(3) == 0) context.collection = random.Below(2) == 0 ? "default" : "other";
    if (random.Below(3) == 0) request.since = std::to_string(1 + random.Below(kEvents));
    if (random.Below(3) == 0) request.until = std::to_string(random.Below(kEvents + 1));
    if (random.Below(4) == 0) request.after = random.Below(kEvents);
    if (random.Below(3) == 0) request.limit = random.Below(30);
    if (random.Below(4) == 0) context.at = std::to_string(random.Below(kEvents + 1));
    request.oldest_first = random.Below(2) == 0;

    std::vector<Seq> expected;
    history.story().Each(0, history.story().head(), [&](const store::StoredEvent& stored) {
      const auto& event = *stored.event;
      const std::string artifact(View(event.artifact()));
      const auto named = [&](const std::string& one) {
        return one == artifact ||
               (one.find(':') == std::string::npos && artifact.substr(artifact.find(':') + 1) == one && !artifact.empty());
      };
      if (!request.types.empty() && std::find(request.types.begin(), request.types.end(), EventTypeName(event)) == request.types.end())
        return;
      if (!request.artifacts.empty() && std::none_of(request.artifacts.begin(), request.artifacts.end(), named)) return;
      if (!request.tag.empty() && !Touches(event, request.tag)) return;
      if (!request.project.empty() && View(event.project()) != request.project) return;
      if (!context.collection.empty() && View(event.collection()) != context.collection) return;
      if (!request.since.empty() && stored.seq < std::stoull(request.since)) return;
      if (!request.until.empty() && stored.seq > std::stoull(request.until)) return;
      if (request.after && stored.seq <= *request.after) return;
      if (!context.at.empty() && stored.seq > std::stoull(context.at)) return;
      expected.push_back(stored.seq);
    });
    if (!request.oldest_first && !request.after) std::reverse(expected.begin(), expected.end());
    if (request.limit) expected.resize(std::min<size_t>(expected.size(), *request.limit));

    std::vector<Seq> given;
    const auto reading = Need(Reading::Open(context));
    const Status asked = query::Log(*reading, request, [&](const query::LoggedEvent& event) {
      given.push_back(event.seq);
      return store::Visit::kContinue;
    });
    // The story has one run without a RunStarted, and a collection may not have begun yet: refusals are another test's.
    if (!asked.ok()) {
      REQUIRE((request.run || asked.error().code == Code::kNotFound));
      continue;
    }
    INFO("round " << round);
    REQUIRE(given == expected);
  }
}

// The last point at which the default collection is there.
Seq LastStanding(const History& history) {
  Seq last = 0;
  bool standing = false;
  history.story().Each(0, history.story().head(), [&](const store::StoredEvent& stored) {
    if (View(stored.event->collection()) == "default") {
      const auto type = stored.event->payload_type();
      if (type == schema::Payload::CollectionCreated || type == schema::Payload::CollectionImported) standing = true;
      if (type == schema::Payload::CollectionRemoved) standing = false;
    }
    if (standing) last = stored.seq;
  });
  return last;
}

// The values of one artifact as `show` has them, at one point.
std::map<std::string, std::string> ValuesAt(const History& history, const std::string& id, Seq seq) {
  std::map<std::string, std::string> values;
  const auto state = history.story().Collection(seq);
  const auto* artifact = state.Find(id);
  if (artifact == nullptr) return values;
  for (const auto& field : artifact->metadata) values[field->name] = field->value;
  values["path"] = artifact->path;
  values["source"] = artifact->source;
  values["origin_source"] = artifact->origin_source;
  values["version_spec"] = artifact->version_spec;
  values["resolved_sha"] = artifact->resolved_sha;
  values["content_hash"] = artifact->content_hash;
  for (const auto& tag : projections::EffectiveTags(*artifact)) values["tag:" + tag] = tag;
  std::erase_if(values, [](const auto& one) { return one.second.empty(); });
  return values;
}

TEST_CASE("blame names the last event after which a value was another, for what stands and for what is gone") {
  const uint64_t seed = testing::Seed();
  INFO("SKILLTRAIL_TEST_SEED=" << seed);
  History history(seed);
  const Seq at = LastStanding(history);
  REQUIRE(at > 0);
  history.context.at = std::to_string(at);
  for (const std::string id : {"skill:a", "agent:a", "mcp-server:c"}) {
    std::map<std::string, std::vector<std::pair<Seq, std::optional<std::string>>>> changes;
    std::map<std::string, std::string> before;
    for (Seq seq = 1; seq <= at; ++seq) {
      const auto now = ValuesAt(history, id, seq);
      for (const auto& [name, value] : now) {
        if (!before.contains(name) || before[name] != value) changes[name].emplace_back(seq, value);
      }
      for (const auto& [name, value] : before) {
        if (!now.contains(name)) changes[name].emplace_back(seq, std::nullopt);
      }
      before = now;
    }
    const auto reading = history.Open();
    for (const auto& [name, expected] : changes) {
      INFO(id << " " << name);
      const auto report = Need(query::BlameOf(*reading, id, name));
      REQUIRE(report.entries.size() == 1);
      const auto& entry = report.entries.front();
      REQUIRE(entry.gone == !expected.back().second.has_value());
      REQUIRE(entry.history.size() == expected.size());
      for (size_t i = 0; i < expected.size(); ++i) {
        REQUIRE(entry.history[i].change.seq == expected[i].first);
        REQUIRE(entry.history[i].change.value == expected[i].second.value_or(""));
        if (expected[i].second) REQUIRE(entry.set.change.seq >= expected[i].first);
      }
    }
    if (changes.empty()) continue;
    std::set<std::string> standing;
    for (const auto& entry : Need(query::BlameOf(*reading, id, "")).entries) standing.insert(entry.field);
    std::set<std::string> wanted;
    for (const auto& [name, value] : before) wanted.insert(name);
    REQUIRE(standing == wanted);
  }
}

TEST_CASE("tags --all counts what artifacts carry, and finds when each tag first and last came") {
  const uint64_t seed = testing::Seed();
  INFO("SKILLTRAIL_TEST_SEED=" << seed);
  History history(seed);
  history.context.collection = "default";
  for (const Seq at : {Seq{60}, Seq{350}, Seq{kEvents}}) {
    history.context.at = std::to_string(at);
    const auto reading = history.Open();
    const auto report = query::AllTags(*reading);
    const auto state = history.story().Collection(at);
    if (!report.ok()) {
      REQUIRE_FALSE(state.exists());
      continue;
    }
    std::map<std::string, size_t> counts;
    for (const auto* artifact : state.artifacts()) {
      for (const auto& tag : projections::EffectiveTags(*artifact)) ++counts[tag];
    }
    std::map<std::string, std::vector<Seq>> came;
    history.story().Each(0, at, [&](const store::StoredEvent& stored) {
      const auto& event = *stored.event;
      if (View(event.collection()) != "default") return;
      for (const std::string tag : {"ai", "docs", "office", "pdf"}) {
        bool brought = false;
        if (const auto* imported = event.payload_as_TagsImported()) brought = Lists(imported->added(), tag);
        if (const auto* edited = event.payload_as_TagsEdited()) brought = Lists(edited->added(), tag);
        const auto* added = event.payload_as_ArtifactAdded();
        const auto* restored = event.payload_as_ArtifactRestored();
        if (added != nullptr) brought = Lists(added->record()->user_tags(), tag);
        if (restored != nullptr) brought = Lists(restored->record()->user_tags(), tag);
        if (brought) came[tag].push_back(stored.seq);
      }
    });
    REQUIRE(report->tags.size() == counts.size());
    for (const auto& tag : report->tags) {
      INFO(tag.tag << " at " << at);
      REQUIRE(tag.count == counts[tag.tag]);
      REQUIRE(tag.first_seq == (came[tag.tag].empty() ? 0 : came[tag.tag].front()));
      REQUIRE(tag.last_seq == (came[tag.tag].empty() ? 0 : came[tag.tag].back()));
    }
  }
}

TEST_CASE("stats add up to the events") {
  const uint64_t seed = testing::Seed();
  INFO("SKILLTRAIL_TEST_SEED=" << seed);
  History history(seed);
  const auto report = Need(query::Stats(*history.Open(), 1'000));
  uint64_t bytes = 0;
  std::map<std::string, uint64_t> types, artifacts;
  history.story().Each(0, history.story().head(), [&](const store::StoredEvent& stored) {
    bytes += stored.bytes.size();
    ++types[EventTypeName(*stored.event)];
    if (!View(stored.event->artifact()).empty())
      ++artifacts[std::string(View(stored.event->collection())) + "/" + std::string(View(stored.event->artifact()))];
  });
  REQUIRE(report.event_bytes == bytes);
  REQUIRE(report.by_type.size() == types.size());
  for (const auto& count : report.by_type) REQUIRE(count.events == types[count.what]);
  REQUIRE(report.artifacts == artifacts.size());
  for (const auto& count : report.by_artifact) REQUIRE(count.events == artifacts[count.collection + "/" + count.what]);
  uint64_t months = 0;
  for (const auto& month : report.by_month) months += month.events;
  REQUIRE(months == history.story().head());
}

}  // namespace
}  // namespace skilltrail

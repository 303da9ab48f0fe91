#include <algorithm>
#include <random>
#include <string>

#include "events/codec.h"
#include "events/json.h"
#include "tests/events/golden_events.h"

#include <nlohmann/json.hpp>

#include <catch2/catch.hpp>

namespace skilltrail {
namespace {

Event TagsEvent() {
  Event event;
  event.run_id = NewRunId(1'769'074'200'000'000);
  event.recorded_at = 1'769'074'200'000'001;
  event.collection = "default";
  event.artifact = "skill:pdf";
  schema::TagsImportedT tags;
  tags.source = "acme/skills";
  tags.after = {"documents", "pdf"};
  event.payload = tags;
  return event;
}

// Event bytes with chosen oddities, as only a newer, broken or hostile program writes them.
struct RawEvent {
  size_t run_id_size = 16;
  uint8_t type = 1;
  bool has_payload = true;
  std::vector<uint8_t> Encode() const {
    flatbuffers::FlatBufferBuilder builder;
    const auto run_id = builder.CreateVector(std::vector<uint8_t>(run_id_size, 7));
    const auto payload = has_payload ? schema::CreateRunStartedDirect(builder, "ana").Union() : flatbuffers::Offset<void>();
    builder.Finish(schema::CreateEvent(builder, run_id, 3, 5, 0, 0, 0, static_cast<schema::Payload>(type), payload));
    return {builder.GetBufferPointer(), builder.GetBufferPointer() + builder.GetSize()};
  }
};

Code VerifyCode(const std::vector<uint8_t>& bytes) {
  const auto status = VerifyEventBytes(bytes);
  return status.ok() ? Code::kInterrupted : status.error().code;
}

// Reads all that the bytes hold, by both ways.
void ReadEverything(const std::vector<uint8_t>& bytes) {
  const auto text = PayloadJson(ViewEvent(bytes)).dump();
  const auto decoded = DecodeEvent(bytes);
  if (decoded.ok()) REQUIRE(VerifyEventBytes(EncodeEvent(*decoded)).ok());
  REQUIRE(text.size() >= 2);
}

}  // namespace

TEST_CASE("an event comes back from its bytes as it was") {
  const auto event = TagsEvent();
  const auto bytes = EncodeEvent(event);
  REQUIRE(VerifyEventBytes(bytes).ok());
  const auto decoded = DecodeEvent(bytes);
  REQUIRE(decoded.ok());
  REQUIRE(decoded->run_id == event.run_id);
  REQUIRE(decoded->ordinal == 0);
  REQUIRE(decoded->recorded_at == event.recorded_at);
  REQUIRE(decoded->collection == "default");
  REQUIRE(decoded->artifact == "skill:pdf");
  REQUIRE(decoded->project.empty());
  REQUIRE(decoded->payload == event.payload);
  REQUIRE(RunIdOf(ViewEvent(bytes)) == event.run_id);
}

TEST_CASE("an event of every type with nothing set encodes, verifies and decodes") {
  for (auto event : testing::GoldenEvents1()) {
    std::visit([]<class Native>(Native& native) { native = Native(); }, event.payload);
    event = Event{event.run_id, 0, 0, "", "", "", event.payload};
    const auto bytes = EncodeEvent(event);
    REQUIRE(VerifyEventBytes(bytes).ok());
    REQUIRE(DecodeEvent(bytes)->payload == event.payload);
  }
}

TEST_CASE("equal events from different memory have equal bytes") {
  const auto event = TagsEvent();
  auto copy = event;
  std::get<schema::TagsImportedT>(copy.payload).after.reserve(1000);
  copy.collection.reserve(1000);
  REQUIRE(EncodeEvent(event) == EncodeEvent(copy));
  REQUIRE(EncodeEvent(event) == EncodeEvent(*DecodeEvent(EncodeEvent(copy))));
}

TEST_CASE("an event of an unknown type is kept, not decoded, and shows an empty payload") {
  const auto bytes = RawEvent{.type = 200}.Encode();
  REQUIRE(VerifyEventBytes(bytes).ok());
  const auto decoded = DecodeEvent(bytes);
  REQUIRE_FALSE(decoded.ok());
  REQUIRE(decoded.error().code == Code::kFailed);
  REQUIRE(decoded.error().message.find("unknown_200") != std::string::npos);
  REQUIRE(PayloadJson(ViewEvent(bytes)) == nlohmann::json::object());
  int unknown = 0;
  VisitPayload(ViewEvent(bytes), [&]<class T>(const T& payload) {
    if constexpr (std::is_same_v<T, UnknownEvent>) unknown = payload.type;
  });
  REQUIRE(unknown == 200);
}

TEST_CASE("bytes without a whole run id or without a payload are corrupt") {
  REQUIRE(VerifyEventBytes(RawEvent{}.Encode()).ok());
  REQUIRE(VerifyCode(RawEvent{.run_id_size = 15}.Encode()) == Code::kCorrupt);
  REQUIRE(VerifyCode(RawEvent{.run_id_size = 17}.Encode()) == Code::kCorrupt);
  REQUIRE(VerifyCode(RawEvent{.has_payload = false}.Encode()) == Code::kCorrupt);
  REQUIRE(VerifyCode(RawEvent{.type = 0}.Encode()) == Code::kCorrupt);
  REQUIRE(VerifyCode(RawEvent{.type = 0, .has_payload = false}.Encode()) == Code::kCorrupt);
}

TEST_CASE("a payload read as another type is either well-formed or corrupt, never read out of bounds") {
  for (int type = 1; type <= 255; ++type) {
    const auto bytes = RawEvent{.type = static_cast<uint8_t>(type)}.Encode();
    if (VerifyEventBytes(bytes).ok()) ReadEverything(bytes);
  }
}

TEST_CASE("empty, cut and foreign bytes are corrupt") {
  REQUIRE(VerifyCode({}) == Code::kCorrupt);
  const auto bytes = EncodeEvent(TagsEvent());
  for (size_t size = 0; size < bytes.size(); ++size) {
    const std::vector<uint8_t> cut(bytes.begin(), bytes.begin() + static_cast<std::ptrdiff_t>(size));
    if (VerifyEventBytes(cut).ok()) ReadEverything(cut);
  }
  REQUIRE(VerifyCode(std::vector<uint8_t>(bytes.begin(), bytes.begin() + 24)) == Code::kCorrupt);
  REQUIRE(VerifyCode(std::vector<uint8_t>(4096, 0)) == Code::kCorrupt);
  REQUIRE(VerifyCode(std::vector<uint8_t>(4096, 0xff)) == Code::kCorrupt);
}

TEST_CASE("more than 100,000 tables are refused") {
  schema::MetadataEditedT edited;
  for (int i = 0; i < 99'990; ++i) edited.changes.push_back(std::make_unique<schema::FieldChangeT>());
  auto event = TagsEvent();
  event.payload = edited;
  REQUIRE(VerifyEventBytes(EncodeEvent(event)).ok());
  for (int i = 0; i < 20; ++i) edited.changes.push_back(std::make_unique<schema::FieldChangeT>());
  event.payload = edited;
  REQUIRE(VerifyCode(EncodeEvent(event)) == Code::kCorrupt);
}

TEST_CASE("mutated bytes never crash the verifier, and what it passes can be read") {
  const auto seed = std::random_device{}();
  CAPTURE(seed);
  std::mt19937 random(seed);
  const auto events = testing::GoldenEvents1();
  size_t passed = 0;
  constexpr int kMutationsPerEvent = 2'000;
  for (const auto& event : events) {
    const auto original = EncodeEvent(event);
    for (int i = 0; i < kMutationsPerEvent; ++i) {
      auto bytes = original;
      for (auto edits = 1 + random() % 4; edits > 0; --edits) {
        auto& byte = bytes[random() % bytes.size()];
        byte = static_cast<uint8_t>(random() % 2 == 0 ? random() : byte ^ (1u << random() % 8));
      }
      if (random() % 8 == 0) bytes.resize(random() % bytes.size());
      if (!VerifyEventBytes(bytes).ok()) continue;
      ++passed;
      ReadEverything(bytes);
    }
  }
  REQUIRE(passed > 0);
  REQUIRE(passed < events.size() * kMutationsPerEvent);
}

TEST_CASE("a chain hash covers the hash before and the bytes") {
  const std::vector<uint8_t> bytes = {'a', 'b', 'c'};
  const auto first = ChainHash(Digest{}, bytes);
  REQUIRE(first == Sha256(std::string(32, '\0') + "abc"));
  const auto second = ChainHash(first, bytes);
  REQUIRE(second != first);
  REQUIRE(second == Sha256(std::string(first.bytes.begin(), first.bytes.end()) + "abc"));
}

}  // namespace skilltrail

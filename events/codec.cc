#include "events/codec.h"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "events/check.h"

namespace skilltrail {
namespace {

constexpr size_t kAlignment = 8;
constexpr size_t kRunIdSize = std::tuple_size_v<decltype(RunId::bytes)>;

bool Aligned(std::span<const uint8_t> bytes) {
  return reinterpret_cast<uintptr_t>(bytes.data()) % kAlignment == 0;
}

Error Corrupt(std::string why) {
  return {Code::kCorrupt, "event bytes are not valid: " + std::move(why), ""};
}

// Accepts every table of the vocabulary, and notes a type outside of it.
struct Decoder {
  Payload* out;
  bool known = true;
  template <class Table>
  void operator()(const Table& table) {
    // UnPackTo merges into what is there (FlatBuffers #7527), so each event is unpacked into a fresh object.
    typename Table::NativeTableType native;
    table.UnPackTo(&native);
    *out = std::move(native);
  }
  void operator()(const UnknownEvent&) { known = false; }
};

flatbuffers::Offset<flatbuffers::String> Text(flatbuffers::FlatBufferBuilder& builder, const std::string& text) {
  return text.empty() ? flatbuffers::Offset<flatbuffers::String>() : builder.CreateString(text);
}

}  // namespace

std::vector<uint8_t> EncodeEvent(const Event& event) {
  flatbuffers::FlatBufferBuilder builder(1024);
  const auto run_id = builder.CreateVector(event.run_id.bytes.data(), event.run_id.bytes.size());
  const auto collection = Text(builder, event.collection);
  const auto artifact = Text(builder, event.artifact);
  const auto project = Text(builder, event.project);
  auto type = schema::Payload::NONE;
  const auto payload = std::visit(
      [&]<class Native>(const Native& native) {
        using Table = typename Native::TableType;
        type = schema::PayloadTraits<Table>::enum_value;
        return Table::Pack(builder, &native).Union();
      },
      event.payload);
  builder.Finish(schema::CreateEvent(builder, run_id, event.ordinal, event.recorded_at, collection, artifact, project, type, payload));
  return {builder.GetBufferPointer(), builder.GetBufferPointer() + builder.GetSize()};
}

Result<Event> DecodeEvent(std::span<const uint8_t> bytes) {
  CHECK(Aligned(bytes));
  const auto& stored = ViewEvent(bytes);
  Event event;
  event.run_id = RunIdOf(stored);
  event.ordinal = stored.ordinal();
  event.recorded_at = stored.recorded_at();
  event.collection = View(stored.collection());
  event.artifact = View(stored.artifact());
  event.project = View(stored.project());
  Decoder decoder{&event.payload};
  VisitPayload(stored, decoder);
  if (!decoder.known) {
    return Error{Code::kFailed, fmt::format("event of type {}: this program does not know it", EventTypeName(stored)),
                 "it was written by a newer skilltrail; upgrade to read it"};
  }
  return event;
}

Status VerifyEventBytes(std::span<const uint8_t> bytes) {
  CHECK(Aligned(bytes));
  if (bytes.size() >= FLATBUFFERS_MAX_BUFFER_SIZE) return Corrupt(fmt::format("{} bytes are too many", bytes.size()));
  flatbuffers::Verifier::Options options;
  options.max_depth = 16;
  options.max_tables = 100'000;
  flatbuffers::Verifier verifier(bytes.data(), bytes.size(), options);
  if (!schema::VerifyEventBuffer(verifier)) return Corrupt("they are not a well-formed event");
  const auto& event = ViewEvent(bytes);
  if (event.run_id() == nullptr || event.run_id()->size() != kRunIdSize)
    return Corrupt(fmt::format("the run id is not {} bytes long", kRunIdSize));
  // The verifier passes a union whose type and value do not come together.
  if (event.payload_type() == schema::Payload::NONE || event.payload() == nullptr) return Corrupt("the event has no payload");
  return {};
}

RunId RunIdOf(const schema::Event& event) {
  RunId id;
  if (event.run_id() != nullptr && event.run_id()->size() == kRunIdSize) {
    std::copy_n(event.run_id()->data(), kRunIdSize, id.bytes.begin());
  }
  return id;
}

Digest ChainHash(const Digest& previous, std::span<const uint8_t> bytes) {
  thread_local Hasher hasher;
  hasher.Update(previous.bytes);
  hasher.Update(bytes);
  return hasher.Finish();
}

std::vector<std::string> Strings(const flatbuffers::Vector<flatbuffers::Offset<flatbuffers::String>>* list) {
  std::vector<std::string> out;
  if (list == nullptr) return out;
  out.reserve(list->size());
  for (const auto* text : *list) out.emplace_back(View(text));
  return out;
}

Digest DigestOf(const flatbuffers::Vector<uint8_t>* bytes) {
  return bytes == nullptr ? Digest{} : DigestFromBytes(bytes->data(), bytes->size());
}

}  // namespace skilltrail

// Event: what a decision returns (native, owned) and what a fold reads (a view into stored bytes).
#pragma once

#include <cstdint>
#include <string>
#include <type_traits>
#include <variant>
#include <vector>

#include "events/id.h"
#include "events/time.h"
#include "schema/events_generated.h"

namespace skilltrail {

// The vocabulary. A new event is added to schema/events.fbs, here, and to the folds, which do not compile without it.
template <class... Ts>
struct TypeList {};
using EventTypes =
    TypeList<schema::RunStarted, schema::RunCompleted, schema::CollectionCreated, schema::CollectionRemoved, schema::CollectionImported,
             schema::ArtifactAdded, schema::ArtifactRemoved, schema::ArtifactRestored, schema::ContentChanged, schema::MetadataRefreshed,
             schema::MetadataEdited, schema::TagsImported, schema::TagsEdited, schema::RefreshCompleted, schema::SourceMoved,
             schema::SourceChanged, schema::SourceIdentityChanged, schema::SourceAccepted, schema::ArtifactDeployed,
             schema::ArtifactUndeployed, schema::BaselineMoved, schema::DriftDetected, schema::DriftResolved, schema::SnapshotCreated,
             schema::SnapshotDeleted, schema::BlobRedacted>;

// An event of a type that this program does not know: written by a newer one. Folds skip it.
struct UnknownEvent {
  uint8_t type = 0;
};

namespace internal {
template <class List>
struct NativeVariant;
template <class... Ts>
struct NativeVariant<TypeList<Ts...>> {
  using type = std::variant<typename Ts::NativeTableType...>;
};

template <class Visitor, class List>
inline constexpr bool kAcceptsAll = false;
template <class Visitor, class... Ts>
inline constexpr bool kAcceptsAll<Visitor, TypeList<Ts...>> = (std::is_invocable_v<Visitor&, const Ts&> && ...);
}  // namespace internal

// What happened, as values. Every member can be copied, deeply.
using Payload = internal::NativeVariant<EventTypes>::type;

struct Event {
  RunId run_id;
  uint32_t ordinal = 0;
  Micros recorded_at = 0;
  std::string collection;  // empty where it does not apply; so the next two
  std::string artifact;    // type:name
  std::string project;     // absolute path
  Payload payload;
};

// Something that can be called with every event type and with UnknownEvent.
template <class Visitor>
concept PayloadVisitor = std::is_invocable_v<Visitor&, const UnknownEvent&> && internal::kAcceptsAll<Visitor, EventTypes>;

// Calls visitor(const schema::T&) for the payload's type, or visitor(const UnknownEvent&). A visitor that forgets a type does not compile.
template <PayloadVisitor Visitor>
void VisitPayload(const schema::Event& event, Visitor&& visitor);

// The type's name in snake_case ("tags_imported"); "unknown_<number>" for a newer type.
std::string EventTypeName(const schema::Event& event);
std::string EventTypeName(schema::Payload type);
// All names, in the schema's order.
const std::vector<std::string>& EventTypeNames();

namespace internal {
template <class Visitor, class... Ts>
void VisitPayload(const schema::Event& event, Visitor& visitor, TypeList<Ts...>) {
  const auto type = event.payload_type();
  bool known = false;
  auto try_one = [&]<class T>(const T*) {
    if (type == schema::PayloadTraits<T>::enum_value && event.payload() != nullptr) {
      visitor(*static_cast<const T*>(event.payload()));
      known = true;
    }
    return known;
  };
  (void)(try_one(static_cast<const Ts*>(nullptr)) || ...);
  if (!known) visitor(UnknownEvent{static_cast<uint8_t>(type)});
}
}  // namespace internal

template <PayloadVisitor Visitor>
void VisitPayload(const schema::Event& event, Visitor&& visitor) {
  internal::VisitPayload(event, visitor, EventTypes{});
}

}  // namespace skilltrail

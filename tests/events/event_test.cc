#include <string>

#include "events/codec.h"
#include "events/event.h"
#include "tests/events/golden_events.h"

#include <catch2/catch.hpp>

namespace skilltrail {
namespace {

// A fold that names its cases, as one in engine/projections does; one type can be left out.
template <class Forgotten>
struct FoldWithout {
  template <class T>
  requires(!std::is_same_v<T, Forgotten>) void operator()(const T&) const {}
};
struct Nothing {};

template <class Visitor>
concept CanVisit = requires(const schema::Event& event, Visitor visitor) {
  VisitPayload(event, visitor);
};

template <class... Ts>
constexpr bool EachIsNeeded(TypeList<Ts...>) {
  return (!CanVisit<FoldWithout<Ts>> && ...);
}

// A forgotten case does not compile, whichever it is.
static_assert(CanVisit<FoldWithout<Nothing>>);
static_assert(EachIsNeeded(EventTypes{}));
static_assert(!CanVisit<FoldWithout<UnknownEvent>>);

}  // namespace

TEST_CASE("a visit calls the case of the event's own type, once") {
  for (const auto& event : testing::GoldenEvents1()) {
    const auto bytes = EncodeEvent(event);
    int calls = 0;
    size_t position = 0;
    VisitPayload(ViewEvent(bytes), [&]<class T>(const T&) {
      ++calls;
      if constexpr (!std::is_same_v<T, UnknownEvent>) position = static_cast<size_t>(schema::PayloadTraits<T>::enum_value);
    });
    REQUIRE(calls == 1);
    REQUIRE(position == event.payload.index() + 1);
  }
}

TEST_CASE("event types are named in snake_case, in the schema's order") {
  const auto& names = EventTypeNames();
  REQUIRE(names.size() == std::variant_size_v<Payload>);
  REQUIRE(names.front() == "run_started");
  REQUIRE(names.back() == "blob_redacted");
  REQUIRE(EventTypeName(schema::Payload::TagsImported) == "tags_imported");
  REQUIRE(EventTypeName(schema::Payload::SourceIdentityChanged) == "source_identity_changed");
}

TEST_CASE("an event type of a newer program is named by its number") {
  REQUIRE(EventTypeName(static_cast<schema::Payload>(27)) == "unknown_27");
  REQUIRE(EventTypeName(static_cast<schema::Payload>(255)) == "unknown_255");
  REQUIRE(EventTypeName(schema::Payload::NONE) == "unknown_0");
}

}  // namespace skilltrail

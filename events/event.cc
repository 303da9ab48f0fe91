#include "events/event.h"

#include <fmt/format.h>

namespace skilltrail {
namespace {

template <class... Ts>
constexpr bool FollowsSchema(TypeList<Ts...>) {
  uint8_t expected = 0;
  return ((static_cast<uint8_t>(schema::PayloadTraits<Ts>::enum_value) == ++expected) && ...) &&
         expected == static_cast<uint8_t>(schema::Payload::MAX);
}
static_assert(FollowsSchema(EventTypes{}), "EventTypes must name every member of the schema's union, in its order");

// "TagsImported" -> "tags_imported".
std::string SnakeCase(std::string_view name) {
  std::string out;
  for (char c : name) {
    const bool upper = c >= 'A' && c <= 'Z';
    if (upper && !out.empty()) out += '_';
    out += upper ? static_cast<char>(c - 'A' + 'a') : c;
  }
  return out;
}

}  // namespace

const std::vector<std::string>& EventTypeNames() {
  static const std::vector<std::string> names = [] {
    std::vector<std::string> made;
    for (auto type : schema::EnumValuesPayload()) {
      if (type != schema::Payload::NONE) made.push_back(SnakeCase(schema::EnumNamePayload(type)));
    }
    return made;
  }();
  return names;
}

std::string EventTypeName(schema::Payload type) {
  const auto number = static_cast<size_t>(type);
  const auto& names = EventTypeNames();
  return number >= 1 && number <= names.size() ? names[number - 1] : fmt::format("unknown_{}", number);
}

std::string EventTypeName(const schema::Event& event) {
  return EventTypeName(event.payload_type());
}

}  // namespace skilltrail

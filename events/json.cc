#include "events/json.h"

#include <flatbuffers/minireflect.h>
#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "events/check.h"
#include "events/codec.h"
#include "events/digest.h"
#include "events/name.h"
#include "events/time.h"

// The type tables are walked by hand: a visitor of FlatBuffers' IterateObject would have to keep a stack of its own, and is called once a
// byte for a byte vector.
namespace skilltrail {
namespace {

using flatbuffers::ElementaryType;
using flatbuffers::TypeTable;
using nlohmann::json;

json TableJson(const flatbuffers::Table& table, const TypeTable& type);

// What a field of the schema is, from its type code.
struct FieldType {
  std::string_view name;
  ElementaryType base;
  bool list;
  const TypeTable* refers_to;  // the table or enum it refers to; null for plain types

  bool is_enum() const { return refers_to != nullptr && refers_to->st == flatbuffers::ST_ENUM; }
  bool is_table() const { return refers_to != nullptr && refers_to->st == flatbuffers::ST_TABLE; }
  bool is_time() const { return base == flatbuffers::ET_LONG && !list && name.ends_with("_at"); }
  bool is_bytes() const { return base == flatbuffers::ET_UCHAR && list && refers_to == nullptr; }
};

FieldType FieldAt(const TypeTable& type, size_t index) {
  const auto code = type.type_codes[index];
  return {type.names[index], static_cast<ElementaryType>(code.base_type), code.is_repeating != 0,
          code.sequence_ref < 0 ? nullptr : type.type_refs[code.sequence_ref]()};
}

const uint8_t* Follow(const uint8_t* offset) {
  return offset + flatbuffers::ReadScalar<flatbuffers::uoffset_t>(offset);
}

json EnumJson(const TypeTable& type, int64_t value) {
  if (value == 0) return nullptr;
  const char* name = flatbuffers::EnumName(value, &type);
  return name != nullptr ? json(name) : json(fmt::format("unknown_{}", value));
}

template <class T>
json NumberJson(const FieldType& field, const uint8_t* at) {
  const T value = at == nullptr ? T{} : flatbuffers::ReadScalar<T>(at);
  if constexpr (std::is_integral_v<T>) {
    if (field.is_enum()) return EnumJson(*field.refers_to, static_cast<int64_t>(value));
    if (field.is_time()) return value == 0 ? json() : json(FormatTime(static_cast<Micros>(value)));
  }
  return value;
}

json TextJson(const uint8_t* at) {
  if (at == nullptr) return nullptr;
  return ToUtf8(View(reinterpret_cast<const flatbuffers::String*>(Follow(at))));
}

json NestedJson(const FieldType& field, const uint8_t* at) {
  CHECK(field.is_table());  // payloads hold neither structs nor unions
  if (at == nullptr) return nullptr;
  return TableJson(*reinterpret_cast<const flatbuffers::Table*>(Follow(at)), *field.refers_to);
}

// One value of the field's type; `at` is where it stands, or null where it is absent.
json ValueJson(const FieldType& field, const uint8_t* at) {
  switch (field.base) {
    case flatbuffers::ET_BOOL:
      return at != nullptr && *at != 0;
    case flatbuffers::ET_CHAR:
      return NumberJson<int8_t>(field, at);
    case flatbuffers::ET_UTYPE:
    case flatbuffers::ET_UCHAR:
      return NumberJson<uint8_t>(field, at);
    case flatbuffers::ET_SHORT:
      return NumberJson<int16_t>(field, at);
    case flatbuffers::ET_USHORT:
      return NumberJson<uint16_t>(field, at);
    case flatbuffers::ET_INT:
      return NumberJson<int32_t>(field, at);
    case flatbuffers::ET_UINT:
      return NumberJson<uint32_t>(field, at);
    case flatbuffers::ET_LONG:
      return NumberJson<int64_t>(field, at);
    case flatbuffers::ET_ULONG:
      return NumberJson<uint64_t>(field, at);
    case flatbuffers::ET_FLOAT:
      return NumberJson<float>(field, at);
    case flatbuffers::ET_DOUBLE:
      return NumberJson<double>(field, at);
    case flatbuffers::ET_STRING:
      return TextJson(at);
    case flatbuffers::ET_SEQUENCE:
      return NestedJson(field, at);
  }
  CHECK(false);
  return nullptr;
}

json ListJson(const FieldType& field, const uint8_t* at) {
  if (field.is_bytes()) {
    if (at == nullptr) return nullptr;
    const auto& bytes = *reinterpret_cast<const flatbuffers::Vector<uint8_t>*>(Follow(at));
    return Hex({bytes.data(), bytes.size()});
  }
  json list = json::array();
  if (at == nullptr) return list;
  const uint8_t* vector = Follow(at);
  const auto count = flatbuffers::ReadScalar<flatbuffers::uoffset_t>(vector);
  const size_t width = flatbuffers::InlineSize(field.base, field.refers_to);
  for (size_t i = 0; i < count; ++i) list.push_back(ValueJson(field, vector + sizeof(count) + i * width));
  return list;
}

json TableJson(const flatbuffers::Table& table, const TypeTable& type) {
  json object = json::object();
  for (size_t i = 0; i < type.num_elems; ++i) {
    const auto field = FieldAt(type, i);
    const uint8_t* at = table.GetAddressOf(flatbuffers::FieldIndexToOffset(static_cast<flatbuffers::voffset_t>(i)));
    object[std::string(field.name)] = field.list ? ListJson(field, at) : ValueJson(field, at);
  }
  return object;
}

}  // namespace

json PayloadJson(const schema::Event& event) {
  json data = json::object();
  auto visit = [&]<class T>(const T& payload) {
    if constexpr (!std::is_same_v<T, UnknownEvent>) {
      data = TableJson(reinterpret_cast<const flatbuffers::Table&>(payload), *T::MiniReflectTypeTable());
    }
  };
  VisitPayload(event, visit);
  return data;
}

}  // namespace skilltrail

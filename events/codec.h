// Event bytes: one generic codec over the payload variant. The bytes are the event's identity and what the hash chain covers.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "events/digest.h"
#include "events/event.h"
#include "events/result.h"

namespace skilltrail {

// The same event gives the same bytes, in every build and on every machine.
std::vector<uint8_t> EncodeEvent(const Event& event);

// Full decode of verified bytes into values; an unknown payload type is kFailed.
Result<Event> DecodeEvent(std::span<const uint8_t> bytes);

// Bytes from outside: structure, depth at most 16, at most 100,000 tables, run id of 16 bytes. kCorrupt otherwise. A payload of an unknown,
// newer type passes; an event without payload does not. `bytes` must be aligned to 8 (a std::vector is; a RocksDB value is not).
Status VerifyEventBytes(std::span<const uint8_t> bytes);

// A view of bytes that were verified before; the bytes must outlive it and be aligned to 8.
inline const schema::Event& ViewEvent(std::span<const uint8_t> bytes) {
  return *schema::GetEvent(bytes.data());
}

RunId RunIdOf(const schema::Event& event);

// hash(n) = SHA-256(hash(n-1) ‖ bytes of event n); hash(0) is 32 zero bytes.
Digest ChainHash(const Digest& previous, std::span<const uint8_t> bytes);

inline std::string_view View(const flatbuffers::String* text) {
  return text == nullptr ? std::string_view() : std::string_view(text->c_str(), text->size());
}
std::vector<std::string> Strings(const flatbuffers::Vector<flatbuffers::Offset<flatbuffers::String>>* list);
Digest DigestOf(const flatbuffers::Vector<uint8_t>* bytes);

}  // namespace skilltrail

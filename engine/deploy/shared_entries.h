// SharedEntries: the hooks or the MCP servers of a JSON object, as entries with a key each, and as text that keeps the bytes of those that
// do not change. For SharedFile and Definition.
#pragma once

#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <nlohmann/json_fwd.hpp>

#include "engine/deploy/json_text.h"
#include "events/result.h"

namespace skilltrail::deploy {

enum class SharedKind {
  kHooks,    // member "hooks": an event's name to a list of entries
  kServers,  // member "mcpServers": a server's name to an entry
};
const char* MemberOf(SharedKind kind);

struct SharedEntry {
  std::string key;      // a hook's event ("PreToolUse"), or a server's name
  std::string value;    // JSON, its keys in their order
  std::string meaning;  // the same with its keys sorted
  bool operator==(const SharedEntry& other) const { return key == other.key && meaning == other.meaning; }
};
using SharedEntries = std::vector<SharedEntry>;

// Finding, putting and appending take time by the logarithm of their number.
class EntryList {
 public:
  explicit EntryList(SharedKind kind) : kind_(kind) {}
  // `object` as it was parsed from `text`. kFailed with the fault where it has another shape.
  static Result<EntryList> Parse(SharedKind kind, const nlohmann::ordered_json& object, std::string_view text);

  // Those that stand there, in order.
  SharedEntries entries() const;
  const std::optional<SharedEntry>& At(size_t slot) const { return slots_[slot].entry; }
  // The first that equals it and is not among `taken`.
  std::optional<size_t> Find(const SharedEntry& entry, const std::set<size_t>& taken) const;
  // Slots of a key, empty ones too.
  const std::vector<size_t>& Under(const std::string& key) const;
  size_t slots() const { return slots_.size(); }

  void Append(SharedEntry entry);
  // Nothing takes it out.
  void Put(size_t slot, std::optional<SharedEntry> entry);
  bool changed() const { return changed_; }

  // The object as text, at that depth of its document; nothing if no entry is left in it. An event that a person left without hooks stays.
  std::optional<std::string> Text(const JsonLayout& layout, int depth) const;

 private:
  using Meant = std::pair<std::string, std::string>;  // key and meaning
  struct Slot {
    std::optional<SharedEntry> entry;
    std::optional<JsonItem> item;  // as it was read
  };
  void Fill(JsonText& container, const std::vector<size_t>& slots, const JsonLayout& layout, int depth) const;
  void Index(size_t slot);

  SharedKind kind_;
  std::string text_;  // empty: a new object
  std::vector<Slot> slots_;
  std::map<std::string, std::vector<size_t>> by_key_;
  std::multimap<Meant, size_t> by_meaning_;
  bool changed_ = false;
};

}  // namespace skilltrail::deploy

#include "engine/deploy/shared_entries.h"

#include <algorithm>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace skilltrail::deploy {
namespace {

using Json = nlohmann::ordered_json;

SharedEntry EntryOf(std::string key, const Json& value) {
  // std::map sorts the keys.
  return {std::move(key), value.dump(), nlohmann::json::parse(value.dump()).dump()};
}

}  // namespace

const char* MemberOf(SharedKind kind) {
  return kind == SharedKind::kHooks ? "hooks" : "mcpServers";
}

Result<EntryList> EntryList::Parse(SharedKind kind, const Json& object, std::string_view text) {
  const auto odd = [](std::string what) { return Error{Code::kFailed, std::move(what), {}}; };
  if (!object.is_object()) return odd(fmt::format("\"{}\" is no object", MemberOf(kind)));
  EntryList list(kind);
  list.text_ = text;
  const auto add = [&](std::string key, JsonItem item) {
    const Json value = Json::parse(item.text);
    list.slots_.push_back({EntryOf(std::move(key), value), std::move(item)});
    list.Index(list.slots_.size() - 1);
  };
  std::set<std::string> names;
  for (auto& item : JsonText::Split(text).items) {
    std::string name = JsonText::NameOf(item);
    if (!names.insert(name).second) return odd(fmt::format("\"{}\" has two members \"{}\"", MemberOf(kind), name));
    if (kind == SharedKind::kServers) {
      add(std::move(name), std::move(item));
      continue;
    }
    if (!object.at(name).is_array()) return odd(fmt::format("\"{}\" of \"{}\" is no list", name, MemberOf(kind)));
    for (auto& hook : JsonText::Split(item.text).items) add(name, std::move(hook));
  }
  return list;
}

SharedEntries EntryList::entries() const {
  SharedEntries entries;
  for (const auto& slot : slots_) {
    if (slot.entry) entries.push_back(*slot.entry);
  }
  return entries;
}

void EntryList::Index(size_t slot) {
  const SharedEntry& entry = *slots_[slot].entry;
  by_key_[entry.key].push_back(slot);
  by_meaning_.emplace(Meant(entry.key, entry.meaning), slot);
}

std::optional<size_t> EntryList::Find(const SharedEntry& entry, const std::set<size_t>& taken) const {
  std::optional<size_t> first;
  for (auto [at, end] = by_meaning_.equal_range(Meant(entry.key, entry.meaning)); at != end; ++at) {
    if (!taken.contains(at->second) && (!first || at->second < *first)) first = at->second;
  }
  return first;
}

const std::vector<size_t>& EntryList::Under(const std::string& key) const {
  static const std::vector<size_t> none;
  const auto found = by_key_.find(key);
  return found == by_key_.end() ? none : found->second;
}

void EntryList::Append(SharedEntry entry) {
  slots_.push_back({std::move(entry), std::nullopt});
  Index(slots_.size() - 1);
  changed_ = true;
}

void EntryList::Put(size_t slot, std::optional<SharedEntry> entry) {
  CHECK(slots_[slot].entry && (!entry || entry->key == slots_[slot].entry->key));
  auto [at, end] = by_meaning_.equal_range(Meant(slots_[slot].entry->key, slots_[slot].entry->meaning));
  while (at != end && at->second != slot) ++at;
  by_meaning_.erase(at);
  if (entry) by_meaning_.emplace(Meant(entry->key, entry->meaning), slot);
  slots_[slot].entry = std::move(entry);
  // Its blanks go on leading what takes its place.
  if (slots_[slot].item) slots_[slot].item->text.clear();
  changed_ = true;
}

// The container's items become those of the slots.
void EntryList::Fill(JsonText& container, const std::vector<size_t>& slots, const JsonLayout& layout, int depth) const {
  const std::vector<JsonItem> before = std::exchange(container.items, {});
  for (const size_t index : slots) {
    const Slot& slot = slots_[index];
    if (!slot.entry) continue;
    if (slot.item) {
      container.items.push_back(*slot.item);
      if (slot.item->text.empty()) container.items.back().text = JsonValueText(Json::parse(slot.entry->value), layout, depth);
      continue;
    }
    // On a line of a list that was written in one, an entry is written in one.
    JsonLayout own = layout;
    const auto& leads = container.items.empty() ? before : container.items;
    own.lines = layout.lines && (leads.empty() || leads.back().lead.find('\n') != std::string::npos);
    container.Append(kind_ == SharedKind::kServers ? slot.entry->key : std::string(),
                     JsonValueText(Json::parse(slot.entry->value), own, depth), own, depth);
  }
}

std::optional<std::string> EntryList::Text(const JsonLayout& layout, int depth) const {
  JsonText object = text_.empty() ? JsonText::Empty('{') : JsonText::Split(text_);
  if (kind_ == SharedKind::kServers) {
    std::vector<size_t> all;
    for (size_t i = 0; i < slots_.size(); ++i) all.push_back(i);
    Fill(object, all, layout, depth);
  } else {
    std::vector<std::string> keys;  // in the order in which they came
    for (const auto& slot : slots_) {
      if (slot.entry && std::find(keys.begin(), keys.end(), slot.entry->key) == keys.end()) keys.push_back(slot.entry->key);
    }
    std::erase_if(object.items, [&](const JsonItem& item) {
      const std::string name = JsonText::NameOf(item);
      return !Under(name).empty() && std::find(keys.begin(), keys.end(), name) == keys.end();
    });
    for (const auto& key : keys) {
      JsonItem* event = object.Find(key);
      JsonText list = event == nullptr ? JsonText::Empty('[') : JsonText::Split(event->text);
      Fill(list, Under(key), layout, depth + 1);
      if (event != nullptr) {
        event->text = list.Join();
      } else {
        object.Append(key, list.Join(), layout, depth);
      }
    }
  }
  if (object.items.empty()) return std::nullopt;
  return object.Join();
}

}  // namespace skilltrail::deploy

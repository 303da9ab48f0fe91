#include "engine/deploy/shared_file.h"

#include <algorithm>
#include <array>
#include <iterator>
#include <map>
#include <optional>
#include <set>
#include <system_error>
#include <utility>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "engine/collection/content.h"
#include "engine/deploy/json_text.h"

namespace skilltrail::deploy {
namespace {

namespace fs = std::filesystem;
using Json = nlohmann::ordered_json;

constexpr std::array kKinds = {SharedKind::kHooks, SharedKind::kServers};

const char* MemberOf(SharedKind kind) {
  return kind == SharedKind::kHooks ? "hooks" : "mcpServers";
}

// std::map sorts the keys.
std::string Meaning(const Json& value) {
  return nlohmann::json::parse(value.dump()).dump();
}

SharedEntry EntryOf(std::string key, const Json& value) {
  return {std::move(key), value.dump(), Meaning(value)};
}

// The entries of the kind's member, in order; an error says what of it has another shape.
Result<SharedEntries> EntriesOf(SharedKind kind, const Json& member) {
  const auto odd = [](std::string what) { return Error{Code::kFailed, std::move(what), {}}; };
  if (!member.is_object()) return odd(fmt::format("'{}' is no object", MemberOf(kind)));
  SharedEntries entries;
  for (const auto& [key, value] : member.items()) {
    if (kind == SharedKind::kServers) {
      entries.push_back(EntryOf(key, value));
      continue;
    }
    if (!value.is_array()) return odd(fmt::format("'{}' of '{}' is no list", key, MemberOf(kind)));
    for (const auto& one : value) entries.push_back(EntryOf(key, one));
  }
  return entries;
}

Json MemberWith(SharedKind kind, const SharedEntries& entries) {
  Json member = Json::object();
  for (const auto& entry : entries) {
    if (kind == SharedKind::kServers) {
      member[entry.key] = Json::parse(entry.value);
    } else {
      member[entry.key].push_back(Json::parse(entry.value));
    }
  }
  return member;
}

// The words of all strings and numbers in it.
void CollectWords(const Json& value, std::vector<std::string>& words) {
  if (value.is_structured()) {
    for (const auto& one : value) CollectWords(one, words);
    return;
  }
  const std::string text = value.is_string() ? value.get<std::string>() : value.dump();
  for (size_t at = 0; (at = text.find_first_not_of(" \t\n", at)) != std::string::npos;) {
    const size_t end = std::min(text.find_first_of(" \t\n", at), text.size());
    words.push_back(text.substr(at, end - at));
    at = end;
  }
}

// The share of words that two hooks have in common, from 0 to 1. Their type is "command" nearly always and says nothing.
double Likeness(const Json& a, const Json& b) {
  std::vector<std::string> words_a, words_b, common;
  CollectWords(a, words_a);
  CollectWords(b, words_b);
  for (auto* words : {&words_a, &words_b}) {
    words->erase(std::remove(words->begin(), words->end(), "command"), words->end());
    std::sort(words->begin(), words->end());
  }
  std::set_intersection(words_a.begin(), words_a.end(), words_b.begin(), words_b.end(), std::back_inserter(common));
  const size_t all = words_a.size() + words_b.size();
  return all == 0 ? 0 : 2.0 * static_cast<double>(common.size()) / static_cast<double>(all);
}

}  // namespace

Result<Definition> Definition::Parse(SharedKind kind, std::string_view bytes) {
  ASSIGN_OR_RETURN(const Json parsed, ParseJsonObject(bytes));
  Definition definition;
  definition.kind_ = kind;
  definition.bytes_ = bytes;
  for (const char* name : {MemberOf(kind), kind == SharedKind::kServers ? "servers" : ""}) {
    if (definition.member_.empty() && parsed.contains(name)) definition.member_ = name;
  }
  const bool flat = definition.member_.empty();
  Json whole = Json::object();
  for (const auto& [name, value] : parsed.items()) {
    if (flat && (kind == SharedKind::kServers ? value.is_object() : value.is_array())) {
      whole[name] = value;
    } else if (name != definition.member_) {
      definition.left_out_.push_back(name);
    }
  }
  ASSIGN_OR_RETURN(definition.entries_, EntriesOf(kind, flat ? whole : parsed[definition.member_]));
  return definition;
}

std::string Definition::With(const SharedEntries& entries) const {
  if (entries == entries_) return bytes_;
  const Json member = MemberWith(kind_, entries);
  if (!member_.empty()) return WithMember(bytes_, member_, member);
  std::string text = bytes_;
  for (const auto& entry : entries_) {
    if (!member.contains(entry.key)) text = WithoutMember(text, entry.key);
  }
  for (const auto& [key, value] : member.items()) text = WithMember(text, key, value);
  return text;
}

namespace {

using Meant = std::pair<std::string, std::string>;  // key and meaning of an entry

Meant MeantBy(const SharedEntry& entry) {
  return {entry.key, entry.meaning};
}

// One kind's member of the file.
struct Section {
  Json original;                                  // null: not there
  std::vector<std::optional<SharedEntry>> slots;  // in order; those taken out are empty
  std::map<std::string, std::vector<size_t>> by_key;
  std::multimap<Meant, size_t> by_meaning;
  std::map<Meant, size_t> claims;  // how many hold it
  bool changed = false;

  void Append(SharedEntry entry) {
    by_key[entry.key].push_back(slots.size());
    by_meaning.emplace(MeantBy(entry), slots.size());
    slots.push_back(std::move(entry));
  }
  // Null puts nothing there.
  void Put(size_t slot, std::optional<SharedEntry> entry) {
    auto [at, end] = by_meaning.equal_range(MeantBy(*slots[slot]));
    while (at != end && at->second != slot) ++at;
    by_meaning.erase(at);
    if (entry) by_meaning.emplace(MeantBy(*entry), slot);
    slots[slot] = std::move(entry);
    changed = true;
  }
  // The first such slot that is not among `taken`.
  std::optional<size_t> Find(const SharedEntry& entry, const std::set<size_t>& taken) const {
    std::optional<size_t> first;
    for (auto [at, end] = by_meaning.equal_range(MeantBy(entry)); at != end; ++at) {
      if (!taken.contains(at->second) && (!first || at->second < *first)) first = at->second;
    }
    return first;
  }
  bool Claimed(const SharedEntry& entry) const { return claims.contains(MeantBy(entry)); }

  // Keys in their order, an event that a person left without hooks too.
  Json Whole(SharedKind kind) const {
    SharedEntries entries;
    for (const auto& slot : slots) {
      if (slot) entries.push_back(*slot);
    }
    Json all = MemberWith(kind, entries);
    Json whole = Json::object();
    if (!original.is_null()) {
      for (const auto& [key, value] : original.items()) {
        if (all.contains(key)) {
          whole[key] = all[key];
        } else if (value.is_array() && value.empty()) {
          whole[key] = value;
        }
      }
    }
    for (auto& [key, value] : all.items()) whole[key] = value;
    return whole;
  }
};

}  // namespace

struct SharedFile::Rep {
  fs::path path;
  bool existed = false;
  std::string text;
  std::array<Section, kKinds.size()> sections;

  Section& section(SharedKind kind) { return sections[static_cast<size_t>(kind)]; }
};

SharedFile::SharedFile(std::unique_ptr<Rep> rep) : rep_(std::move(rep)) {}
SharedFile::SharedFile(SharedFile&&) noexcept = default;
SharedFile& SharedFile::operator=(SharedFile&&) noexcept = default;
SharedFile::~SharedFile() = default;

Result<SharedFile> SharedFile::Read(const fs::path& file) {
  auto rep = std::make_unique<Rep>();
  std::error_code failed;
  rep->path = fs::canonical(file, failed);
  if (failed) rep->path = file;
  auto content = collection::ReadContent(rep->path);
  if (!content.ok() && content.error().code != Code::kNotFound) return content.error();
  if (!content.ok()) return SharedFile(std::move(rep));
  const auto broken = [&](const Error& error) {
    return Error{Code::kFailed, fmt::format("cannot merge into {}: {}", file.string(), error.message), "repair it; nothing was changed"};
  };
  if (!content->single_file) return broken({Code::kFailed, "it is a directory", {}});
  rep->existed = true;
  rep->text = std::move(content->files.front().bytes);
  auto parsed = ParseJsonObject(rep->text);
  if (!parsed.ok()) return broken(parsed.error());
  for (const SharedKind kind : kKinds) {
    if (!parsed->contains(MemberOf(kind))) continue;
    Section& section = rep->section(kind);
    section.original = (*parsed)[MemberOf(kind)];
    auto entries = EntriesOf(kind, section.original);
    if (!entries.ok()) return broken(entries.error());
    for (auto& entry : *entries) section.Append(std::move(entry));
  }
  return SharedFile(std::move(rep));
}

const fs::path& SharedFile::path() const {
  return rep_->path;
}
bool SharedFile::existed() const {
  return rep_->existed;
}
const std::string& SharedFile::text() const {
  return rep_->text;
}

void SharedFile::Claim(SharedKind kind, const SharedEntries& entries) {
  for (const auto& entry : entries) ++rep_->section(kind).claims[MeantBy(entry)];
}

void SharedFile::Release(SharedKind kind, const SharedEntries& entries) {
  auto& claims = rep_->section(kind).claims;
  for (const auto& entry : entries) {
    const auto at = claims.find(MeantBy(entry));
    CHECK(at != claims.end());
    if (--at->second == 0) claims.erase(at);
  }
}

SharedEntries SharedFile::Standing(SharedKind kind, const SharedEntries& wanted, Look look) const {
  const Section& section = rep_->section(kind);
  std::vector<std::optional<size_t>> found;
  std::set<size_t> taken;
  for (const auto& entry : wanted) {
    found.push_back(section.Find(entry, taken));
    if (found.back()) taken.insert(*found.back());
  }
  for (size_t i = 0; look == Look::kEdited && i < wanted.size(); ++i) {
    const auto same_key = section.by_key.find(wanted[i].key);
    if (found[i] || same_key == section.by_key.end()) continue;
    const Json own = Json::parse(wanted[i].value);
    double best = 0.5;
    for (const size_t slot : same_key->second) {
      const auto& entry = section.slots[slot];
      if (!entry || taken.contains(slot) || section.Claimed(*entry)) continue;
      const double likeness = kind == SharedKind::kServers ? 1 : Likeness(Json::parse(entry->value), own);
      if (likeness <= best) continue;
      best = likeness;
      found[i] = slot;
    }
    if (found[i]) taken.insert(*found[i]);
  }
  SharedEntries standing;
  for (const auto& slot : found) {
    if (slot) standing.push_back(*section.slots[*slot]);
  }
  return standing;
}

std::vector<std::string> SharedFile::Contested(SharedKind kind, const SharedEntries& wanted) const {
  std::vector<std::string> contested;
  if (kind == SharedKind::kHooks) return contested;
  const auto& claims = rep_->section(kind).claims;
  for (const auto& entry : wanted) {
    const auto at = claims.lower_bound({entry.key, {}});
    if (at != claims.end() && at->first.first == entry.key && at->first.second != entry.meaning) contested.push_back(entry.key);
  }
  return contested;
}

void SharedFile::Replace(SharedKind kind, const SharedEntries& before, const SharedEntries& after) {
  Section& section = rep_->section(kind);
  std::set<size_t> kept;
  SharedEntries coming;
  for (const auto& entry : after) {
    const auto standing = section.Find(entry, kept);
    if (standing) {
      kept.insert(*standing);
    } else {
      coming.push_back(entry);
    }
  }
  for (const auto& gone : before) {
    const auto slot = section.Find(gone, kept);
    if (!slot || section.Claimed(gone)) continue;
    const auto successor = std::find_if(coming.begin(), coming.end(), [&](const SharedEntry& one) { return one.key == gone.key; });
    if (successor == coming.end()) {
      section.Put(*slot, std::nullopt);
      continue;
    }
    kept.insert(*slot);
    section.Put(*slot, *successor);
    coming.erase(successor);
  }
  for (auto& entry : coming) {
    section.changed = true;
    section.Append(std::move(entry));
  }
}

std::string SharedFile::Bytes() const {
  std::string text = rep_->text;
  bool all_taken = false;
  for (const SharedKind kind : kKinds) {
    const Section& section = rep_->section(kind);
    if (!section.changed) continue;
    const Json whole = section.Whole(kind);
    text = whole.empty() ? WithoutMember(text, MemberOf(kind)) : WithMember(text, MemberOf(kind), whole);
    all_taken = ParseJsonObject(text)->empty();
  }
  return all_taken ? std::string() : text;
}

}  // namespace skilltrail::deploy

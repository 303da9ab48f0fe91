#include "engine/deploy/shared_file.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <functional>
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

// The words of what a hook does. Its type says nothing, and its matcher is what many have alike and people change.
void CollectWords(const Json& value, std::vector<std::string>& words) {
  if (value.is_structured()) {
    for (const auto& [key, one] : value.items()) {
      if (!value.is_object() || (key != "type" && key != "matcher")) CollectWords(one, words);
    }
    return;
  }
  const std::string text = value.is_string() ? value.get<std::string>() : value.dump();
  for (size_t at = 0; (at = text.find_first_not_of(" \t\n", at)) != std::string::npos;) {
    const size_t end = std::min(text.find_first_of(" \t\n", at), text.size());
    words.push_back(text.substr(at, end - at));
    at = end;
  }
}

// True if a command runs or reads a file below the folder. Projects are named by a variable (CLAUDE_PROJECT_DIR and its like), by their
// path, or not at all.
bool Names(const Json& hook, const OwnFolder& own) {
  std::vector<std::string> words;
  CollectWords(hook, words);
  const std::string folder = own.path + "/";
  return std::any_of(words.begin(), words.end(), [&](std::string word) {
    std::erase_if(word, [](char c) { return c == '"' || c == '\''; });
    const size_t at = word.find(folder);
    if (at == std::string::npos) return false;
    std::string before = word.substr(0, at);
    if (before.empty() || before == "./" || before == own.project.string() + "/") return true;
    std::erase_if(before, [](char c) { return c == '{' || c == '}'; });
    return before.front() == '$' && before.ends_with("PROJECT_DIR/");
  });
}

// The share of words that two hooks have in common, from 0 to 1. A word that another one begins with is in common too: it was written on;
// so is one in another case.
double Likeness(const Json& a, const Json& b) {
  std::vector<std::string> words_a, words_b;
  CollectWords(a, words_a);
  CollectWords(b, words_b);
  const size_t all = words_a.size() + words_b.size();
  size_t common = 0;
  const auto pair_off = [&](const auto& alike) {
    std::erase_if(words_a, [&](const std::string& word) {
      const auto other = std::find_if(words_b.begin(), words_b.end(), [&](const std::string& one) { return alike(word, one); });
      if (other == words_b.end()) return false;
      words_b.erase(other);
      ++common;
      return true;
    });
  };
  pair_off([](const std::string& one, const std::string& other) { return one == other; });
  pair_off([](const std::string& one, const std::string& other) {
    const bool begins = std::min(one.size(), other.size()) > 1 && (one.starts_with(other) || other.starts_with(one));
    return begins || std::equal(one.begin(), one.end(), other.begin(), other.end(),
                                [](unsigned char left, unsigned char right) { return std::tolower(left) == std::tolower(right); });
  });
  return all == 0 ? 0 : 2.0 * static_cast<double>(common) / static_cast<double>(all);
}

// Takes `before` out of the list and puts `after` in; what stays and is not to go keeps its place.
void Exchange(EntryList& list, const SharedEntries& before, const SharedEntries& after,
              const std::function<bool(const SharedEntry&)>& stays) {
  std::set<size_t> kept;
  SharedEntries coming;
  for (const auto& entry : after) {
    if (const auto slot = list.Find(entry, kept)) {
      kept.insert(*slot);
    } else {
      coming.push_back(entry);
    }
  }
  for (const auto& gone : before) {
    const auto slot = list.Find(gone, kept);
    if (!slot || stays(gone)) continue;
    const auto successor = std::find_if(coming.begin(), coming.end(), [&](const SharedEntry& one) { return one.key == gone.key; });
    if (successor == coming.end()) {
      list.Put(*slot, std::nullopt);
      continue;
    }
    kept.insert(*slot);
    list.Put(*slot, *successor);
    coming.erase(successor);
  }
  for (auto& entry : coming) list.Append(std::move(entry));
}

}  // namespace

Result<Definition> Definition::Parse(SharedKind kind, std::string_view bytes) {
  ASSIGN_OR_RETURN(const Json parsed, ParseJsonObject(bytes));
  std::string member;
  for (const char* name : {MemberOf(kind), kind == SharedKind::kServers ? "servers" : ""}) {
    if (member.empty() && parsed.contains(name)) member = name;
  }
  JsonText whole = JsonText::Split(bytes);
  std::vector<std::string> left_out;
  for (const auto& [name, value] : parsed.items()) {
    const bool entry = member.empty() && (kind == SharedKind::kServers ? value.is_object() : value.is_array());
    if (!entry && name != member) left_out.push_back(name);
  }
  if (member.empty()) {
    std::erase_if(whole.items, [&](const JsonItem& item) {
      return std::find(left_out.begin(), left_out.end(), JsonText::NameOf(item)) != left_out.end();
    });
  }
  const std::string text = member.empty() ? whole.Join() : whole.Find(member)->text;
  ASSIGN_OR_RETURN(EntryList list, EntryList::Parse(kind, member.empty() ? parsed : parsed[member], text));
  Definition definition(bytes, std::move(list));
  definition.member_ = std::move(member);
  definition.left_out_ = std::move(left_out);
  return definition;
}

std::string Definition::With(const SharedEntries& entries) const {
  if (entries == list_.entries()) return bytes_;
  EntryList list = list_;
  Exchange(list, list_.entries(), entries, [](const SharedEntry&) { return false; });
  JsonText whole = JsonText::Split(bytes_);
  const JsonLayout layout = whole.Layout();
  if (!member_.empty()) {
    whole.Find(member_)->text = list.Text(layout, 1).value_or("{}");
    return whole.Join();
  }
  const std::string text = list.Text(layout, 0).value_or("{}");
  if (left_out_.empty()) return text;
  JsonText next = JsonText::Split(text);
  for (auto& item : whole.items) {
    if (std::find(left_out_.begin(), left_out_.end(), JsonText::NameOf(item)) != left_out_.end()) next.items.push_back(std::move(item));
  }
  return next.Join();
}

// One kind's member of the file.
struct SharedFile::Section {
  EntryList list;
  std::map<std::pair<std::string, std::string>, size_t> claims;  // key and meaning, and how many hold it

  bool Claimed(const SharedEntry& entry) const { return claims.contains({entry.key, entry.meaning}); }
  std::optional<size_t> FindEdited(SharedKind kind, const SharedEntry& wanted, const std::set<size_t>& taken, const OwnFolder& own) const;
};

// What a person has made of an entry that does not stand there itself.
std::optional<size_t> SharedFile::Section::FindEdited(SharedKind kind, const SharedEntry& wanted, const std::set<size_t>& taken,
                                                      const OwnFolder& own) const {
  const auto is_free = [&](size_t slot) { return list.At(slot) && !taken.contains(slot) && !Claimed(*list.At(slot)); };
  if (kind == SharedKind::kServers) {
    const auto& named = list.Under(wanted.key);
    const auto slot = std::find_if(named.begin(), named.end(), is_free);
    return slot == named.end() ? std::nullopt : std::optional(*slot);
  }
  for (size_t slot = 0; slot < list.slots() && !own.path.empty(); ++slot) {
    if (is_free(slot) && Names(Json::parse(list.At(slot)->value), own)) return slot;
  }
  std::optional<size_t> best;
  double best_likeness = 0.5;
  const Json original = Json::parse(wanted.value);
  for (const size_t slot : list.Under(wanted.key)) {
    if (!is_free(slot)) continue;
    const double likeness = Likeness(Json::parse(list.At(slot)->value), original);
    if (likeness <= best_likeness) continue;
    best_likeness = likeness;
    best = slot;
  }
  return best;
}

struct SharedFile::Rep {
  fs::path path;
  bool existed = false;
  std::string text;
  std::array<Section, kKinds.size()> sections = {Section{EntryList(SharedKind::kHooks), {}}, Section{EntryList(SharedKind::kServers), {}}};

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
  JsonText whole = JsonText::Split(rep->text);
  for (const SharedKind kind : kKinds) {
    if (!parsed->contains(MemberOf(kind))) continue;
    auto list = EntryList::Parse(kind, (*parsed)[MemberOf(kind)], whole.Find(MemberOf(kind))->text);
    if (!list.ok()) return broken(list.error());
    rep->section(kind).list = std::move(*list);
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
  for (const auto& entry : entries) ++rep_->section(kind).claims[{entry.key, entry.meaning}];
}

void SharedFile::Release(SharedKind kind, const SharedEntries& entries) {
  auto& claims = rep_->section(kind).claims;
  for (const auto& entry : entries) {
    const auto at = claims.find({entry.key, entry.meaning});
    CHECK(at != claims.end());
    if (--at->second == 0) claims.erase(at);
  }
}

SharedEntries SharedFile::Standing(SharedKind kind, const SharedEntries& wanted, Look look, const OwnFolder& own) const {
  const Section& section = rep_->section(kind);
  std::vector<std::optional<size_t>> found;
  std::set<size_t> taken;
  for (const auto& entry : wanted) {
    found.push_back(section.list.Find(entry, taken));
    if (found.back()) taken.insert(*found.back());
  }
  for (size_t i = 0; look == Look::kEdited && i < wanted.size(); ++i) {
    if (found[i]) continue;
    found[i] = section.FindEdited(kind, wanted[i], taken, own);
    if (found[i]) taken.insert(*found[i]);
  }
  SharedEntries standing;
  for (const auto& slot : found) {
    if (slot) standing.push_back(*section.list.At(*slot));
  }
  return standing;
}

bool SharedFile::HoldsStrangers(SharedKind kind, const SharedEntries& wanted, const SharedEntries& standing) const {
  if (kind != SharedKind::kHooks || standing.size() >= wanted.size()) return false;
  const Section& section = rep_->section(kind);
  const auto of_key = [](const SharedEntries& entries, const std::string& key) {
    return std::count_if(entries.begin(), entries.end(), [&](const SharedEntry& entry) { return entry.key == key; });
  };
  return std::any_of(wanted.begin(), wanted.end(), [&](const SharedEntry& entry) {
    if (of_key(standing, entry.key) >= of_key(wanted, entry.key)) return false;
    const auto& slots = section.list.Under(entry.key);
    return std::any_of(slots.begin(), slots.end(), [&](size_t slot) {
      const auto& there = section.list.At(slot);
      return there && !section.Claimed(*there) && std::find(standing.begin(), standing.end(), *there) == standing.end();
    });
  });
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
  Exchange(section.list, before, after, [&](const SharedEntry& entry) { return section.Claimed(entry); });
}

std::string SharedFile::Bytes() const {
  JsonText whole = JsonText::Split(rep_->text);
  const JsonLayout layout = whole.Layout();
  bool changed = false;
  for (const SharedKind kind : kKinds) {
    const EntryList& list = rep_->section(kind).list;
    if (!list.changed()) continue;
    changed = true;
    auto text = list.Text(layout, 1);
    JsonItem* member = whole.Find(MemberOf(kind));
    if (!text) {
      whole.Erase(MemberOf(kind));
    } else if (member != nullptr) {
      member->text = std::move(*text);
    } else {
      whole.Append(MemberOf(kind), std::move(*text), layout, 0);
    }
  }
  if (!changed) return rep_->text;
  return whole.items.empty() ? std::string() : whole.Join();
}

}  // namespace skilltrail::deploy

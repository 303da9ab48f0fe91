// SharedFile: a JSON file in which hooks and MCP servers stand beside what a person wrote there (settings.json, .mcp.json), and the part of
// it that belongs to one artifact: its entries, which are merged in and taken out by their own keys.
#pragma once

#include <filesystem>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "engine/deploy/shared_entries.h"
#include "events/result.h"

namespace skilltrail::deploy {

// The file of a hook or MCP server in the collection that says which entries it wants: settings.json or hooks.json, .mcp.json or mcp.json.
class Definition {
 public:
  // The entries stand in the kind's member ("servers" is taken too), or make up the whole object. kFailed with the fault.
  static Result<Definition> Parse(SharedKind kind, std::string_view bytes);

  SharedEntries entries() const { return list_.entries(); }
  // Other members, which no deployment brings into the shared file.
  const std::vector<std::string>& left_out() const { return left_out_; }
  // What the file would say with these entries: its own bytes if they are its own.
  std::string With(const SharedEntries& entries) const;

 private:
  Definition(std::string_view bytes, EntryList list) : bytes_(bytes), list_(std::move(list)) {}

  std::string bytes_;
  std::string member_;  // empty: the whole object
  EntryList list_;
  std::vector<std::string> left_out_;
};

// Where an artifact has files of its own: a hook that runs one of them is surely the artifact's.
struct OwnFolder {
  std::filesystem::path project;
  std::string path;  // relative to it
};

// Everything but Read and Bytes takes time by the number of entries given, not of those in the file; so does Standing for those that were
// not edited.
class SharedFile {
 public:
  // Links are followed. A file that is not there says nothing. kFailed naming the file and the fault: unreadable, no JSON object, not of
  // the shape that the kinds need.
  static Result<SharedFile> Read(const std::filesystem::path& file);
  SharedFile(SharedFile&&) noexcept;
  SharedFile& operator=(SharedFile&&) noexcept;
  ~SharedFile();

  // Where its bytes are: at the end of the links.
  const std::filesystem::path& path() const;

  // Some artifact holds these entries. What is claimed is nobody else's, and stays when another artifact that has the same goes. To look at
  // an artifact's own entries, or to replace them, release them first.
  void Claim(SharedKind kind, const SharedEntries& entries);
  void Release(SharedKind kind, const SharedEntries& entries);

  // What stands there of the wanted entries, in their order: each itself or, with kEdited, what a person has made of it. That is a server
  // of the same name, and of a hook the unclaimed entry under the same event whose commands have more than half of their words in common.
  // An
  // unclaimed hook that runs a file of `own` is taken before that, under any event. What is not surely an artifact's own is a person's.
  enum class Look { kExact, kEdited };
  SharedEntries Standing(SharedKind kind, const SharedEntries& wanted, Look look, const OwnFolder& own = {}) const;
  // True if some of the wanted hooks do not stand there, and under the event of one of them stands one that no artifact holds and that is
  // not among `standing`.
  bool HoldsStrangers(SharedKind kind, const SharedEntries& wanted, const SharedEntries& standing) const;
  // The keys of wanted entries under which an artifact has claimed another one: two servers of one name.
  std::vector<std::string> Contested(SharedKind kind, const SharedEntries& wanted) const;

  // Takes `before` out and puts `after` in: what is in both stays untouched, what replaces something takes its place, what is new goes to
  // the end of its event or of the servers. A claimed entry stays, and so do the bytes of all that does not change.
  void Replace(SharedKind kind, const SharedEntries& before, const SharedEntries& after);

  bool existed() const;
  // As it was read, and as it is to be: empty if nothing is left in it, so that the file can go. Bytes outside of the kinds' members stay.
  const std::string& text() const;
  std::string Bytes() const;

 private:
  struct Section;
  struct Rep;
  explicit SharedFile(std::unique_ptr<Rep> rep);
  std::unique_ptr<Rep> rep_;
};

}  // namespace skilltrail::deploy

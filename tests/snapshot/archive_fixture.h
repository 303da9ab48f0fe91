// Archives for tests: a small collection with a history, its export, and archives taken apart and put together again under a good seal.
#pragma once

#include <fcntl.h>
#include <unistd.h>

#include <filesystem>
#include <string>
#include <vector>

#include "engine/archive/seal.h"
#include "engine/archive/tar_stream.h"
#include "engine/archive/tar_writer.h"
#include "engine/query/verify.h"
#include "engine/snapshot/archive_check.h"
#include "engine/snapshot/export.h"
#include "engine/snapshot/import.h"
#include "engine/snapshot/snapshot.h"
#include "tests/support/workbench.h"

namespace skilltrail::testing {

struct Member {
  std::string path;
  bool executable = false;
  std::string bytes;
};

inline std::vector<Member> TakeApart(const std::filesystem::path& file) {
  std::vector<Member> members;
  const int fd = ::open(file.c_str(), O_RDONLY);
  const Status read = archive::StreamTar(fd, {}, [&](const archive::StreamMember& member, const archive::ReadBytes& next) -> Status {
    members.push_back({member.path, member.executable, {}});
    while (true) {
      ASSIGN_OR_RETURN(const auto part, next());
      if (part.empty()) return {};
      members.back().bytes.append(part);
    }
  });
  ::close(fd);
  if (!read.ok()) throw std::runtime_error(read.error().message);
  return members;
}

inline void PutTogether(const std::filesystem::path& file, const std::vector<Member>& members) {
  const int fd = ::open(file.c_str(), O_RDWR | O_CREAT | O_TRUNC, 0644);
  const auto tar = Need(archive::TarWriter::Open(fd, Need(archive::PackingOf(file.string())), 0));
  for (const auto& member : members) {
    if (!tar->Begin(member.path, member.executable, member.bytes.size()).ok() || !tar->Write(member.bytes).ok()) {
      throw std::runtime_error("writing " + member.path);
    }
  }
  Need(tar->Finish());
  ::close(fd);
}

// Where archives come to.
class OtherBench : public Workbench {
 public:
  // A store without any collection, so that "default" is free.
  void Empty() {
    std::filesystem::remove_all(context.store);
    Need(store::Store::Create(context.store, "test", 1000, clock));
  }
  Result<snapshot::ImportReport> Import(const std::filesystem::path& file, const std::string& as = {}) {
    return snapshot::Import(context, {file, as});
  }
  bool Holds() {
    auto reading = Need(Reading::Open(context));
    return Need(query::Verify(*reading, true)).ok;
  }
};

// A collection that has been edited, tagged and thinned out, with two snapshots.
inline void LiveALittle(Workbench& bench) {
  bench.WriteSkill("a", "one", "description: d\ntags: [x, y]");
  bench.WriteSkill("b", "one");
  WriteFile(bench.Collection() / "commands" / "go.md", "---\ndescription: Goes.\n---\nGo.\n");
  WriteFile(bench.Collection() / "skills" / "a" / "run.sh", "#!/bin/sh\necho run\n");
  std::filesystem::permissions(bench.Collection() / "skills" / "a" / "run.sh", std::filesystem::perms(0755));
  bench.Capture();
  Need(snapshot::Create(bench.context, {.name = "early"}));
  bench.WriteSkill("a", "two", "description: another");
  Need(curate::EditTags(bench.context, {"skill:a", {"mine"}, {}}));
  Need(curate::Remove(bench.context, {"b"}));
  bench.context.message = "with a message";
  Need(snapshot::Create(bench.context, {.name = "late"}));
  bench.context.message.clear();
}

inline std::filesystem::path ExportOf(Workbench& bench, const std::string& snapshot, const std::string& name) {
  const auto file = bench.Path(name);
  auto reading = Need(Reading::Open(bench.context));
  Need(snapshot::Export(*reading, snapshot, file));
  return file;
}

}  // namespace skilltrail::testing

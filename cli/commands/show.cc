#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "cli/commands/commands.h"
#include "cli/documents/artifact.h"
#include "cli/invocation.h"
#include "cli/text.h"
#include "engine/query/query.h"
#include "events/digest.h"

namespace skilltrail::cli {
namespace {

std::string TimeAndAge(Micros time, Micros now) {
  return time == 0 ? "never" : fmt::format("{} ({})", LocalTime(time), Age(time, now));
}

void Print(const query::ShowReport& report, bool metadata, Invocation& in) {
  const auto& artifact = report.artifact;
  const auto line = [&](std::string_view label, std::string_view value) {
    if (!value.empty()) in.out.Write(fmt::format("  {:<14} {}\n", label, OneLine(value)));
  };
  in.out.Write(in.out.Painted(OneLine(artifact.id), Paint::kBold) + "\n");
  if (!metadata) line("description", projections::MetadataOf(artifact, "description"));
  line("collection", report.collection);
  line("path", artifact.path);
  line("source", artifact.source.empty() ? "local" : artifact.source);
  line("follows", artifact.version_spec);
  line("commit", artifact.resolved_sha);
  line("content hash", artifact.content_hash);
  line("tree", Hex(artifact.tree));
  line("git tree", artifact.git_tree);
  line("tags", Join(projections::EffectiveTags(artifact)));
  line("tags imported", TimeAndAge(artifact.tags_imported_at, in.now()));
  line("tags checked", TimeAndAge(artifact.tags_checked_at, in.now()));
  line("added", TimeAndAge(artifact.added_at, in.now()));
  line("updated", TimeAndAge(artifact.updated_at, in.now()));
  line("refreshed", TimeAndAge(artifact.last_refreshed_at, in.now()));
  line("as of", fmt::format("{}, {}", report.as_of.seq, LocalTime(report.as_of.logged_at)));
  if (!metadata) return;
  in.out.Write("metadata\n");
  line("origin", artifact.origin_source);
  for (const auto& field : artifact.metadata) line(field->name, field->value);
}

Result<int> Run(Invocation& in) {
  ASSIGN_OR_RETURN(const auto reading, in.OpenReading());
  ASSIGN_OR_RETURN(const auto report, query::Show(*reading, in.arguments.Word(0)));
  if (in.settings.json) {
    in.out.Document(documents::ArtifactJson(report.artifact, report.as_of));
  } else {
    Print(report, in.arguments.Has("show-metadata"), in);
  }
  return kDone;
}

}  // namespace

Command ShowCommand() {
  return {.path = "show",
          .summary = "show one artifact",
          .positionals = {{.name = "ARTIFACT", .help = "type:name, or a bare name", .completes = Completes::kArtifact}},
          .options = {{.name = "show-metadata", .help = "every metadata field"}},
          .examples = {{"show skill:pdf", "where it comes from, its tags, its hashes"}, {"show pdf --at '2 days ago'", "as it was"}},
          .exit_codes = {kNotFoundExit, kCorruptExit},
          .takes_at = true,
          .run = Run};
}

}  // namespace skilltrail::cli

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "cli/commands/commands.h"
#include "cli/documents/artifact.h"
#include "cli/invocation.h"
#include "cli/secrets.h"
#include "cli/table.h"
#include "cli/text.h"
#include "engine/curate/curate.h"
#include "engine/query/query.h"

namespace skilltrail::cli {
namespace {

Result<int> ListAll(Invocation& in) {
  ASSIGN_OR_RETURN(const auto reading, in.OpenReading());
  ASSIGN_OR_RETURN(const auto report, query::AllTags(*reading));
  if (in.settings.json) {
    in.out.Document(documents::AllTagsJson(report));
    return kDone;
  }
  Table table({{.title = "TAG", .flexible = true}, {.title = "ARTIFACTS", .right = true}, {.title = "FIRST"}, {.title = "LAST"}});
  for (const auto& tag : report.tags) {
    table.Add({{tag.tag, Paint::kCyan}, {std::to_string(tag.count)}, {LocalTime(tag.first_at)}, {LocalTime(tag.last_at)}});
  }
  if (table.empty()) in.out.Note("no tags");
  table.Print(in.out);
  return kDone;
}

Result<int> ListOf(Invocation& in) {
  if (in.arguments.Has("all") != in.arguments.words().empty()) {
    return Error{Code::kUsage, "tags: name one ARTIFACT, or give --all", "see `skilltrail tags --help`"};
  }
  if (in.arguments.Has("all")) return ListAll(in);
  ASSIGN_OR_RETURN(const auto reading, in.OpenReading());
  ASSIGN_OR_RETURN(const auto report, query::Tags(*reading, in.arguments.Word(0)));
  if (in.settings.json) {
    in.out.Document(documents::TagsJson(report));
    return kDone;
  }
  Table table({{.title = "TAG"}, {.title = "FROM"}, {.title = "SINCE"}, {.title = "EVENT", .right = true}});
  for (const auto& tag : report.tags) {
    const bool hidden = tag.provenance == "hidden";
    table.Add({{tag.tag, hidden ? Paint::kDim : Paint::kCyan}, {tag.provenance}, {LocalTime(tag.recorded_at)}, {std::to_string(tag.seq)}});
  }
  if (table.empty()) in.out.Note(fmt::format("{} has no tags", report.artifact));
  table.Print(in.out);
  return kDone;
}

Result<int> Edit(Invocation& in, std::vector<std::string> curate::EditTagsRequest::*which) {
  curate::EditTagsRequest request;
  request.artifact = in.arguments.Word(0);
  const auto& words = in.arguments.words();
  request.*which = {words.begin() + 1, words.end()};
  for (const auto& tag : request.add) RETURN_IF_ERROR(RefuseSecret(tag, KnownSecrets(in.environment)));
  ASSIGN_OR_RETURN(const auto report, curate::EditTags(in.context, request));
  in.out.Notes(report.notes);
  if (in.settings.json) {
    in.out.Document(documents::EditTagsJson(report, in.context.dry_run));
    return kDone;
  }
  if (report.added.empty() && report.removed.empty()) in.out.Note("nothing to change");
  for (const auto& tag : report.added) in.out.Write(fmt::format("+{}\n", OneLine(tag)));
  for (const auto& tag : report.removed) in.out.Write(fmt::format("-{}\n", OneLine(tag)));
  return kDone;
}

Result<int> Add(Invocation& in) {
  return Edit(in, &curate::EditTagsRequest::add);
}

Result<int> Remove(Invocation& in) {
  return Edit(in, &curate::EditTagsRequest::remove);
}

Result<int> History(Invocation& in) {
  ASSIGN_OR_RETURN(const auto reading, in.OpenReading());
  ASSIGN_OR_RETURN(const auto report, query::TagHistory(*reading, in.arguments.Word(0)));
  if (in.settings.json) {
    in.out.Document(documents::TagHistoryJson(report));
    return kDone;
  }
  Table table({{.title = "EVENT", .right = true},
               {.title = "TIME"},
               {.title = "CAUSE"},
               {.title = "WHO"},
               {.title = "CHANGE", .flexible = true},
               {.title = "SOURCE"}});
  for (const auto& [change, actor] : report.history) {
    std::vector<std::string> words;
    for (const auto& tag : change.added) words.push_back("+" + tag);
    for (const auto& tag : change.removed) words.push_back("-" + tag);
    table.Add(
        {{std::to_string(change.seq)}, {LocalTime(change.recorded_at)}, {change.cause}, {actor}, {Join(words, " ")}, {change.source}});
  }
  if (table.empty()) in.out.Note(fmt::format("the tags of {} have never changed", report.artifact));
  table.Print(in.out);
  return kDone;
}

Positional Artifact() {
  return {.name = "ARTIFACT", .help = "type:name, or a bare name", .completes = Completes::kArtifact};
}

Positional Tag() {
  return {.name = "TAG", .help = "one or more", .many = true};
}

}  // namespace

Command TagsCommand() {
  auto artifact = Artifact();
  artifact.required = false;
  return {.path = "tags",
          .summary = "an artifact's tags, each with where it comes from",
          .positionals = {artifact},
          .options = {{.name = "all", .help = "every tag of the collection"}},
          .examples = {{"tags skill:pdf", "imported, by a person, or from the front matter"},
                       {"tags --all", "how many artifacts carry each tag"}},
          .exit_codes = {kNotFoundExit, kCorruptExit},
          .takes_at = true,
          .run = ListOf};
}

Command TagsAddCommand() {
  return {.path = "tags add",
          .summary = "give an artifact tags",
          .positionals = {Artifact(), Tag()},
          .options = {MessageOption(), DryRunOption()},
          .examples = {{"tags add skill:pdf forms", "a tag of your own"},
                       {"tags add pdf forms office -m 'for the wiki'", "two of them, and why"}},
          .exit_codes = {kNotFoundExit, kBusyExit},
          .use = Use::kWrites,
          .run = Add};
}

Command TagsRemoveCommand() {
  return {.path = "tags remove",
          .summary = "take tags away; an imported one is hidden and does not come back",
          .positionals = {Artifact(), Tag()},
          .options = {MessageOption(), DryRunOption()},
          .examples = {{"tags remove skill:pdf forms", "take one away"}, {"tags remove pdf a b --dry-run", "see what would change"}},
          .exit_codes = {kNotFoundExit, kConflictExit, kBusyExit},
          .use = Use::kWrites,
          .run = Remove};
}

Command TagsHistoryCommand() {
  return {
      .path = "tags history",
      .summary = "every import and edit of an artifact's tags, oldest first",
      .positionals = {Artifact()},
      .examples = {{"tags history skill:pdf", "when did this tag come, and who brought it?"}, {"tags history pdf --json", "for a script"}},
      .exit_codes = {kNotFoundExit, kCorruptExit},
      .takes_at = true,
      .run = History};
}

}  // namespace skilltrail::cli

#include "cli/commands/commands.h"

namespace skilltrail::cli {

const std::vector<Command>& Commands() {
  static const std::vector<Command> commands = {
      InitCommand(),
      CollectionCreateCommand(),
      CollectionListCommand(),
      CollectionShowCommand(),
      CollectionUseCommand(),
      CollectionRemoveCommand(),
      CollectionRefreshCommand(),
      AdoptCommand(),
      AddCommand(),
      RemoveCommand(),
      CaptureCommand(),
      StatusCommand(),
      ListCommand(),
      ShowCommand(),
      CatCommand(),
      RefreshCommand(),
      SourceShowCommand(),
      SourceAcceptCommand(),
      TagsCommand(),
      TagsAddCommand(),
      TagsRemoveCommand(),
      TagsHistoryCommand(),
      DeployCommand(),
      UndeployCommand(),
      DeployedCommand(),
      DriftCommand(),
      PullCommand(),
      LogCommand(),
      DiffCommand(),
      RunsCommand(),
      RunsShowCommand(),
      UndoCommand(),
      BlameCommand(),
      RestoreCommand(),
      SnapshotCreateCommand(),
      SnapshotListCommand(),
      SnapshotShowCommand(),
      SnapshotRestoreCommand(),
      SnapshotDeleteCommand(),
      SnapshotPruneCommand(),
      SnapshotExportCommand(),
      SnapshotImportCommand(),
      SnapshotVerifyCommand(),
      VerifyCommand(),
      HeadCommand(),
      ServeCommand(),
      EventsExportCommand(),
      EventsImportCommand(),
      StatsCommand(),
      DoctorCommand(),
      RebuildCommand(),
      BackupCommand(),
      SalvageCommand(),
      ConfigCommand(),
      HelpCommand(),
      CompletionCommand(),
      CompleteCommand(),
  };
  return commands;
}

const std::vector<Group>& Groups() {
  static const std::vector<Group> groups = {
      {"collection", "make, list, choose and forget collections"}, {"source", "where artifacts come from"},
      {"tags", "tags, where they come from, and their history"},   {"runs", "what was done, command by command"},
      {"snapshot", "named points of a collection's history"},      {"events", "the log itself as a file"},
  };
  return groups;
}

}  // namespace skilltrail::cli

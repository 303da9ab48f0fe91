#include "cli/commands/commands.h"

namespace skilltrail::cli {

const std::vector<Command>& Commands() {
  static const std::vector<Command> commands = {
      InitCommand(),
      CollectionCreateCommand(),
      CollectionListCommand(),
      CollectionShowCommand(),
      CollectionUseCommand(),
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
      TagsCommand(),
      TagsAddCommand(),
      TagsRemoveCommand(),
      TagsHistoryCommand(),
      DeployCommand(),
      UndeployCommand(),
      DriftCommand(),
      LogCommand(),
      RestoreCommand(),
      SnapshotCreateCommand(),
      SnapshotListCommand(),
      VerifyCommand(),
      ServeCommand(),
      CompletionCommand(),
  };
  return commands;
}

const std::vector<Group>& Groups() {
  static const std::vector<Group> groups = {
      {"collection", "make, list and choose collections"},
      {"tags", "tags, where they come from, and their history"},
      {"snapshot", "named points of a collection's history"},
  };
  return groups;
}

}  // namespace skilltrail::cli

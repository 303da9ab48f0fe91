// The commands, a file each: a new one is declared here, put in its place in commands.cc, and written in a file of its own.
#pragma once

#include "cli/command.h"

namespace skilltrail::cli {

Command InitCommand();
Command CollectionCreateCommand();
Command CollectionListCommand();
Command CollectionShowCommand();
Command CollectionUseCommand();
Command CollectionRemoveCommand();
Command CollectionRefreshCommand();
Command AdoptCommand();
Command AddCommand();
Command RemoveCommand();
Command CaptureCommand();
Command StatusCommand();
Command ListCommand();
Command ShowCommand();
Command CatCommand();
Command RefreshCommand();
Command TagsCommand();
Command TagsAddCommand();
Command TagsRemoveCommand();
Command TagsHistoryCommand();
Command DeployCommand();
Command UndeployCommand();
Command DriftCommand();
Command LogCommand();
Command BlameCommand();
Command RestoreCommand();
Command SnapshotCreateCommand();
Command SnapshotListCommand();
Command VerifyCommand();
Command EventsExportCommand();
Command EventsImportCommand();
Command StatsCommand();
Command DoctorCommand();
Command RebuildCommand();
Command BackupCommand();
Command SalvageCommand();
Command ConfigCommand();
Command HelpCommand();
Command CompletionCommand();
Command CompleteCommand();

}  // namespace skilltrail::cli

// The commands, a file each: a new one is declared here, put in its place in commands.cc, and written in a file of its own.
#pragma once

#include <string>

#include "cli/command.h"
#include "events/id.h"

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
Command SourceShowCommand();
Command SourceAcceptCommand();
Command TagsCommand();
Command TagsAddCommand();
Command TagsRemoveCommand();
Command TagsHistoryCommand();
Command DeployCommand();
Command UndeployCommand();
Command DriftCommand();
Command PullCommand();
Command DeployedCommand();
Command LogCommand();
Command DiffCommand();
Command RunsCommand();
Command RunsShowCommand();
Command UndoCommand();
Command BlameCommand();
Command RestoreCommand();
Command SnapshotCreateCommand();
Command SnapshotListCommand();
Command SnapshotShowCommand();
Command SnapshotRestoreCommand();
Command SnapshotDeleteCommand();
Command SnapshotPruneCommand();
Command SnapshotExportCommand();
Command SnapshotImportCommand();
Command SnapshotVerifyCommand();
Command VerifyCommand();
Command HeadCommand();
Command ServeCommand();
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

// A run as `runs` lists it: the sequence that it began at, or run:SEQ. kUsage.
Result<Seq> ReadRunSeq(const std::string& word);

}  // namespace skilltrail::cli

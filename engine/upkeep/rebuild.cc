#include "engine/upkeep/rebuild.h"

#include <unistd.h>

#include <string>

#include "engine/store/store.h"

namespace skilltrail::upkeep {

Result<RebuildReport> Rebuild(const Context& context) {
  // Not through Writing, which folds states: they may be what is broken.
  auto opened = context.dry_run
                    ? store::Store::OpenReader(context.store, *context.clock)
                    : store::Store::OpenWriter(context.store, context.command, context.lock_timeout_ms, *context.clock, context.database);
  if (!opened.ok()) return opened.error();
  store::Store& store = **opened;
  RebuildReport report;
  report.head = store.log->head();
  store::IndexRebuildOptions options;
  // A dry run may have company.
  options.scratch = context.store / (context.dry_run ? "rebuild-" + std::to_string(::getpid()) + ".tmp" : "rebuild.tmp");
  options.write = !context.dry_run;
  options.progress = [&](Seq done, Seq total) { Report(context, "indexing", done, total); };
  options.interrupted = context.interrupted;
  ASSIGN_OR_RETURN(report.index, store::RebuildIndex(*store.database, options));
  ASSIGN_OR_RETURN(report.checkpoints, projections::RebuildCheckpoints(*store.log, *store.cache, !context.dry_run));
  if (!context.dry_run) {
    RETURN_IF_ERROR(store.database->Flush());
    RETURN_IF_ERROR(store.log->Anchor());
  }
  return report;
}

}  // namespace skilltrail::upkeep

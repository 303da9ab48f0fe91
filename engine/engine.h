// The engine, for a program that links it: one include. Fill in a Context (engine/session/context.h), then call what the command line
// calls:
//
//   Context context;
//   context.store = "/home/me/.local/share/skilltrail";
//   auto reading = Reading::Open(context);
//   auto shown = query::Show(**reading, "skill:pdf");
//
// Reading answers go through a Reading, a fixed view of the store; what changes something takes the Context, holds the store's lock only
// while it appends, and reports. Nothing here prints, exits, or reads the environment; every failure is an Error with a code
// (events/result.h).
#pragma once

#include "engine/curate/curate.h"
#include "engine/deploy/deploy.h"
#include "engine/deploy/drift.h"
#include "engine/query/diff.h"
#include "engine/query/log_query.h"
#include "engine/query/query.h"
#include "engine/query/runs.h"
#include "engine/query/verify.h"
#include "engine/refresh/refresh.h"
#include "engine/session/context.h"
#include "engine/session/reading.h"
#include "engine/session/writing.h"
#include "engine/snapshot/archive_check.h"
#include "engine/snapshot/export.h"
#include "engine/snapshot/import.h"
#include "engine/snapshot/prune.h"
#include "engine/snapshot/restore.h"
#include "engine/snapshot/snapshot.h"
#include "engine/snapshot/undo.h"
#include "engine/upstream/github.h"

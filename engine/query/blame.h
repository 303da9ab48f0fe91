// Blame: which event a value of an artifact comes from, who caused it, and what upstream had said.
#pragma once

#include <string>
#include <vector>

#include "engine/projections/blame.h"
#include "engine/query/run_book.h"
#include "engine/session/reading.h"
#include "events/result.h"

namespace skilltrail::query {

struct BlameStep {
  projections::BlameChange change;
  RunOrigin run;
};
struct BlameEntry {
  std::string field;  // "description", "tag:docs"
  bool gone = false;
  BlameStep set;  // what set it, or set it last before it went
  // Where the field was asked for by name: every change of it, oldest first. The last is `set`, or what removed it.
  std::vector<BlameStep> history;
  BlameStep removed;  // of one that is gone: what removed it
  // Of a tag: the imports up to the one that set it, and whether each of them had it; oldest first.
  struct Import {
    projections::BlameImport import;
    bool has = false;
  };
  std::vector<Import> imports;
};
struct BlameReport {
  std::string artifact;
  std::vector<BlameEntry> entries;  // fields by name, then tags by name
  Moment as_of;
};
// `field`: one field, "tag:G", or "tags" for all of them; empty: everything that stands there now. What is gone is answered where it is
// asked for by name, and with "tags". kNotFound with the nearest for an artifact or a field that the log does not know. The point is
// context.at.
Result<BlameReport> BlameOf(Reading& reading, const std::string& artifact, const std::string& field);

}  // namespace skilltrail::query

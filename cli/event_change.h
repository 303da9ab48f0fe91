// EventChange: what an event changed, as lines for people: fields before and after, tags that came and went, files.
#pragma once

#include <string>
#include <vector>

#include "cli/output.h"
#include "engine/store/blob_store.h"
#include "events/event.h"

namespace skilltrail::cli {

struct ChangeLine {
  std::string text;  // one line, safe to print
  Paint paint = Paint::kNone;
};
// Events that are no change of values or files tell their data, name by name. A tree that cannot be read is said to be so.
std::vector<ChangeLine> EventChange(const schema::Event& event, const store::BlobStore& blobs);

}  // namespace skilltrail::cli

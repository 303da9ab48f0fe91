// One record of .skillmeat-deployed.toml, as a table and as ours.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "engine/manifest/manifest.h"
#include "engine/manifest/toml_value.h"
#include "events/result.h"

namespace skilltrail::manifest {

inline constexpr std::string_view kDefaultRoot = ".claude";

// The record's profile root, or the default.
std::string RootOf(const Deployed& record);

// `item` is record `number` (from 1) of `file`, which stands below `root`. A record whose type is none of ours comes back without `type`.
Result<Deployed> ParseRecord(const Value& item, const std::string& root, const std::filesystem::path& file, size_t number);

// kUsage if the record could not be read back.
Status CheckRecord(const Deployed& record);

// Makes the table say the record, which passed CheckRecord; other keys stay. `table` is empty for a new record; `lineage` is what its
// version_lineage reads as. Another content_hash is another baseline: it becomes merge_base_snapshot too, and modification_detected_at
// goes.
void ApplyRecord(Table* table, const Deployed& record, const std::vector<std::string>& lineage);

}  // namespace skilltrail::manifest

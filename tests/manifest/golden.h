// A collection in the peer's layout, with keys that nobody here knows at every level.
#pragma once

#include <string>
#include <string_view>

namespace skilltrail::manifest {

inline constexpr std::string_view kGoldenManifest = R"(schema_hint = "kept"
tag_definitions = [
    { name = "plots", slug = "plots", color = "#ff0000" },
    { name = "tables", slug = "tables" },
]

[collection]
name = "default"
version = "1.0.0"
created = "2026-03-01T08:00:00.000001"
updated = "2026-03-02T09:30:00.500000"
owner = "Zoë"

[collection.sharing]
public = false

[[artifacts]]
name = "chart-maker"
type = "skill"
path = "skills/chart-maker"
origin = "github"
added = "2026-03-01T08:05:00.000002"
upstream = "https://github.com/acme/skills/tree/0f1e2d3c4b5a69788796a5b4c3d2e1f00f1e2d3c/skills/chart-maker"
version_spec = "latest"
resolved_sha = "0f1e2d3c4b5a69788796a5b4c3d2e1f00f1e2d3c"
last_updated = "2026-03-02T09:00:00"
tags = [
    "plots",
    "svg",
]
import_id = "imp-1"
uuid = "0123456789abcdef0123456789abcdef"
rating = 4.5
seen = 2026-03-01 08:05:00.250000+00:00
matrix = [
    [
        1,
        2,
    ],
    [],
]

[artifacts.metadata]
title = "Chart \"maker\""
description = "Draws charts.\nAll of them: C:\\tmp\u007f\u0001	."
author = "acme"
license = "MIT"
version = 1.0
dependencies = [
    "matplotlib",
]

[artifacts.metadata.extra]
tags_imported_at = "2026-03-02T09:00:00.000007"
origin_source = "https://github.com/acme/skills"

[artifacts.metadata.extra.frontmatter]
name = "chart-maker"
"allowed tools" = "Bash"
day = 2026-03-01
hour = 08:05:00
limits = 1e+16

[artifacts.metadata.extra.frontmatter.hooks]

[[artifacts.metadata.linked_artifacts]]
artifact_id = "skill:table-maker"
artifact_name = "table-maker"
artifact_type = "skill"
link_type = "related"
created_at = "2026-03-01T08:05:00"

[[artifacts]]
name = "house-rules"
type = "rule_file"
path = "context/house-rules.md"
origin = "local"
added = "2026-03-01T08:06:00.000002"
category = "rules"

[[artifacts]]
name = "files"
type = "mcp"
path = "mcp/files"
origin = "marketplace"
added = "2026-03-01T08:07:00.000002"
origin_source = "github"

[[mcp_servers]]
name = "search"
repo = "https://github.com/acme/a-search-server-with-a-name-that-makes-the-line-long"
version = "latest"
description = "Searches."

[mcp_servers.env_vars]
TOKEN = "$TOKEN"
)";

inline constexpr std::string_view kGoldenLock = R"([lock]
version = "1.0.0"

[lock.entries."chart-maker::skill"]
content_hash = "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
fetched = "2026-03-01T08:05:01.000003"
upstream = "https://github.com/acme/skills/tree/0f1e2d3c4b5a69788796a5b4c3d2e1f00f1e2d3c/skills/chart-maker"
resolved_sha = "0f1e2d3c4b5a69788796a5b4c3d2e1f00f1e2d3c"
etag = "kept"

[lock.entries."house-rules::rule_file"]
content_hash = "bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb"
fetched = "2026-03-01T08:06:01"

[lock.entries."files::mcp"]
content_hash = "cccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccc"
fetched = "2026-03-01T08:07:01"

[lock.entries."gone::skill"]
content_hash = "dddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddd"
fetched = "2026-03-01T08:08:01"
)";

// `text` with the one occurrence of `from` replaced; a test's mistake if there is none.
inline std::string Replaced(std::string_view text, std::string_view from, std::string_view to) {
  std::string out(text);
  const size_t at = out.find(from);
  if (at == std::string::npos) return "nothing to replace: " + std::string(from);
  return out.replace(at, from.size(), to);
}

}  // namespace skilltrail::manifest

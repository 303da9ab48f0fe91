// How deep a TOML text nests, found without parsing it. toml++ bounds arrays and inline tables but not dotted keys, and what it builds is
// taken apart by recursion: a megabyte of "[a.a.a…]" would exhaust the stack.
#pragma once

#include <cstddef>
#include <string_view>

namespace skilltrail::manifest {

// The line, from 1, whose brackets and dots nest deeper than `limit`, counted from the line's own header or key; 0 if there is none.
size_t FindTooDeepLine(std::string_view toml, size_t limit);

}  // namespace skilltrail::manifest

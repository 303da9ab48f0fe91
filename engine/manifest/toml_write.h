// TOML in the peer's layout, which is that of its writer tomli_w:
//
//   table     its scalars and arrays, then its tables, each behind a blank line and a header; no header for a table that holds only tables
//   array     [] or one item a line, indented by four spaces, each with a comma
//   tables in an array   [[name]], or, if every one fits in 100 columns, an array of inline tables { a = 1, b = 2 }
//   string    one line in double quotes; \b \n \f \r \" \\ and \u00xx for the other control characters but the tab
//   key       bare if it consists of letters, digits, '-' and '_', else a string
#pragma once

#include <string>

#include "engine/manifest/toml_value.h"

namespace skilltrail::manifest {

std::string WriteToml(const Table& table);

// A number, boolean, time or quoted string.
std::string WriteScalar(const Value& value);

// `part`, quoted if it has to be.
std::string WriteKey(std::string_view part);

}  // namespace skilltrail::manifest

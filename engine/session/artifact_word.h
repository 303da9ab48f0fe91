// ArtifactWord: what a command's word for an artifact means: type:name, with any word for the type, or a bare name.
#pragma once

#include <string>
#include <string_view>

namespace skilltrail {

// The name in an id.
std::string NameIn(std::string_view id);

// True if the word may mean the artifact with that id.
bool Means(std::string_view word, std::string_view id);

}  // namespace skilltrail

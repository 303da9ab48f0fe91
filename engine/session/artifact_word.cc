#include "engine/session/artifact_word.h"

#include "events/id.h"

namespace skilltrail {

std::string NameIn(std::string_view id) {
  return std::string(id.substr(id.find(':') + 1));
}

bool Means(std::string_view word, std::string_view id) {
  if (word.find(':') == std::string_view::npos) return word == id.substr(id.find(':') + 1);
  if (word == id) return true;
  const auto parsed = ParseArtifactId(word);
  return parsed.ok() && parsed->text() == id;
}

}  // namespace skilltrail

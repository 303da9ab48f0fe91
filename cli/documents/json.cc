#include "cli/documents/json.h"

#include <nlohmann/json.hpp>

namespace skilltrail::cli::documents {

Json TextOrNull(const std::string& text) {
  return text.empty() ? Json() : Json(text);
}

Json TimeOrNull(Micros time) {
  return time == 0 ? Json() : Json(FormatTime(time));
}

Json MomentJson(const Moment& moment) {
  return {{"seq", moment.seq}, {"logged_at", TimeOrNull(moment.logged_at)}};
}

}  // namespace skilltrail::cli::documents

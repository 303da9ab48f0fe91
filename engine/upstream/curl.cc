#include "engine/upstream/curl.h"

namespace skilltrail::upstream {

const CurlFunctions& Curl() {
  static const CurlFunctions functions;
  return functions;
}

}  // namespace skilltrail::upstream

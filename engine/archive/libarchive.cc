#include "engine/archive/libarchive.h"

namespace skilltrail::archive {

const LibarchiveFunctions& Libarchive() {
  static const LibarchiveFunctions functions;
  return functions;
}

}  // namespace skilltrail::archive

#include "events/check.h"

#include <cstdio>
#include <cstdlib>

namespace skilltrail {

void CheckFailed(const char* condition, const char* file, int line) {
  std::fprintf(stderr, "skilltrail: internal error: %s does not hold (%s:%d)\n", condition, file, line);
  std::abort();
}

}  // namespace skilltrail

// CHECK: an assertion that stays on in release. A failed one names itself on stderr and aborts: the programmer failed.
#pragma once

namespace skilltrail {

[[noreturn]] void CheckFailed(const char* condition, const char* file, int line);

}  // namespace skilltrail

#define CHECK(condition) (static_cast<bool>(condition) ? static_cast<void>(0) : ::skilltrail::CheckFailed(#condition, __FILE__, __LINE__))

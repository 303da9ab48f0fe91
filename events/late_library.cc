#include "events/late_library.h"

#include <dlfcn.h>

#include <cstdio>
#include <cstdlib>

namespace skilltrail {
namespace {

[[noreturn]] void Missing(const char* package) {
  std::fprintf(stderr, "error: a library is missing: %s\nhint: install %s\n", ::dlerror(), package);
  std::_Exit(EXIT_FAILURE);
}

}  // namespace

LateLibrary::LateLibrary(const char* soname, const char* package) : handle_(::dlopen(soname, RTLD_NOW | RTLD_LOCAL)), package_(package) {
  if (handle_ == nullptr) Missing(package_);
}

void* LateLibrary::Address(const char* name) const {
  void* found = ::dlsym(handle_, name);
  if (found == nullptr) Missing(package_);
  return found;
}

}  // namespace skilltrail

// A shared library that is loaded when it is first needed, not when the program starts: for large ones that few commands need.
#pragma once

namespace skilltrail {

// A table of its functions is a struct with a LateLibrary and, behind it, a LATE_FUNCTION for each. Never unloaded.
class LateLibrary {
 public:
  // `soname` is what the dynamic linker looks up, `package` what a person would install; both outlive this. A library or function that is
  // not there ends the process with exit code 1, as it would have at the start: the installation is broken.
  LateLibrary(const char* soname, const char* package);

  template <typename Function>
  Function* Find(const char* name) const {
    return reinterpret_cast<Function*>(Address(name));
  }

 private:
  void* Address(const char* name) const;

  void* handle_;
  const char* package_;
};

}  // namespace skilltrail

// A member that points to the library's function `name`, as its header declares it, found in the member `library`.
#define LATE_FUNCTION(name) decltype(&::name) name = library.Find<decltype(::name)>(#name)

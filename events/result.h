// Errors as values: the world failed. (The programmer failed: CHECK in check.h.)
#pragma once

#include <optional>
#include <string>
#include <utility>
#include <variant>

#include "events/check.h"

namespace skilltrail {

// One table in cli/exit_codes.cc maps these to exit codes and HTTP status.
enum class Code {
  kFailed,        // something in the world failed: disk, permissions
  kUsage,         // bad option, bad value, ambiguous name, future point
  kNotFound,      // store, collection, artifact, snapshot, run, project
  kConflict,      // would overwrite newer work, target not empty, expected version moved
  kBusy,          // the store is locked by another process, which is named
  kCorrupt,       // corruption found, or a verification failed
  kUpstream,      // upstream not reachable, broken answer
  kUnauthorized,  // upstream refused the token
  kRateLimited,   // upstream's limit is exhausted; the message says until when
  kInterrupted,
};

// The name that appears as "code" in JSON, e.g. "not_found".
const char* CodeName(Code code);

struct Error {
  Code code = Code::kFailed;
  std::string message;  // "what failed: why"; names the thing; holds no secret
  std::string hint;     // what to do; empty where nothing is known
};

// Done, or an Error.
class [[nodiscard]] Status {
 public:
  Status() = default;
  Status(Error error) : error_(std::move(error)) {}  // NOLINT(google-explicit-constructor)
  bool ok() const { return !error_.has_value(); }
  const Error& error() const {
    CHECK(!ok());
    return *error_;
  }

 private:
  std::optional<Error> error_;
};

// A value, or an Error. value() of an error is a programmer's failure.
template <class T>
class [[nodiscard]] Result {
 public:
  Result(T value) : held_(std::in_place_index<0>, std::move(value)) {}      // NOLINT(google-explicit-constructor)
  Result(Error error) : held_(std::in_place_index<1>, std::move(error)) {}  // NOLINT(google-explicit-constructor)
  bool ok() const { return held_.index() == 0; }
  T& value() & {
    CHECK(ok());
    return std::get<0>(held_);
  }
  const T& value() const& {
    CHECK(ok());
    return std::get<0>(held_);
  }
  T&& value() && {
    CHECK(ok());
    return std::get<0>(std::move(held_));
  }
  T& operator*() & { return value(); }
  const T& operator*() const& { return value(); }
  T&& operator*() && { return std::move(*this).value(); }
  T* operator->() { return &value(); }
  const T* operator->() const { return &value(); }
  const Error& error() const {
    CHECK(!ok());
    return std::get<1>(held_);
  }

 private:
  std::variant<T, Error> held_;
};

}  // namespace skilltrail

// Returns the error of a Status or Result from the enclosing function.
#define RETURN_IF_ERROR(expr)                         \
  do {                                                \
    if (auto&& returned_ = (expr); !returned_.ok()) { \
      return returned_.error();                       \
    }                                                 \
  } while (false)

#define SKILLTRAIL_CONCAT_(a, b) a##b
#define SKILLTRAIL_CONCAT(a, b) SKILLTRAIL_CONCAT_(a, b)
// ASSIGN_OR_RETURN(auto x, MakeX()): x is the value, or the enclosing function returns the error.
// NOLINTBEGIN(bugprone-macro-parentheses): lhs may be a declaration.
#define ASSIGN_OR_RETURN(lhs, expr)                      \
  auto SKILLTRAIL_CONCAT(result_, __LINE__) = (expr);    \
  if (!SKILLTRAIL_CONCAT(result_, __LINE__).ok()) {      \
    return SKILLTRAIL_CONCAT(result_, __LINE__).error(); \
  }                                                      \
  lhs = std::move(SKILLTRAIL_CONCAT(result_, __LINE__)).value()
// NOLINTEND(bugprone-macro-parentheses)

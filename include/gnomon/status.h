// Status and Result: how operating errors travel. Bad data is a value (see Rejected), a broken invariant is a
// GN_ASSERT; everything else that can go wrong is one of these.
//
// An error says what, where, why and what to do: `id` is the stable number users search for ("GN101"), `message`
// the what and why, `where` the place (file:line, column, path), `hint` the way out.
// Thread-safety: values; no shared state.
#pragma once

#include <cstdio>
#include <cstdlib>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <variant>

namespace gnomon {

// The twelve canonical codes; docs/reference/errors.md maps each to an HTTP status and a Python exception.
enum class Code {
  kOk = 0,
  kInvalidArgument,
  kUnauthenticated,
  kPermissionDenied,
  kNotFound,
  kAlreadyExists,
  kFailedPrecondition,
  kAborted,
  kUnavailable,
  kResourceExhausted,
  kDeadlineExceeded,
  kDataLoss,
  kUnimplemented,
};

const char* code_name(Code code);  // "InvalidArgument"
int code_http_status(Code code);   // 400

struct ErrorInfo {
  Code code = Code::kOk;
  std::string id;
  std::string message;
  std::string where;
  std::string hint;
};

class [[nodiscard]] Status {
 public:
  Status() = default;
  Status(Code code, std::string id, std::string message, std::string hint = "", std::string where = "");

  bool ok() const { return info_ == nullptr; }
  Code code() const { return info_ ? info_->code : Code::kOk; }
  // REQUIRES: !ok()
  const ErrorInfo& info() const { return *info_; }
  Status with_where(const std::string& where) const;  // adds a place if there is none yet
  // "GN101 features/traffic.py:14  unknown column "dep_dely" … Did you mean "dep_delay"?"
  std::string to_string() const;

 private:
  std::shared_ptr<const ErrorInfo> info_;  // shared: an error is copied up many frames, never changed
};

template <class T>
class [[nodiscard]] Result {
 public:
  Result(T value) : value_(std::move(value)) {}          // NOLINT: implicit by design
  Result(Status status) : status_(std::move(status)) {}  // NOLINT: implicit by design
  bool ok() const { return value_.has_value(); }
  const Status& status() const { return status_; }
  // REQUIRES: ok()
  T& value() { return *value_; }
  const T& value() const { return *value_; }
  T& operator*() { return *value_; }
  const T& operator*() const { return *value_; }
  T* operator->() { return &*value_; }
  const T* operator->() const { return &*value_; }

 private:
  std::optional<T> value_;
  Status status_;
};

}  // namespace gnomon

#define GN_CONCAT_(a, b) a##b
#define GN_CONCAT(a, b) GN_CONCAT_(a, b)

// Returns the Status of `expr` from the calling function unless it is ok.
#define GN_TRY(expr)                         \
  do {                                       \
    ::gnomon::Status gn_status_ = (expr);    \
    if (!gn_status_.ok()) return gn_status_; \
  } while (0)

// GN_ASSIGN(auto x, f()): unwraps a Result or returns its Status.
#define GN_ASSIGN(declaration, expr) GN_ASSIGN_(GN_CONCAT(gn_result_, __LINE__), declaration, expr)
#define GN_ASSIGN_(name, declaration, expr) \
  auto name = (expr);                       \
  if (!name.ok()) return name.status();     \
  declaration = std::move(name.value())

// A broken invariant: on in release builds, because a wrong answer is worse than none.
#define GN_ASSERT(condition)                                                                 \
  do {                                                                                       \
    if (!(condition)) {                                                                      \
      std::fprintf(stderr, "%s:%d: broken invariant: %s\n", __FILE__, __LINE__, #condition); \
      std::abort();                                                                          \
    }                                                                                        \
  } while (0)

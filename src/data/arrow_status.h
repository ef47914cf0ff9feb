// Arrow's errors as ours.
// Thread-safety: pure functions.
#pragma once

#include <string>

#include <arrow/result.h>
#include <arrow/status.h>

#include "gnomon/status.h"

namespace gnomon {

// Ok for ok; else Arrow's code mapped onto ours, with its message. `doing` says what was being done ("reading data/x.parquet").
Status from_arrow(const arrow::Status& status, const std::string& doing);

}  // namespace gnomon

// GN_ARROW_TRY("reading " + path, expr): returns from_arrow(...) unless ok. The text is evaluated only on failure.
#define GN_ARROW_TRY(doing, expr)                                                       \
  do {                                                                                  \
    ::arrow::Status gn_arrow_status_ = (expr);                                          \
    if (!gn_arrow_status_.ok()) return ::gnomon::from_arrow(gn_arrow_status_, (doing)); \
  } while (0)

// GN_ARROW_ASSIGN(auto x, "reading " + path, expr)
#define GN_ARROW_ASSIGN(declaration, doing, expr) GN_ARROW_ASSIGN_(GN_CONCAT(gn_arrow_, __LINE__), declaration, doing, expr)
#define GN_ARROW_ASSIGN_(name, declaration, doing, expr)               \
  auto name = (expr);                                                  \
  if (!name.ok()) return ::gnomon::from_arrow(name.status(), (doing)); \
  declaration = std::move(name).ValueUnsafe()

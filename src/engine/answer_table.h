// An online answer as one table, and back: how it travels to Python and over HTTP.
//
// Columns: the join keys; then for each feature `name`, `name__status` (text), `name__event_time` and `name__age_seconds` (null
// where there is no event time).
// Thread-safety: pure functions.
#pragma once

#include <memory>
#include <string>

#include <arrow/type_fwd.h>

#include "engine/engine.h"

namespace gnomon {

// Whether there is a fact behind the value, however old.
bool has_event_time(const OnlineColumn& column, size_t row);

Result<std::shared_ptr<arrow::Table>> answer_table(const OnlineAnswer& answer);

// {"t", "sequence", "keys", "features", "errors"}: what the table does not say.
std::string answer_header_json(const OnlineAnswer& answer);

// ERRORS: GN618 DataLoss for a table and header that do not belong together.
Result<OnlineAnswer> answer_of_table(const arrow::Table& table, const std::string& header_json);

}  // namespace gnomon

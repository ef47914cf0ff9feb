// What JSON cannot say about pushed rows, made good by the declared types: bytes that came as base64, instants as ISO text or
// epoch seconds, float columns in which every value is "NaN" or an infinity. All other columns pass as they are.
// Thread-safety: pure functions.
#pragma once

#include <map>
#include <memory>
#include <string>

#include <arrow/type_fwd.h>

#include "gnomon/registry.h"
#include "gnomon/status.h"

namespace gnomon {

using ColumnTypes = std::map<std::string, std::string>;  // column -> dtype; a column that is not there is not declared

// Of the views that a push source feeds, and of the source itself and its batch source.
ColumnTypes types_of_pushed(const v1::Manifest& manifest, const std::string& source);
ColumnTypes types_of_view(const v1::Manifest& manifest, const std::string& view);

// Feast's client names the times of every row it writes `event_timestamp` and `created`. Where the rows have no column of the
// view's own name for that time, those are it.
std::shared_ptr<arrow::RecordBatch> with_declared_times(std::shared_ptr<arrow::RecordBatch> rows,
                                                        const v1::Manifest& manifest, const std::string& view);

// ERRORS: GN612 InvalidArgument names column and row of text that is neither base64 nor an instant.
Result<std::shared_ptr<arrow::Table>> retype_rows(const arrow::RecordBatch& rows, const ColumnTypes& types);

}  // namespace gnomon

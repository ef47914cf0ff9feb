// Entity rows of a training set: from whatever the caller has to canonical keys and times.
// Thread-safety: pure functions over the project; one call at a time per project.
#pragma once

#include <memory>
#include <string>
#include <variant>

#include <arrow/type_fwd.h>

#include "engine/project.h"

namespace gnomon {

// A table as it is; text that names a file (it exists, or ends in .parquet, .csv, .ndjson …) is read; other text is SQL over the
// project's sources. ERRORS: GN201, GN320, GN321.
Result<std::shared_ptr<arrow::Table>> entity_table(Engine::Impl& project,
                                                   const std::variant<std::shared_ptr<arrow::Table>, std::string>& rows);

// A column's values in one array. Copies only where there are several.
Result<std::shared_ptr<arrow::Array>> single_chunk(const arrow::ChunkedArray& column);

// The column of times as int64 microseconds without nulls. ERRORS: GN210 without such a column, GN212 names the first row whose
// time is null or unreadable.
Result<std::shared_ptr<arrow::Int64Array>> entity_times(const arrow::Table& table, const std::string& column);

// The join keys of a view, one array per key, of the view's types; a value that does not fit them is null: nothing matches it.
// ERRORS: GN211 for a missing column, GN205 for a type that cannot be the key's.
Result<arrow::ArrayVector> entity_keys(const arrow::Table& table, const ViewDefinition& definition);

}  // namespace gnomon

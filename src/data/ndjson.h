// NDJSON: one JSON object a line → a table. Types are those of the values: integers, floats, text, booleans and lists of
// them; a column that mixes integers and floats is float, and "NaN", "Infinity", "-Infinity" count as floats beside
// numbers. An object inside a column is kept as its JSON text. A key that a line lacks is null there.
// Thread-safety: pure function.
#pragma once

#include <memory>
#include <string>

#include <arrow/type_fwd.h>

#include "gnomon/status.h"

namespace gnomon {

// `where` names the file in messages. ERRORS: GN202 DataLoss for text that is no JSON object, with its line; GN204 for a column that
// mixes kinds, with the line where it does.
Result<std::shared_ptr<arrow::Table>> parse_ndjson(std::string bytes, const std::string& where);

}  // namespace gnomon

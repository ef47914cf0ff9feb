// SqlEngine: runs a query over named Arrow tables. The embedded one is DuckDB through ADBC.
// Thread-safety: one call at a time per object.
#pragma once

#include <map>
#include <memory>
#include <string>

#include <arrow/type_fwd.h>

#include "gnomon/status.h"

namespace gnomon {

// A name the query may use and the rows behind it. A reader is consumed.
using SqlTables = std::map<std::string, std::shared_ptr<arrow::RecordBatchReader>>;

// Runs one SELECT on embedded DuckDB in UTC and returns its whole result. File access, extensions and any statement that
// is not a query are refused by the engine's configuration.
// ERRORS: GN320 InvalidArgument with DuckDB's message and the query's name; GN321 when the text uses now(), random() or
// a file function (a feature must mean the same tomorrow).
Result<std::shared_ptr<arrow::Table>> run_sql(const std::string& sql, const SqlTables& tables, const std::string& where);

// Checks the text alone (one statement, a SELECT, no forbidden function): what `plan` calls.
Status check_sql(const std::string& sql, const std::string& where);

}  // namespace gnomon

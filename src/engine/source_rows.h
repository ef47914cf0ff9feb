// Rows of sources as transforms, checks and views see them: columns renamed by field_mapping, pushed rows behind the batch
// history, quarantined rows gone.
// Thread-safety: pure functions over the project; one call at a time per project.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include <arrow/type_fwd.h>

#include "data/files.h"
#include "data/row_history.h"
#include "engine/project.h"
#include "gnomon/quality.h"

namespace gnomon {

// The file source that holds a source's batch history: itself, or a push source's batch source; null if there is none.
const v1::Source* batch_source(const v1::Source& source, const v1::Manifest& manifest);

struct SourceFiles {
  std::vector<std::string> paths;
  FileFormat format = FileFormat::kParquet;
};
// ERRORS: GN201 names the source's path.
Result<SourceFiles> source_files(const Engine::Impl& project, const v1::Source& file_source);

// Columns and types, after field_mapping; a declared schema wins over the files'. For a push source without a batch source its
// declared schema. ERRORS: GN108 if neither tells.
Result<std::shared_ptr<arrow::Schema>> source_schema(const Engine::Impl& project, const v1::Source& source,
                                                     const v1::Manifest& manifest);

// All rows of a file source with the columns that `columns` names (empty: all). Unchecked.
Result<std::shared_ptr<arrow::Table>> file_rows(const Engine::Impl& project, const v1::Source& file_source,
                                                const std::vector<std::string>& columns);

// `batch` (null: none) with the rows that were pushed to `source` behind it. Pushed rows were checked when they came.
Result<std::shared_ptr<arrow::Table>> with_pushed_rows(const Engine::Impl& project, const v1::Source& source,
                                                       const v1::Manifest& manifest,
                                                       const std::shared_ptr<arrow::Table>& batch);

struct CheckedRows {
  std::shared_ptr<arrow::Table> table;  // without the quarantined rows
  std::shared_ptr<arrow::Table> all;    // as they came
  CheckReport report;
  int64_t repeated = 0;  // rows left out because they are an event that is there already
};
// Applies checks to a table and takes the quarantined rows out. Does not fail when a check blocks: look at report.blocked.
Result<CheckedRows> check_rows(const std::shared_ptr<arrow::Table>& table,
                               const google::protobuf::RepeatedPtrField<v1::Check>& checks);

// The same by the checks of a source, after which each event id counts once (engine/event_ids.h).
Result<CheckedRows> check_source_rows(const std::shared_ptr<arrow::Table>& table, const v1::Source& source);

// The error of a blocked gate: GN310 FailedPrecondition with what failed and on which rows.
Status gate_failed(const std::string& target, const CheckReport& report);

// What a transform reads: the batch history, checked by its source's expectations (GN310 if one blocks), then pushed rows.
Result<std::shared_ptr<arrow::Table>> checked_source_table(const Engine::Impl& project, const v1::Source& source,
                                                           const v1::Manifest& manifest);

// The rows of `table` whose numbers are not in `drop`, in order.
Result<std::shared_ptr<arrow::Table>> without_rows(const std::shared_ptr<arrow::Table>& table, const RowSet& drop);

// Raw column name in the files of `source` for a column as it is called from here on (the inverse of field_mapping).
std::string raw_column(const v1::Source& source, const std::string& column);

}  // namespace gnomon

#include "engine/source_rows.h"

#include <algorithm>

#include <arrow/api.h>
#include <arrow/compute/api.h>
#include <fmt/format.h>

#include "data/arrow_status.h"
#include "data/cast.h"
#include "engine/event_ids.h"
#include "gnomon/types.h"
#include "registry/objects.h"

namespace gnomon {
namespace {

std::string mapped(const v1::Source& source, const std::string& raw) {
  auto found = source.field_mapping().find(raw);
  return found == source.field_mapping().end() ? raw : found->second;
}

Result<DeclaredTypes> declared_types(const v1::Source& source) {
  DeclaredTypes types;
  for (const v1::Field& field : source.schema()) {
    if (field.dtype().empty()) continue;
    GN_ASSIGN(types[raw_column(source, field.name())], arrow_type_of(field.dtype()));
  }
  return types;
}

std::shared_ptr<arrow::Schema> with_mapped_names(const v1::Source& source, const arrow::Schema& raw) {
  arrow::FieldVector fields;
  for (const auto& field : raw.fields()) fields.push_back(field->WithName(mapped(source, field->name())));
  return arrow::schema(fields);
}

// Pushed rows are stored with the source's types; they take on the batch table's, so that both can be read as one.
Result<std::shared_ptr<arrow::Table>> concatenated(const std::shared_ptr<arrow::Table>& batch,
                                                   const std::shared_ptr<arrow::Table>& pushed) {
  arrow::ChunkedArrayVector columns;
  for (const auto& field : batch->schema()->fields()) {
    auto column = pushed->GetColumnByName(field->name());
    if (column == nullptr) {
      GN_ARROW_ASSIGN(auto nulls, "joining pushed rows", arrow::MakeArrayOfNull(field->type(), pushed->num_rows()));
      columns.push_back(std::make_shared<arrow::ChunkedArray>(nulls));
      continue;
    }
    GN_ARROW_ASSIGN(arrow::Datum cast, "joining pushed rows",
                    arrow::compute::Cast(column, field->type(), arrow::compute::CastOptions::Unsafe(field->type())));
    columns.push_back(cast.chunked_array());
  }
  auto tail = arrow::Table::Make(batch->schema(), columns, pushed->num_rows());
  GN_ARROW_ASSIGN(auto all, "joining pushed rows", arrow::ConcatenateTables({batch, tail}));
  return all;
}

}  // namespace

std::string raw_column(const v1::Source& source, const std::string& column) {
  for (const auto& [raw, name] : source.field_mapping()) {
    if (name == column) return raw;
  }
  return column;
}

const v1::Source* batch_source(const v1::Source& source, const v1::Manifest& manifest) {
  if (source.has_file()) return &source;
  return source.has_push() ? find_source(manifest, source.push().batch_source()) : nullptr;
}

Result<SourceFiles> source_files(const Engine::Impl& project, const v1::Source& file_source) {
  SourceFiles files;
  Result<std::vector<std::string>> paths = list_files(project.dir, file_source.file().path());
  if (!paths.ok()) return paths.status().with_where("source " + file_source.name());
  files.paths = std::move(*paths);
  GN_ASSIGN(files.format, file_format(file_source.file().format(), files.paths.front()));
  return files;
}

Result<std::shared_ptr<arrow::Schema>> source_schema(const Engine::Impl& project, const v1::Source& source,
                                                     const v1::Manifest& manifest) {
  if (const v1::Source* batch = batch_source(source, manifest)) {
    GN_ASSIGN(SourceFiles files, source_files(project, *batch));
    GN_ASSIGN(DeclaredTypes declared, declared_types(*batch));
    Result<std::shared_ptr<arrow::Schema>> raw = read_file_schema(files.paths, files.format, declared);
    if (!raw.ok()) return raw.status().with_where("source " + source.name());
    return with_mapped_names(*batch, **raw);
  }
  if (source.schema().empty()) {
    return Status(Code::kInvalidArgument, "GN108", fmt::format("nothing tells the columns of push source {}", source.name()),
                  "Give it a schema= or a batch_source=", place_of(source.origin()));
  }
  arrow::FieldVector fields;
  for (const v1::Field& field : source.schema()) {
    GN_ASSIGN(auto type, arrow_type_of(field.dtype()));
    fields.push_back(arrow::field(field.name(), type));
  }
  return arrow::schema(fields);
}

Result<std::shared_ptr<arrow::Table>> file_rows(const Engine::Impl& project, const v1::Source& source,
                                                const std::vector<std::string>& columns) {
  GN_ASSIGN(SourceFiles files, source_files(project, source));
  GN_ASSIGN(DeclaredTypes declared, declared_types(source));
  std::vector<std::string> raw;
  for (const std::string& column : columns) raw.push_back(raw_column(source, column));
  Result<std::shared_ptr<arrow::Table>> table = read_files(files.paths, files.format, raw, declared);
  if (!table.ok()) return table.status().with_where("source " + source.name());
  return arrow::Table::Make(with_mapped_names(source, *(*table)->schema()), (*table)->columns(), (*table)->num_rows());
}

Result<std::shared_ptr<arrow::Table>> with_pushed_rows(const Engine::Impl& project, const v1::Source& source,
                                                       const v1::Manifest& manifest,
                                                       const std::shared_ptr<arrow::Table>& batch) {
  if (!source.has_push()) return batch;
  GN_ASSIGN(OfflineSnapshot pushed, project.push_table(source.name()).snapshot());
  if (pushed.files.empty()) {
    if (batch != nullptr) return batch;
    GN_ASSIGN(auto schema, source_schema(project, source, manifest));
    GN_ARROW_ASSIGN(auto empty, "making an empty table", arrow::Table::MakeEmpty(schema));
    return empty;
  }
  GN_ASSIGN(auto rows, read_files(pushed.files, FileFormat::kParquet, {}, {}));
  return batch == nullptr ? rows : concatenated(batch, rows);
}

Result<std::shared_ptr<arrow::Table>> without_rows(const std::shared_ptr<arrow::Table>& table, const RowSet& drop) {
  if (drop.empty()) return table;
  arrow::BooleanBuilder keep;
  GN_ARROW_TRY("taking rows out", keep.Reserve(table->num_rows()));
  for (int64_t row = 0; row < table->num_rows(); ++row) keep.UnsafeAppend(!drop.contains(row));
  std::shared_ptr<arrow::Array> mask;
  GN_ARROW_TRY("taking rows out", keep.Finish(&mask));
  GN_ARROW_ASSIGN(arrow::Datum kept, "taking rows out", arrow::compute::Filter(table, mask));
  return kept.table();
}

Result<CheckedRows> check_rows(const std::shared_ptr<arrow::Table>& table,
                               const google::protobuf::RepeatedPtrField<v1::Check>& checks) {
  CheckedRows rows{table, table, {}};
  std::vector<const v1::Check*> list;
  for (const v1::Check& check : checks) list.push_back(&check);
  if (list.empty()) return rows;
  GN_ASSIGN(rows.report, run_checks(*table, list));
  RowSet drop;
  for (const Rejected& rejected : rows.report.quarantined) drop.insert(rejected.row);
  GN_ASSIGN(rows.table, without_rows(table, drop));
  return rows;
}

Result<CheckedRows> check_source_rows(const std::shared_ptr<arrow::Table>& table, const v1::Source& source) {
  GN_ASSIGN(CheckedRows rows, check_rows(table, source.expect()));
  if (source.event_id().empty()) return rows;
  RowSet drop;
  for (const Rejected& rejected : rows.report.quarantined) drop.insert(rejected.row);
  GN_ASSIGN(EventIdRows found, find_event_ids(source, *table, drop, [&] { return Result(table); }));
  rows.report.results.push_back(event_id_result(source, table->num_rows(), found));
  rows.repeated = static_cast<int64_t>(found.repeated.size());
  drop.insert(found.repeated.begin(), found.repeated.end());
  for (Rejected& rejected : found.rejected) {
    drop.insert(rejected.row);
    rows.report.quarantined.push_back(std::move(rejected));
  }
  GN_ASSIGN(rows.table, without_rows(table, drop));
  return rows;
}

Status gate_failed(const std::string& target, const CheckReport& report) {
  std::string message = fmt::format("gate of {} failed:", target);
  for (const CheckResult& result : report.results) {
    if (result.success || result.on_fail != OnFail::kBlock) {
      if (result.exception.empty()) continue;
    }
    if (!result.exception.empty()) {
      message += fmt::format(" {}: {};", result.check, result.exception);
      continue;
    }
    message += fmt::format(" {}: {} of {} rows", result.check, result.unexpected_count, result.element_count);
    if (!result.first_unexpected.empty()) {
      message += fmt::format(" (first: row {}, {} = {})", result.first_unexpected[0].row, result.first_unexpected[0].column,
                             result.first_unexpected[0].value);
    }
    message += ";";
  }
  message.pop_back();
  return Status(Code::kFailedPrecondition, "GN310", message,
                "Mend the data, or let the check quarantine its rows (on_fail=\"quarantine\"); what was published before is "
                "still served");
}

Result<std::shared_ptr<arrow::Table>> checked_source_table(const Engine::Impl& project, const v1::Source& source,
                                                           const v1::Manifest& manifest) {
  const v1::Source* batch = batch_source(source, manifest);
  if (batch == nullptr) return with_pushed_rows(project, source, manifest, nullptr);
  GN_ASSIGN(auto table, file_rows(project, *batch, {}));
  GN_ASSIGN(CheckedRows rows, check_source_rows(table, *batch));
  if (rows.report.blocked) return gate_failed("source " + batch->name(), rows.report);
  return with_pushed_rows(project, source, manifest, rows.table);
}

}  // namespace gnomon

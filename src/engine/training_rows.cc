#include "engine/training_rows.h"

#include <filesystem>

#include <arrow/api.h>
#include <fmt/format.h>
#include <fmt/ranges.h>

#include "data/arrow_status.h"
#include "data/cast.h"
#include "data/files.h"
#include "engine/own_requests.h"
#include "engine/source_rows.h"
#include "gnomon/sql_engine.h"

namespace gnomon {
namespace {

bool names_a_file(const std::string& dir, const std::string& text) {
  if (text.find('\n') != std::string::npos) return false;
  for (const char* suffix : {".parquet", ".pq", ".csv", ".csv.gz", ".ndjson", ".jsonl"}) {
    if (text.ends_with(suffix)) return true;
  }
  std::error_code error;
  return std::filesystem::exists(std::filesystem::path(dir) / text, error);
}

// Whether `name` occurs in the query as a word: only then is the source read.
bool mentions(const std::string& sql, const std::string& name) {
  auto word = [](char c) { return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_'; };
  for (size_t at = sql.find(name); at != std::string::npos; at = sql.find(name, at + 1)) {
    bool starts = at == 0 || !word(sql[at - 1]);
    bool ends = at + name.size() == sql.size() || !word(sql[at + name.size()]);
    if (starts && ends) return true;
  }
  return false;
}

}  // namespace

Result<std::shared_ptr<arrow::Array>> single_chunk(const arrow::ChunkedArray& column) {
  if (column.num_chunks() == 1) return column.chunk(0);
  if (column.num_chunks() == 0) {
    GN_ARROW_ASSIGN(auto empty, "reading entity rows", arrow::MakeArrayOfNull(column.type(), 0));
    return empty;
  }
  GN_ARROW_ASSIGN(auto joined, "reading entity rows", arrow::Concatenate(column.chunks()));
  return joined;
}

Result<std::shared_ptr<arrow::Table>> entity_table(Engine::Impl& project,
                                                   const std::variant<std::shared_ptr<arrow::Table>, std::string>& rows) {
  if (const auto* table = std::get_if<std::shared_ptr<arrow::Table>>(&rows)) return *table;
  const std::string& text = std::get<std::string>(rows);
  if (names_a_file(project.dir, text)) {
    GN_ASSIGN(std::vector<std::string> files, list_files(project.dir, text));
    GN_ASSIGN(FileFormat format, file_format("", files.front()));
    return read_files(files, format, {}, {});
  }
  GN_TRY(check_sql(text, "entity rows"));
  GN_ASSIGN(auto definitions, project.definitions());
  SqlTables tables;
  for (const v1::Source& source : definitions->manifest().sources()) {
    if (source.has_request() || !mentions(text, source.name())) continue;
    GN_ASSIGN(auto table, checked_source_table(project, source, definitions->manifest()));
    tables[source.name()] = std::make_shared<arrow::TableBatchReader>(table);
  }
  return run_sql(text, tables, "entity rows");
}

Result<std::shared_ptr<arrow::Int64Array>> entity_times(const arrow::Table& table, const std::string& column) {
  auto values = table.GetColumnByName(column);
  if (values == nullptr) {
    return Status(Code::kInvalidArgument, "GN210", fmt::format("the entity rows have no \"{}\" column", column),
                  fmt::format("It says when each row would have asked; features after it are leakage. Name it with "
                              "timestamp_column= (--timestamp). Columns: {}",
                              fmt::join(table.schema()->field_names(), ", ")));
  }
  GN_ASSIGN(auto array, single_chunk(*values));
  Result<CastColumn> times = cast_time_column(array);
  if (!times.ok()) return times.status().with_where(fmt::format("entity rows, column \"{}\"", column));
  for (int64_t row = 0; row < times->values->length(); ++row) {
    if (times->values->IsValid(row)) continue;
    std::string value = array->IsNull(row) ? "null" : array->GetScalar(row).ValueOrDie()->ToString();
    return Status(Code::kInvalidArgument, "GN212",
                  fmt::format("row {} of the entity rows has no usable \"{}\": {}", row, column, value),
                  "Give every row a time (ISO 8601 when it is text), or take the row out");
  }
  return std::static_pointer_cast<arrow::Int64Array>(times->values);
}

Result<arrow::ArrayVector> entity_keys(const arrow::Table& table, const ViewDefinition& definition) {
  arrow::ArrayVector keys;
  for (const auto& field : definition.keys->fields()) {
    auto column = table.GetColumnByName(field->name());
    if (column == nullptr) {
      return Status(Code::kInvalidArgument, "GN211",
                    fmt::format("missing join key \"{}\" of view {}", field->name(), definition.view.name()),
                    fmt::format("The entity rows have: {}", fmt::join(table.schema()->field_names(), ", ")));
    }
    GN_ASSIGN(auto array, single_chunk(*column));
    Result<CastColumn> cast = cast_join_key(array, *field, definition.view.name());
    if (!cast.ok())
      return cast.status().with_where(fmt::format("join key \"{}\" of view {}", field->name(), definition.view.name()));
    keys.push_back(cast->values);
  }
  return keys;
}

}  // namespace gnomon

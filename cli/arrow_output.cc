#include "cli/arrow_output.h"

#include <arrow/api.h>
#include <arrow/csv/writer.h>
#include <arrow/io/memory.h>
#include <fmt/format.h>
#include <parquet/arrow/writer.h>

#include "cli/text_table.h"
#include "data/arrow_status.h"
#include "serve/json_writer.h"

namespace gnomon::cli {
namespace {

constexpr int64_t kRowsPerGroup = 256 * 1024;

// Calls act(batch, row) for every row of the table, in order.
template <class Act>
void for_each_row(const arrow::Table& table, Act act) {
  arrow::TableBatchReader reader(table);
  std::shared_ptr<arrow::RecordBatch> batch;
  while (reader.ReadNext(&batch).ok() && batch != nullptr) {
    for (int64_t row = 0; row < batch->num_rows(); ++row) act(*batch, row);
  }
}

// {"column": value, …}. `names` are the columns' names as JSON, with the colon.
void append_row_json(std::string* out, const arrow::RecordBatch& batch, const std::vector<std::string>& names, int64_t row) {
  for (int column = 0; column < batch.num_columns(); ++column) {
    out->push_back(column == 0 ? '{' : ',');
    out->append(names[static_cast<size_t>(column)]);
    append_json_value(out, *batch.column(column), row, TimeForm::kIso);
  }
  out->push_back('}');
}

std::vector<std::string> json_names(const arrow::Schema& schema) {
  std::vector<std::string> names;
  for (const auto& field : schema.fields()) {
    std::string name;
    append_json_string(&name, field->name());
    names.push_back(name + ":");
  }
  return names;
}

std::string table_ndjson(const arrow::Table& table) {
  std::string out;
  auto names = json_names(*table.schema());
  for_each_row(table, [&](const arrow::RecordBatch& batch, int64_t row) {
    append_row_json(&out, batch, names, row);
    out.push_back('\n');
  });
  return out;
}

}  // namespace

std::string cell_text(const arrow::Array& values, int64_t row) {
  if (values.IsNull(row)) return "null";
  if (values.type_id() == arrow::Type::STRING)
    return std::string(static_cast<const arrow::StringArray&>(values).GetView(row));
  std::string text;
  append_json_value(&text, values, row, TimeForm::kIso);
  if (text.size() >= 2 && text.front() == '"') text = text.substr(1, text.size() - 2);  // a time, or NaN
  return text;
}

std::string table_text(const arrow::Table& table) {
  TextTable text(table.schema()->field_names());
  for_each_row(table, [&](const arrow::RecordBatch& batch, int64_t row) {
    std::vector<std::string> cells;
    for (const auto& column : batch.columns()) cells.push_back(cell_text(*column, row));
    text.add(std::move(cells));
  });
  return text.text();
}

std::string table_json(const arrow::Table& table) {
  std::string out = "[";
  auto names = json_names(*table.schema());
  for_each_row(table, [&](const arrow::RecordBatch& batch, int64_t row) {
    if (out.size() > 1) out.push_back(',');
    append_row_json(&out, batch, names, row);
  });
  return out + "]";
}

Result<FileFormat> output_format(const std::string& path) {
  for (const auto& [suffix, format] : {std::pair{".parquet", FileFormat::kParquet},
                                       {".pq", FileFormat::kParquet},
                                       {".csv", FileFormat::kCsv},
                                       {".ndjson", FileFormat::kNdjson},
                                       {".jsonl", FileFormat::kNdjson}}) {
    if (path.ends_with(suffix)) return format;
  }
  return Status(Code::kInvalidArgument, "GN701", fmt::format("cannot tell the format of {}", path),
                "End its name with .parquet, .csv or .ndjson");
}

Status write_table(const arrow::Table& table, FileFormat format, const std::string& path, Env* env) {
  if (format == FileFormat::kNdjson) return env->write_file_atomic(path, table_ndjson(table));
  const std::string doing = "writing " + path;
  GN_ARROW_ASSIGN(auto sink, doing, arrow::io::BufferOutputStream::Create());
  if (format == FileFormat::kParquet) {
    auto properties = parquet::WriterProperties::Builder().compression(parquet::Compression::ZSTD)->build();
    auto keep_schema = parquet::ArrowWriterProperties::Builder().store_schema()->build();
    GN_ARROW_TRY(doing, parquet::arrow::WriteTable(table, arrow::default_memory_pool(), sink, kRowsPerGroup, properties,
                                                   keep_schema));
  } else {
    GN_ARROW_TRY(doing, arrow::csv::WriteCSV(table, arrow::csv::WriteOptions::Defaults(), sink.get()));
  }
  GN_ARROW_ASSIGN(auto bytes, doing, sink->Finish());
  return env->write_file_atomic(
      path, std::string_view(reinterpret_cast<const char*>(bytes->data()), static_cast<size_t>(bytes->size())));
}

}  // namespace gnomon::cli

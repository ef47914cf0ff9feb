#include "engine/served_file.h"

#include <algorithm>

#include <arrow/api.h>
#include <arrow/compute/api.h>
#include <arrow/io/file.h>
#include <arrow/io/memory.h>
#include <arrow/util/key_value_metadata.h>
#include <fmt/format.h>
#include <parquet/arrow/reader.h>
#include <parquet/arrow/writer.h>
#include <nlohmann/json.hpp>

#include "data/arrow_status.h"
#include "engine/answer_table.h"

namespace gnomon {
namespace {

using nlohmann::json;

constexpr const char* kWriting = "logging answers";
constexpr int kFormat = 1;
constexpr const char* kAboutRows[] = {"__answer", "__t", "__served_at", "__sequence", "__sequence_end", "__errors"};
constexpr int kAboutColumns = 6;
constexpr int kColumnsOfFeature = 3;

std::shared_ptr<arrow::DataType> time_type() { return arrow::timestamp(arrow::TimeUnit::MICRO, "UTC"); }

json header_of(const ServedAnswer& served) {
  json features = json::array();
  for (const RequestedFeature& feature : served.plan->wanted) {
    features.push_back({{"view", feature.view_name()},
                        {"feature", feature.feature},
                        {"name", feature.name},
                        {"meaning", meaning_of_served(*served.definitions, feature)}});
  }
  json data = json::object();
  for (const auto& [view, unused] : served.plan->asked.stored) data[view->view.name()] = data_of_view(*view);
  return {{"format", kFormat},
          {"project", served.definitions->manifest().project()},
          {"revision", served.definitions->revision()},
          {"service", served.features.feature_service},
          {"store", served.store},
          {"data", data},
          {"features", features},
          {"row_columns", served.rows->num_columns()}};
}

// What an answer's errors say of one row: those that end with its number.
std::string errors_of_row(const std::vector<std::string>& errors, int64_t row) {
  std::string text;
  const std::string ending = fmt::format(" row {}", row);
  for (const std::string& error : errors) {
    if (error.ends_with(ending)) text += (text.empty() ? "" : "; ") + error.substr(0, error.size() - ending.size());
  }
  return text;
}

// The columns of one answer, in the file's order, one array each.
Status append_answer(const ServedAnswer& served, int64_t number, std::vector<arrow::ArrayVector>* columns) {
  arrow::Int64Builder answer;
  arrow::UInt64Builder sequence, sequence_end;
  arrow::TimestampBuilder t(time_type(), arrow::default_memory_pool());
  arrow::TimestampBuilder served_at(time_type(), arrow::default_memory_pool());
  arrow::StringBuilder errors;
  const int64_t rows = served.rows->num_rows();
  for (int64_t row = 0; row < rows; ++row) {
    GN_ARROW_TRY(kWriting, answer.Append(number));
    GN_ARROW_TRY(kWriting, t.Append(served.answer.t));
    GN_ARROW_TRY(kWriting, served_at.Append(served.served_at));
    GN_ARROW_TRY(kWriting, sequence.Append(served.answer.sequence));
    GN_ARROW_TRY(kWriting, sequence_end.Append(served.sequence_end));
    GN_ARROW_TRY(kWriting, errors.Append(errors_of_row(served.answer.errors, row)));
  }
  arrow::ArrayVector arrays(kAboutColumns);
  GN_ARROW_TRY(kWriting, answer.Finish(&arrays[0]));
  GN_ARROW_TRY(kWriting, t.Finish(&arrays[1]));
  GN_ARROW_TRY(kWriting, served_at.Finish(&arrays[2]));
  GN_ARROW_TRY(kWriting, sequence.Finish(&arrays[3]));
  GN_ARROW_TRY(kWriting, sequence_end.Finish(&arrays[4]));
  GN_ARROW_TRY(kWriting, errors.Finish(&arrays[5]));
  arrays.insert(arrays.end(), served.rows->columns().begin(), served.rows->columns().end());
  for (const OnlineColumn& column : served.answer.columns) {
    arrow::StringBuilder status;
    arrow::TimestampBuilder event_time(time_type(), arrow::default_memory_pool());
    for (size_t row = 0; row < column.status.size(); ++row) {
      GN_ARROW_TRY(kWriting, status.Append(online_status_name(column.status[row])));
      GN_ARROW_TRY(kWriting,
                   has_event_time(column, row) ? event_time.Append(column.event_time[row]) : event_time.AppendNull());
    }
    arrays.push_back(column.values);
    GN_ARROW_TRY(kWriting, status.Finish(&arrays.emplace_back()));
    GN_ARROW_TRY(kWriting, event_time.Finish(&arrays.emplace_back()));
  }
  columns->resize(arrays.size());
  for (size_t i = 0; i < arrays.size(); ++i) (*columns)[i].push_back(std::move(arrays[i]));
  return Status();
}

std::shared_ptr<arrow::Schema> schema_of(const ServedAnswer& served) {
  arrow::FieldVector fields;
  const std::shared_ptr<arrow::DataType> types[] = {arrow::int64(),  time_type(),     time_type(),
                                                    arrow::uint64(), arrow::uint64(), arrow::utf8()};
  for (int i = 0; i < kAboutColumns; ++i) fields.push_back(arrow::field(kAboutRows[i], types[i]));
  for (const auto& field : served.rows->schema()->fields()) fields.push_back(arrow::field(field->name(), field->type()));
  for (const OnlineColumn& column : served.answer.columns) {
    fields.push_back(arrow::field(column.name, column.values->type()));
    fields.push_back(arrow::field(column.name + "__status", arrow::utf8()));
    fields.push_back(arrow::field(column.name + "__event_time", time_type()));
  }
  return arrow::schema(fields, arrow::key_value_metadata({kServedEntry}, {header_of(served).dump()}));
}

arrow::Result<std::string> parquet_bytes(const arrow::Table& table) {
  ARROW_ASSIGN_OR_RAISE(auto sink, arrow::io::BufferOutputStream::Create());
  parquet::WriterProperties::Builder properties;
  properties.compression(parquet::Compression::SNAPPY)->enable_page_checksum();
  // Arrow's schema comes along, so that types come back as they were.
  auto arrow_properties = parquet::ArrowWriterProperties::Builder().store_schema()->build();
  ARROW_RETURN_NOT_OK(parquet::arrow::WriteTable(table, arrow::default_memory_pool(), sink,
                                                 parquet::DEFAULT_MAX_ROW_GROUP_LENGTH, properties.build(),
                                                 arrow_properties));
  ARROW_ASSIGN_OR_RAISE(auto buffer, sink->Finish());
  return buffer->ToString();
}

arrow::Result<std::shared_ptr<arrow::Table>> read_table(const std::string& path) {
  ARROW_ASSIGN_OR_RAISE(auto file, arrow::io::ReadableFile::Open(path));
  ARROW_ASSIGN_OR_RAISE(auto reader, parquet::arrow::OpenFile(file, arrow::default_memory_pool()));
  return reader->ReadTable();
}

Status damaged(const std::string& path, const std::string& why) {
  return Status(Code::kDataLoss, "GN420", fmt::format("{} is no file of served answers: {}", path, why),
                "Move it away, or say with --since which answers to verify");
}

template <class ArrowType, class Value>
arrow::Status values_of(const arrow::Table& table, int index, std::vector<Value>* out) {
  for (const auto& chunk : table.column(index)->chunks()) {
    if (chunk->type_id() != ArrowType::type_id || chunk->null_count() > 0) return arrow::Status::Invalid("column ", index);
    const auto& array = static_cast<const typename arrow::TypeTraits<ArrowType>::ArrayType&>(*chunk);
    for (int64_t row = 0; row < array.length(); ++row) out->push_back(static_cast<Value>(array.GetView(row)));
  }
  return arrow::Status::OK();
}

arrow::Result<std::shared_ptr<arrow::Array>> whole(const arrow::ChunkedArray& column) {
  if (column.num_chunks() == 1) return column.chunk(0);
  if (column.num_chunks() == 0) return arrow::MakeEmptyArray(column.type());
  return arrow::Concatenate(column.chunks());
}

arrow::Status read_columns(const arrow::Table& table, int row_columns, ServedRows* served) {
  ARROW_RETURN_NOT_OK((values_of<arrow::Int64Type>(table, 0, &served->answer)));
  ARROW_RETURN_NOT_OK((values_of<arrow::TimestampType>(table, 1, &served->t)));
  ARROW_RETURN_NOT_OK((values_of<arrow::TimestampType>(table, 2, &served->served_at)));
  ARROW_RETURN_NOT_OK((values_of<arrow::UInt64Type>(table, 3, &served->sequence)));
  ARROW_RETURN_NOT_OK((values_of<arrow::UInt64Type>(table, 4, &served->sequence_end)));
  ARROW_RETURN_NOT_OK((values_of<arrow::StringType>(table, 5, &served->errors)));
  std::vector<int> of_rows;
  for (int i = 0; i < row_columns; ++i) of_rows.push_back(kAboutColumns + i);
  ARROW_ASSIGN_OR_RAISE(auto rows, table.SelectColumns(of_rows));
  // Names of its own and no metadata: as the request had them.
  served->rows = rows->ReplaceSchemaMetadata(nullptr);
  for (size_t feature = 0; feature < served->features.size(); ++feature) {
    const int at = kAboutColumns + row_columns + kColumnsOfFeature * static_cast<int>(feature);
    ARROW_ASSIGN_OR_RAISE(auto values, whole(*table.column(at)));
    ARROW_ASSIGN_OR_RAISE(auto status, whole(*table.column(at + 1)));
    if (status->type_id() != arrow::Type::STRING) return arrow::Status::Invalid("statuses are no text");
    served->values.push_back(std::move(values));
    served->status.push_back(std::static_pointer_cast<arrow::StringArray>(status));
  }
  return arrow::Status::OK();
}

}  // namespace

std::string data_of_view(const ViewDefinition& definition) {
  return definition.aggregated != nullptr ? definition.rows_meaning : definition.online.id;
}

std::string shape_of(const ServedAnswer& served) {
  std::string shape =
      fmt::format("{} {} {}\n{}\n{}\n", served.definitions->revision(), served.store, served.features.full_feature_names,
                  served.features.feature_service, served.rows->schema()->ToString());
  for (const std::string& feature : served.features.features) shape += feature + "\n";
  return shape;
}

Result<std::string> served_file_bytes(std::span<const ServedAnswer> answers) {
  std::vector<arrow::ArrayVector> columns;
  for (size_t i = 0; i < answers.size(); ++i) GN_TRY(append_answer(answers[i], static_cast<int64_t>(i), &columns));
  arrow::ChunkedArrayVector chunked;
  for (const arrow::ArrayVector& column : columns) {
    GN_ARROW_ASSIGN(auto array, kWriting, arrow::Concatenate(column));
    chunked.push_back(std::make_shared<arrow::ChunkedArray>(array));
  }
  auto table = arrow::Table::Make(schema_of(answers.front()), chunked);
  GN_ARROW_ASSIGN(std::string bytes, kWriting, parquet_bytes(*table));
  return bytes;
}

Result<ServedRows> rows_of(const ServedRows& served, const std::vector<size_t>& rows) {
  ServedRows some = served;
  auto choose = [&](auto* values) {
    auto chosen = std::exchange(*values, {});
    for (const size_t row : rows) values->push_back(std::move(chosen[row]));
  };
  choose(&some.t);
  choose(&some.answer);
  choose(&some.served_at);
  choose(&some.sequence);
  choose(&some.sequence_end);
  choose(&some.errors);
  arrow::UInt64Builder builder;
  for (const size_t row : rows) GN_ARROW_TRY("choosing answers", builder.Append(row));
  GN_ARROW_ASSIGN(std::shared_ptr<arrow::Array> indices, "choosing answers", builder.Finish());
  GN_ARROW_ASSIGN(arrow::Datum table, "choosing answers", arrow::compute::Take(served.rows, indices));
  some.rows = table.table();
  for (size_t feature = 0; feature < some.features.size(); ++feature) {
    GN_ARROW_ASSIGN(arrow::Datum values, "choosing answers", arrow::compute::Take(served.values[feature], indices));
    GN_ARROW_ASSIGN(arrow::Datum status, "choosing answers", arrow::compute::Take(served.status[feature], indices));
    some.values[feature] = values.make_array();
    some.status[feature] = std::static_pointer_cast<arrow::StringArray>(status.make_array());
  }
  return some;
}

Result<ServedRows> read_served_file(const std::string& path) {
  auto table = read_table(path);
  if (!table.ok()) return damaged(path, table.status().message());
  const auto metadata = (*table)->schema()->metadata();
  const auto text =
      metadata == nullptr ? arrow::Result<std::string>(arrow::Status::KeyError("")) : metadata->Get(kServedEntry);
  if (!text.ok()) return damaged(path, "it lacks its header");
  const json header = json::parse(*text, nullptr, false);
  ServedRows served;
  int row_columns = 0;
  try {
    if (header.at("format").get<int>() != kFormat) return damaged(path, "it is of another version of Gnomon");
    served.revision = header.at("revision").get<int64_t>();
    served.service = header.at("service").get<std::string>();
    served.store = header.at("store").get<std::string>();
    served.data = header.at("data").get<std::map<std::string, std::string>>();
    row_columns = header.at("row_columns").get<int>();
    for (const json& feature : header.at("features"))
      served.features.push_back({feature.at("view").get<std::string>(), feature.at("feature").get<std::string>(),
                                 feature.at("name").get<std::string>(), feature.at("meaning").get<std::string>()});
  } catch (const json::exception& error) {
    return damaged(path, error.what());
  }
  const int expected = kAboutColumns + row_columns + kColumnsOfFeature * static_cast<int>(served.features.size());
  if (row_columns < 0 || (*table)->num_columns() != expected) return damaged(path, "it lacks columns");
  const arrow::Status read = read_columns(**table, row_columns, &served);
  if (!read.ok()) return damaged(path, read.message());
  return served;
}

}  // namespace gnomon

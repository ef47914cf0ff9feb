#include "unit/offline_sample_rows.h"

#include <stdlib.h>

#include <algorithm>
#include <filesystem>

#include <arrow/api.h>
#include <arrow/io/file.h>
#include <fmt/format.h>
#include <parquet/arrow/reader.h>

namespace gnomon::test {
namespace {

constexpr int64_t kYear2013 = 1'356'998'400'000'000;

bool is_null(int64_t id, int column) { return (id + column) % 5 == 0; }

template <class Builder, class ValueOf>
std::shared_ptr<arrow::Array> column(Builder builder, int number, int64_t start, int64_t count, ValueOf value_of) {
  for (int64_t id = start; id < start + count; ++id) {
    auto appended = is_null(id, number) ? builder.AppendNull() : builder.Append(value_of(id));
    if (!appended.ok()) appended.Abort();
  }
  return builder.Finish().ValueOrDie();
}

// id % 4 elements; the second one is null.
template <class Builder, class ValueOf>
std::shared_ptr<arrow::Array> list_column(std::shared_ptr<Builder> values, int number, int64_t start, int64_t count,
                                          ValueOf value_of) {
  arrow::ListBuilder builder(arrow::default_memory_pool(), values);
  for (int64_t id = start; id < start + count; ++id) {
    auto appended = is_null(id, number) ? builder.AppendNull() : builder.Append();
    for (int64_t i = 0; appended.ok() && !is_null(id, number) && i < id % 4; ++i) {
      appended = i == 1 ? values->AppendNull() : values->Append(value_of(id, i));
    }
    if (!appended.ok()) appended.Abort();
  }
  return builder.Finish().ValueOrDie();
}

std::shared_ptr<arrow::Array> ids(int64_t start, int64_t count) {
  arrow::Int64Builder builder;
  for (int64_t id = start; id < start + count; ++id) {
    auto appended = builder.Append(id);
    if (!appended.ok()) appended.Abort();
  }
  return builder.Finish().ValueOrDie();
}

std::shared_ptr<arrow::Table> read_file(const std::string& path) {
  auto file = arrow::io::ReadableFile::Open(path).ValueOrDie();
  parquet::arrow::FileReaderBuilder builder;
  parquet::ReaderProperties properties;
  properties.set_page_checksum_verification(true);
  auto opened = builder.Open(file, properties);
  if (!opened.ok()) opened.Abort();
  std::unique_ptr<parquet::arrow::FileReader> reader = builder.Build().ValueOrDie();
  return reader->ReadTable().ValueOrDie();
}

}  // namespace

std::shared_ptr<arrow::Table> sample_rows(int64_t start, int64_t count) {
  auto timestamp_type = arrow::timestamp(arrow::TimeUnit::MICRO, "UTC");
  std::vector<std::pair<std::string, std::shared_ptr<arrow::Array>>> columns = {
      {"id", ids(start, count)},
      {"small", column(arrow::Int32Builder(), 1, start, count, [](int64_t id) { return static_cast<int32_t>(-id); })},
      {"approx", column(arrow::FloatBuilder(), 2, start, count, [](int64_t id) { return static_cast<float>(id) / 4; })},
      {"ratio", column(arrow::DoubleBuilder(), 3, start, count, [](int64_t id) { return static_cast<double>(id) / 8; })},
      {"name",
       column(arrow::StringBuilder(), 4, start, count, [](int64_t id) { return fmt::format("name \u00e9 {}", id); })},
      {"payload", column(arrow::BinaryBuilder(), 5, start, count, [](int64_t id) { return std::string(id % 3, '\xff'); })},
      {"flag", column(arrow::BooleanBuilder(), 6, start, count, [](int64_t id) { return id % 2 == 1; })},
      {"event_time", column(arrow::TimestampBuilder(timestamp_type, arrow::default_memory_pool()), 7, start, count,
                            [](int64_t id) { return kYear2013 + id * 1'000'001; })},
      {"numbers", list_column(std::make_shared<arrow::Int64Builder>(), 8, start, count,
                              [](int64_t id, int64_t i) { return id * 10 + i; })},
      {"words", list_column(std::make_shared<arrow::StringBuilder>(), 9, start, count,
                            [](int64_t id, int64_t i) { return fmt::format("{}-{}", id, i); })}};
  arrow::FieldVector fields;
  arrow::ArrayVector arrays;
  for (auto& [name, array] : columns) {
    fields.push_back(arrow::field(name, array->type()));
    arrays.push_back(array);
  }
  return arrow::Table::Make(arrow::schema(fields), arrays, count);
}

std::shared_ptr<arrow::Table> id_rows(int64_t start, int64_t count) {
  return arrow::Table::Make(arrow::schema({arrow::field("id", arrow::int64())}), {ids(start, count)}, count);
}

std::shared_ptr<arrow::Table> read_rows(const OfflineSnapshot& snapshot) {
  std::vector<std::shared_ptr<arrow::Table>> tables;
  for (const std::string& path : snapshot.files) tables.push_back(read_file(path));
  return arrow::ConcatenateTables(tables).ValueOrDie();
}

std::vector<int64_t> sorted_ids(const OfflineSnapshot& snapshot) {
  std::vector<int64_t> found;
  if (snapshot.files.empty()) return found;
  std::shared_ptr<arrow::ChunkedArray> column = read_rows(snapshot)->GetColumnByName("id");
  for (const auto& chunk : column->chunks()) {
    const auto& values = static_cast<const arrow::Int64Array&>(*chunk);
    for (int64_t i = 0; i < values.length(); ++i) found.push_back(values.Value(i));
  }
  std::sort(found.begin(), found.end());
  return found;
}

TemporaryFolder::TemporaryFolder() {
  std::string pattern = (std::filesystem::temp_directory_path() / "offline_XXXXXX").string();
  if (::mkdtemp(pattern.data()) == nullptr) abort();
  path_ = pattern;
}

TemporaryFolder::~TemporaryFolder() {
  std::error_code ignored;
  std::filesystem::remove_all(path_, ignored);
}

std::vector<std::string> names_below(const std::string& folder) {
  std::vector<std::string> names;
  if (!std::filesystem::exists(folder)) return names;
  for (auto& entry : std::filesystem::recursive_directory_iterator(folder)) {
    names.push_back(std::filesystem::relative(entry.path(), folder).string());
  }
  std::sort(names.begin(), names.end());
  return names;
}

}  // namespace gnomon::test

#include "serve/pushed_columns.h"

#include <algorithm>
#include <limits>

#include <arrow/api.h>
#include <arrow/util/base64.h>
#include <fmt/format.h>

#include "base/time_text.h"
#include "data/arrow_status.h"
#include "engine/definitions.h"

namespace gnomon {
namespace {

constexpr const char* kRetyping = "typing the pushed columns";

template <class Fields>
void add_types(const Fields& fields, ColumnTypes* types) {
  for (const auto& field : fields) {
    if (!field.dtype().empty()) types->emplace(field.name(), field.dtype());
  }
}

template <class Objects>
auto find_named(const Objects& objects, const std::string& name) {
  auto found = std::find_if(objects.begin(), objects.end(), [&](const auto& object) { return object.name() == name; });
  return found == objects.end() ? nullptr : &*found;
}

// Builds a column from each text or integer that is not null.
template <class Builder, class Input, class Convert>
Result<std::shared_ptr<arrow::Array>> convert_column(Builder builder, const std::string& name, const Input& input,
                                                     Convert convert) {
  for (int64_t row = 0; row < input.length(); ++row) {
    if (input.IsNull(row)) {
      GN_ARROW_TRY(kRetyping, builder.AppendNull());
      continue;
    }
    auto value = convert(input.GetView(row));
    if (!value.ok()) {
      return Status(Code::kInvalidArgument, "GN612",
                    fmt::format("column \"{}\", row {}: {}", name, row, value.status().info().message),
                    value.status().info().hint);
    }
    GN_ARROW_TRY(kRetyping, builder.Append(*value));
  }
  GN_ARROW_ASSIGN(auto column, kRetyping, builder.Finish());
  return column;
}

Result<std::string> decode_base64(std::string_view text) {
  auto bytes = arrow::util::base64_decode(text);
  if (!bytes.ok()) return Status(Code::kInvalidArgument, "GN612", "the text is not base64", "Bytes travel as base64");
  return std::string(std::move(*bytes));
}

Result<TimeUs> from_epoch_seconds(int64_t seconds) {
  constexpr int64_t kLimit = std::numeric_limits<int64_t>::max() / kSecondUs;
  if (seconds >= -kLimit && seconds <= kLimit) return seconds * kSecondUs;
  return Status(Code::kInvalidArgument, "GN612", fmt::format("{} seconds since 1970 is out of range", seconds),
                "Instants travel as ISO text or epoch seconds");
}

Result<double> from_special_float(std::string_view text) {
  if (text == "NaN") return std::numeric_limits<double>::quiet_NaN();
  if (text == "Infinity") return std::numeric_limits<double>::infinity();
  if (text == "-Infinity") return -std::numeric_limits<double>::infinity();
  return Status(Code::kInvalidArgument, "GN612", fmt::format("\"{}\" is not a number", text),
                "Numbers travel as JSON numbers, or as \"NaN\", \"Infinity\", \"-Infinity\"");
}

Result<std::shared_ptr<arrow::Array>> retype(const std::string& name, const std::shared_ptr<arrow::Array>& column,
                                             const std::string& dtype) {
  bool is_text = column->type_id() == arrow::Type::STRING;
  auto text = [&]() -> const arrow::StringArray& { return static_cast<const arrow::StringArray&>(*column); };
  if (is_text && dtype == "Bytes") return convert_column(arrow::BinaryBuilder(), name, text(), decode_base64);
  if (is_text && (dtype == "Float32" || dtype == "Float64"))
    return convert_column(arrow::DoubleBuilder(), name, text(), from_special_float);
  if (dtype == "UnixTimestamp") {
    auto times = [] {
      return arrow::TimestampBuilder(arrow::timestamp(arrow::TimeUnit::MICRO, "UTC"), arrow::default_memory_pool());
    };
    if (is_text) return convert_column(times(), name, text(), parse_time);
    if (column->type_id() == arrow::Type::INT64) {
      return convert_column(times(), name, static_cast<const arrow::Int64Array&>(*column), from_epoch_seconds);
    }
  }
  return column;
}

}  // namespace

ColumnTypes types_of_view(const v1::Manifest& manifest, const std::string& view) {
  ColumnTypes types;
  if (auto* found = find_named(manifest.feature_views(), view)) add_types(found->schema(), &types);
  return types;
}

ColumnTypes types_of_pushed(const v1::Manifest& manifest, const std::string& source) {
  ColumnTypes types;
  auto* pushed = find_named(manifest.sources(), source);
  if (pushed == nullptr) return types;  // the engine says so
  add_types(pushed->schema(), &types);
  if (auto* batch = find_named(manifest.sources(), pushed->push().batch_source())) add_types(batch->schema(), &types);
  for (const auto& view : manifest.feature_views()) {
    bool fed = std::find(view.sources().begin(), view.sources().end(), source) != view.sources().end();
    bool as_is = view.transform_case() == v1::FeatureView::TRANSFORM_NOT_SET;
    if (fed && as_is) add_types(view.schema(), &types);
  }
  return types;
}

std::shared_ptr<arrow::RecordBatch> with_declared_times(std::shared_ptr<arrow::RecordBatch> rows,
                                                        const v1::Manifest& manifest, const std::string& view) {
  auto* found = find_named(manifest.feature_views(), view);
  if (found == nullptr) return rows;  // the engine says so
  TimeColumnNames times = time_columns(*found, manifest);
  std::vector<std::string> names = rows->schema()->field_names();
  auto rename = [&](const char* from, const std::string& to) {
    auto at = std::find(names.begin(), names.end(), from);
    if (!to.empty() && at != names.end() && std::find(names.begin(), names.end(), to) == names.end()) *at = to;
  };
  rename("event_timestamp", times.event_time);
  rename("created", times.created_time);
  arrow::FieldVector fields = rows->schema()->fields();
  for (size_t i = 0; i < fields.size(); ++i) fields[i] = fields[i]->WithName(names[i]);
  return arrow::RecordBatch::Make(arrow::schema(std::move(fields)), rows->num_rows(), rows->columns());
}

Result<std::shared_ptr<arrow::Table>> retype_rows(const arrow::RecordBatch& rows, const ColumnTypes& types) {
  arrow::FieldVector fields;
  arrow::ArrayVector columns;
  for (int i = 0; i < rows.num_columns(); ++i) {
    const std::string& name = rows.column_name(i);
    auto type = types.find(name);
    std::shared_ptr<arrow::Array> column = rows.column(i);
    if (type != types.end()) {
      GN_ASSIGN(column, retype(name, rows.column(i), type->second));
    }
    fields.push_back(arrow::field(name, column->type()));
    columns.push_back(std::move(column));
  }
  return arrow::Table::Make(arrow::schema(std::move(fields)), columns, rows.num_rows());
}

}  // namespace gnomon

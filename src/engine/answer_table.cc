#include "engine/answer_table.h"

#include <arrow/api.h>
#include <nlohmann/json.hpp>

#include "base/time_text.h"
#include "data/arrow_status.h"

namespace gnomon {
namespace {

constexpr const char* kAnswering = "answering";
constexpr const char* kStatusSuffix = "__status";
constexpr const char* kEventTimeSuffix = "__event_time";
constexpr const char* kAgeSuffix = "__age_seconds";

std::shared_ptr<arrow::DataType> time_type() { return arrow::timestamp(arrow::TimeUnit::MICRO, "UTC"); }

// Status, event time and age of one feature.
Result<arrow::ArrayVector> about_values(const OnlineColumn& column, TimeUs t) {
  arrow::StringBuilder status;
  arrow::TimestampBuilder event_time(time_type(), arrow::default_memory_pool());
  arrow::DoubleBuilder age;
  for (size_t row = 0; row < column.status.size(); ++row) {
    GN_ARROW_TRY(kAnswering, status.Append(online_status_name(column.status[row])));
    if (has_event_time(column, row)) {
      GN_ARROW_TRY(kAnswering, event_time.Append(column.event_time[row]));
      GN_ARROW_TRY(kAnswering, age.Append(static_cast<double>(t - column.event_time[row]) / kSecondUs));
    } else {
      GN_ARROW_TRY(kAnswering, event_time.AppendNull());
      GN_ARROW_TRY(kAnswering, age.AppendNull());
    }
  }
  arrow::ArrayVector arrays(3);
  GN_ARROW_TRY(kAnswering, status.Finish(&arrays[0]));
  GN_ARROW_TRY(kAnswering, event_time.Finish(&arrays[1]));
  GN_ARROW_TRY(kAnswering, age.Finish(&arrays[2]));
  return arrays;
}

Result<OnlineStatus> status_named(std::string_view name) {
  for (OnlineStatus status : {OnlineStatus::kPresent, OnlineStatus::kNullValue, OnlineStatus::kNotFound,
                              OnlineStatus::kOutsideMaxAge, OnlineStatus::kInvalid}) {
    if (name == online_status_name(status)) return status;
  }
  return Status(Code::kDataLoss, "GN618", "an answer has a status that does not exist: " + std::string(name));
}

// The one chunk of a column that must be there, and of that type.
Result<std::shared_ptr<arrow::Array>> array_of(const arrow::Table& table, const std::string& name, arrow::Type::type type) {
  auto column = table.GetColumnByName(name);
  if (column == nullptr || (type != arrow::Type::MAX_ID && column->type()->id() != type)) {
    return Status(Code::kDataLoss, "GN618", "an answer lacks its column \"" + name + "\"");
  }
  if (column->num_chunks() == 1) return column->chunk(0);
  GN_ARROW_ASSIGN(auto whole, "reading an answer",
                  column->num_chunks() == 0 ? arrow::MakeEmptyArray(column->type()) : arrow::Concatenate(column->chunks()));
  return whole;
}

Result<OnlineColumn> column_of_table(const arrow::Table& table, const std::string& name) {
  OnlineColumn column{.name = name};
  GN_ASSIGN(column.values, array_of(table, name, arrow::Type::MAX_ID));
  GN_ASSIGN(auto status, array_of(table, name + kStatusSuffix, arrow::Type::STRING));
  GN_ASSIGN(auto time, array_of(table, name + kEventTimeSuffix, arrow::Type::TIMESTAMP));
  const auto& names = static_cast<const arrow::StringArray&>(*status);
  const auto& times = static_cast<const arrow::TimestampArray&>(*time);
  for (int64_t row = 0; row < table.num_rows(); ++row) {
    GN_ASSIGN(OnlineStatus found, status_named(names.GetView(row)));
    column.status.push_back(found);
    column.event_time.push_back(times.IsNull(row) ? 0 : times.Value(row));
    column.zero_is_no_time |= times.IsNull(row);
  }
  return column;
}

}  // namespace

bool has_event_time(const OnlineColumn& column, size_t row) {
  if (column.zero_is_no_time && column.event_time[row] == 0) return false;
  return column.status[row] != OnlineStatus::kNotFound && column.status[row] != OnlineStatus::kInvalid;
}

Result<std::shared_ptr<arrow::Table>> answer_table(const OnlineAnswer& answer) {
  arrow::FieldVector fields = answer.keys->schema()->fields();
  arrow::ArrayVector columns = answer.keys->columns();
  for (const OnlineColumn& column : answer.columns) {
    GN_ASSIGN(arrow::ArrayVector about, about_values(column, answer.t));
    fields.insert(fields.end(), {arrow::field(column.name, column.values->type()),
                                 arrow::field(column.name + kStatusSuffix, arrow::utf8()),
                                 arrow::field(column.name + kEventTimeSuffix, time_type()),
                                 arrow::field(column.name + kAgeSuffix, arrow::float64())});
    columns.insert(columns.end(), {column.values, about[0], about[1], about[2]});
  }
  return arrow::Table::Make(arrow::schema(fields), columns, answer.keys->num_rows());
}

std::string answer_header_json(const OnlineAnswer& answer) {
  std::vector<std::string> names;
  for (const OnlineColumn& column : answer.columns) names.push_back(column.name);
  return nlohmann::json{{"t", answer.t},
                        {"sequence", answer.sequence},
                        {"keys", answer.keys->schema()->field_names()},
                        {"features", names},
                        {"errors", answer.errors}}
      .dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

Result<OnlineAnswer> answer_of_table(const arrow::Table& table, const std::string& header_json) {
  auto header = nlohmann::json::parse(header_json, nullptr, /*allow_exceptions=*/false);
  OnlineAnswer answer;
  try {
    answer.t = header.at("t").get<TimeUs>();
    answer.sequence = header.at("sequence").get<uint64_t>();
    answer.errors = header.at("errors").get<std::vector<std::string>>();
    arrow::FieldVector fields;
    arrow::ArrayVector keys;
    for (const auto& name : header.at("keys").get<std::vector<std::string>>()) {
      GN_ASSIGN(auto key, array_of(table, name, arrow::Type::MAX_ID));
      fields.push_back(arrow::field(name, key->type()));
      keys.push_back(std::move(key));
    }
    answer.keys = arrow::RecordBatch::Make(arrow::schema(fields), table.num_rows(), keys);
    for (const auto& name : header.at("features").get<std::vector<std::string>>()) {
      GN_ASSIGN(OnlineColumn column, column_of_table(table, name));
      answer.columns.push_back(std::move(column));
    }
  } catch (const nlohmann::json::exception& error) {
    return Status(Code::kDataLoss, "GN618", std::string("an answer's header is unreadable: ") + error.what());
  }
  return answer;
}

}  // namespace gnomon

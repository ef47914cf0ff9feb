// Short ways to write columns, tables and checks in the tests of quality.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include <arrow/api.h>
#include <arrow/json/from_string.h>
#include <gtest/gtest.h>

#include "gnomon/quality.h"

namespace gnomon {

inline std::shared_ptr<arrow::ChunkedArray> json_column(const std::shared_ptr<arrow::DataType>& type,
                                                        const std::string& json) {
  return std::make_shared<arrow::ChunkedArray>(arrow::json::ArrayFromJSONString(type, json).ValueOrDie());
}

inline std::shared_ptr<arrow::Table> table_of(
    const std::vector<std::pair<std::string, std::shared_ptr<arrow::ChunkedArray>>>& columns) {
  arrow::FieldVector fields;
  arrow::ChunkedArrayVector values;
  for (const auto& [name, column] : columns) {
    fields.push_back(arrow::field(name, column->type()));
    values.push_back(column);
  }
  return arrow::Table::Make(arrow::schema(fields), values);
}

inline v1::Check make_check(const std::string& type, const std::vector<std::string>& columns) {
  v1::Check check;
  check.set_type(type);
  for (const std::string& column : columns) check.add_columns(column);
  return check;
}

inline v1::Value value_of(int64_t value) {
  v1::Value v;
  v.set_int_value(value);
  return v;
}
inline v1::Value value_of(int value) { return value_of(int64_t{value}); }
inline v1::Value value_of(double value) {
  v1::Value v;
  v.set_float_value(value);
  return v;
}
inline v1::Value value_of(bool value) {
  v1::Value v;
  v.set_bool_value(value);
  return v;
}
inline v1::Value value_of(const char* value) {
  v1::Value v;
  v.set_string_value(value);
  return v;
}

template <class T>
v1::Check with(v1::Check check, const std::string& name, T value) {
  (*check.mutable_params())[name] = value_of(value);
  return check;
}

template <class... T>
v1::Check in_set(const std::string& column, T... values) {
  v1::Check check = make_check("in_set", {column});
  v1::ValueList* list = (*check.mutable_params())["values"].mutable_list_value();
  (static_cast<void>(*list->add_values() = value_of(values)), ...);
  return check;
}

inline v1::Check on_fail(v1::Check check, const std::string& action) {
  check.set_on_fail(action);
  return check;
}

inline CheckReport report_of(const arrow::Table& table, const std::vector<v1::Check>& checks) {
  std::vector<const v1::Check*> pointers;
  for (const v1::Check& check : checks) pointers.push_back(&check);
  Result<CheckReport> report = run_checks(table, pointers);
  EXPECT_TRUE(report.ok()) << report.status().to_string();
  return report.ok() ? *report : CheckReport{};
}

// Every row a check finds, which quarantine lists in full. REQUIRES: no `mostly` that tolerates them.
inline std::vector<int64_t> bad_rows(const arrow::Table& table, const v1::Check& check) {
  CheckReport report = report_of(table, {on_fail(check, "quarantine")});
  EXPECT_EQ(report.results[0].exception, "");
  std::vector<int64_t> rows;
  for (const Rejected& rejected : report.quarantined) rows.push_back(rejected.row);
  return rows;
}

}  // namespace gnomon

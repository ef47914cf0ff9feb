#include "engine/quarantine_rows.h"

#include <cmath>

#include <arrow/api.h>
#include <nlohmann/json.hpp>

#include "base/hash.h"
#include "base/time_text.h"
#include "data/arrow_status.h"
#include "data/cast.h"

namespace gnomon {
namespace {

using nlohmann::json;

json cell_json(const arrow::Scalar& cell) {
  if (!cell.is_valid) return nullptr;
  switch (cell.type->id()) {
    case arrow::Type::BOOL: return static_cast<const arrow::BooleanScalar&>(cell).value;
    case arrow::Type::INT64: return static_cast<const arrow::Int64Scalar&>(cell).value;
    case arrow::Type::INT32: return static_cast<const arrow::Int32Scalar&>(cell).value;
    case arrow::Type::DOUBLE: {
      double value = static_cast<const arrow::DoubleScalar&>(cell).value;
      return std::isfinite(value) ? json(value) : json(cell.ToString());
    }
    case arrow::Type::STRING:
    case arrow::Type::LARGE_STRING: return static_cast<const arrow::BaseBinaryScalar&>(cell).value->ToString();
    case arrow::Type::TIMESTAMP: {
      auto array = arrow::MakeArrayFromScalar(cell, 1);
      if (!array.ok()) return cell.ToString();
      Result<CastColumn> us = cast_time_column(*array);
      if (!us.ok() || us->values->IsNull(0)) return cell.ToString();
      return format_time(static_cast<const arrow::Int64Array&>(*us->values).Value(0));
    }
    default: return cell.ToString();
  }
}

std::shared_ptr<arrow::Schema> quarantine_schema() {
  return arrow::schema(
      {arrow::field("run", arrow::int64()), arrow::field("at", arrow::timestamp(arrow::TimeUnit::MICRO, "UTC")),
       arrow::field("target", arrow::utf8()), arrow::field("stage", arrow::utf8()), arrow::field("row", arrow::int64()),
       arrow::field("check", arrow::utf8()), arrow::field("column", arrow::utf8()), arrow::field("value", arrow::utf8()),
       arrow::field("row_json", arrow::utf8())});
}

}  // namespace

std::string row_json(const arrow::Table& table, int64_t row) {
  json object = json::object();
  for (int i = 0; i < table.num_columns(); ++i) {
    auto cell = table.column(i)->GetScalar(row);
    object[table.field(i)->name()] = cell.ok() ? cell_json(**cell) : json(nullptr);
  }
  return object.dump(-1, ' ', false, json::error_handler_t::replace);
}

Status quarantine_rows(Engine::Impl& project, const QuarantineBatch& batch) {
  if (batch.rejected.empty()) return Status();
  arrow::Int64Builder run, row;
  arrow::TimestampBuilder at(arrow::timestamp(arrow::TimeUnit::MICRO, "UTC"), arrow::default_memory_pool());
  arrow::StringBuilder target, stage, check, column, value, text;
  TimeUs now = project.env->now_us();
  std::string content = batch.target + "\n" + batch.stage;
  for (const Rejected& rejected : batch.rejected) {
    std::string row_text = row_json(*batch.rows, rejected.row);
    content += "\n" + rejected.check + "\n" + row_text;
    GN_ARROW_TRY("writing the quarantine", run.Append(batch.run_id));
    GN_ARROW_TRY("writing the quarantine", at.Append(now));
    GN_ARROW_TRY("writing the quarantine", target.Append(batch.target));
    GN_ARROW_TRY("writing the quarantine", stage.Append(batch.stage));
    GN_ARROW_TRY("writing the quarantine", row.Append(rejected.row));
    GN_ARROW_TRY("writing the quarantine", check.Append(rejected.check));
    GN_ARROW_TRY("writing the quarantine", column.Append(rejected.column));
    GN_ARROW_TRY("writing the quarantine", value.Append(rejected.value));
    GN_ARROW_TRY("writing the quarantine", text.Append(row_text));
  }
  arrow::ArrayVector columns;
  for (arrow::ArrayBuilder* builder :
       std::initializer_list<arrow::ArrayBuilder*>{&run, &at, &target, &stage, &row, &check, &column, &value, &text}) {
    std::shared_ptr<arrow::Array> array;
    GN_ARROW_TRY("writing the quarantine", builder->Finish(&array));
    columns.push_back(std::move(array));
  }
  auto table = arrow::Table::Make(quarantine_schema(), columns);
  CommitOptions options;
  options.app_id = "quarantine " + hash128_hex(content);
  options.app_version = 0;
  return project.quarantine_table().commit(*table, options).status();
}

}  // namespace gnomon

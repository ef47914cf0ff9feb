#include "data/canonical_columns.h"

#include <algorithm>
#include <set>

#include <arrow/api.h>
#include <fmt/format.h>
#include <fmt/ranges.h>

#include "data/arrow_status.h"
#include "data/cast.h"
#include "gnomon/online_store.h"
#include "gnomon/types.h"

namespace gnomon {
namespace {

Status unknown_column(const arrow::Schema& schema, const std::string& column, const std::string& where) {
  return Status(Code::kInvalidArgument, "GN101", fmt::format("unknown column \"{}\"", column),
                fmt::format("The columns are: {}", fmt::join(schema.field_names(), ", ")), where);
}

// A copy of `times` in which the rows of `bad` are null.
Result<std::shared_ptr<arrow::Array>> with_nulls(const std::shared_ptr<arrow::Array>& times,
                                                 const std::vector<int64_t>& bad) {
  if (bad.empty()) return times;
  int64_t rows = times->length();
  GN_ARROW_ASSIGN(std::shared_ptr<arrow::Buffer> validity, "marking bad rows", arrow::AllocateBitmap(rows));
  for (int64_t i = 0; i < rows; ++i) arrow::bit_util::SetBitTo(validity->mutable_data(), i, times->IsValid(i));
  for (int64_t row : bad) arrow::bit_util::ClearBit(validity->mutable_data(), row);
  const auto& values = static_cast<const arrow::Int64Array&>(*times);
  GN_ARROW_ASSIGN(std::shared_ptr<arrow::Buffer> copy, "marking bad rows", arrow::AllocateBuffer(rows * 8));
  std::copy_n(values.raw_values(), rows, reinterpret_cast<int64_t*>(copy->mutable_data()));
  return std::static_pointer_cast<arrow::Array>(std::make_shared<arrow::Int64Array>(rows, copy, validity));
}

// Nulls without memory of their own: the absent time columns of a history are asked for batch after batch, and windows keep the
// batches. Static storage that is only read stays one shared page of zeros.
Result<std::shared_ptr<arrow::Array>> nulls_of(const std::shared_ptr<arrow::DataType>& type, int64_t rows) {
  static uint8_t zeros[size_t{1} << 20];
  if (type->id() != arrow::Type::INT64 || rows * 8 > static_cast<int64_t>(sizeof zeros)) {
    GN_ARROW_ASSIGN(std::shared_ptr<arrow::Array> nulls, "filling an absent column", arrow::MakeArrayOfNull(type, rows));
    return nulls;
  }
  auto buffer = std::make_shared<arrow::Buffer>(zeros, rows * 8);
  return arrow::MakeArray(arrow::ArrayData::Make(type, rows, {buffer, buffer}, rows));
}

void add_null_rows(const arrow::Array& values, std::vector<int64_t>* rows) {
  if (values.null_count() == 0) return;
  for (int64_t i = 0; i < values.length(); ++i) {
    if (values.IsNull(i)) rows->push_back(i);
  }
}

}  // namespace

Result<CanonicalColumns> CanonicalColumns::make(const arrow::Schema& schema, const HistoryLayout& layout,
                                                const std::string& where) {
  CanonicalColumns result;
  result.layout_ = layout;
  result.where_ = where;
  result.schema_ = arrow::schema(schema.fields());
  auto add = [&](const HistoryColumn& spec, Role role) -> Status {
    Column column{spec, role, false};
    if (!spec.source_column.empty()) {
      int index = schema.GetFieldIndex(spec.source_column);
      if (index < 0) return unknown_column(schema, spec.source_column, where);
      const arrow::DataType& from = *schema.field(index)->type();
      if (role == Role::kTime ? !can_cast_to_time(from) : !can_cast(from, *spec.type)) {
        std::string wanted = role == Role::kTime ? "a time" : spec.type->ToString();
        return Status(
            Code::kInvalidArgument, "GN205",
            fmt::format("column \"{}\" is {} and cannot be read as {}", spec.source_column, from.ToString(), wanted),
            "Change the dtype in the schema, or convert the column in the source", where);
      }
      column.may_reject = role == Role::kKey || (role == Role::kFeature && cast_may_reject(from, *spec.type));
    }
    result.columns_.push_back(std::move(column));
    return Status();
  };
  for (const HistoryColumn& key : layout.keys) GN_TRY(add(key, Role::kKey));
  for (const HistoryColumn& feature : layout.features) GN_TRY(add(feature, Role::kFeature));
  GN_TRY(add({kEventTime, arrow::int64(), layout.event_time}, Role::kTime));
  GN_TRY(add({kCreatedTime, arrow::int64(), layout.created_time}, Role::kTime));
  GN_TRY(add({kKnownAt, arrow::int64(), layout.known_at}, Role::kTime));
  return result;
}

const CanonicalColumns::Column* CanonicalColumns::find(const std::string& name) const {
  for (const Column& column : columns_) {
    if (column.spec.name == name) return &column;
  }
  return nullptr;
}

const HistoryColumn* CanonicalColumns::uncast(const std::string& column) const {
  const Column* found = find(column);
  if (found == nullptr || found->role == Role::kTime || found->spec.source_column.empty()) return nullptr;
  const auto field = schema_->GetFieldByName(found->spec.source_column);
  return field != nullptr && field->type()->Equals(*found->spec.type) ? &found->spec : nullptr;
}

Result<std::vector<int>> CanonicalColumns::source_columns(const std::vector<std::string>& columns) const {
  std::set<int> indices;
  auto need = [&](const Column& column) {
    if (!column.spec.source_column.empty()) indices.insert(schema_->GetFieldIndex(column.spec.source_column));
  };
  for (const std::string& name : columns) {
    const Column* column = find(name);
    if (column == nullptr) return Status(Code::kInvalidArgument, "GN101", fmt::format("unknown column \"{}\"", name));
    need(*column);
    if (name != kEventTime) continue;
    for (const Column& other : columns_) {
      if (other.may_reject) need(other);
    }
  }
  return std::vector<int>(indices.begin(), indices.end());
}

Result<std::shared_ptr<arrow::Array>> CanonicalColumns::convert_column(const Column& column, const arrow::RecordBatch& batch,
                                                                       std::vector<int64_t>* rejected) const {
  if (column.spec.source_column.empty()) return nulls_of(column.spec.type, batch.num_rows());
  std::shared_ptr<arrow::Array> values = batch.GetColumnByName(column.spec.source_column);
  GN_ASSERT(values != nullptr);
  // A dictionary of the declared key type stays: the join looks each distinct value up once.
  if (column.role == Role::kKey && values->type_id() == arrow::Type::DICTIONARY &&
      static_cast<const arrow::DictionaryType&>(*values->type()).value_type()->Equals(*column.spec.type)) {
    add_null_rows(*values, rejected);
    return values;
  }
  Result<CastColumn> cast = column.role == Role::kTime ? cast_time_column(values) : cast_column(values, column.spec.type);
  if (!cast.ok()) {
    return cast.status().with_where(
        fmt::format("{}{}column \"{}\"", where_, where_.empty() ? "" : ", ", column.spec.source_column));
  }
  rejected->insert(rejected->end(), cast->rejected.begin(), cast->rejected.end());
  if (column.role == Role::kKey) add_null_rows(*cast->values, rejected);
  return cast->values;
}

Result<std::shared_ptr<arrow::RecordBatch>> CanonicalColumns::convert(const arrow::RecordBatch& batch,
                                                                      const std::vector<std::string>& columns,
                                                                      int64_t first_row, const RowSet* rejected_rows) const {
  std::vector<int64_t> bad;
  arrow::ArrayVector arrays;
  arrow::FieldVector fields;
  int event_time_at = -1;
  for (const std::string& name : columns) {
    const Column* column = find(name);
    GN_ASSERT(column != nullptr);
    if (name == kEventTime) event_time_at = static_cast<int>(arrays.size());
    GN_ASSIGN(std::shared_ptr<arrow::Array> values, convert_column(*column, batch, &bad));
    fields.push_back(arrow::field(name, values->type()));
    arrays.push_back(std::move(values));
  }
  if (event_time_at >= 0) {
    for (const Column& column : columns_) {
      bool seen = std::find(columns.begin(), columns.end(), column.spec.name) != columns.end();
      if (column.may_reject && !seen) GN_TRY(convert_column(column, batch, &bad).status());
    }
    if (rejected_rows != nullptr && !rejected_rows->empty()) {
      for (int64_t i = 0; i < batch.num_rows(); ++i) {
        if (rejected_rows->contains(first_row + i)) bad.push_back(i);
      }
    }
    GN_ASSIGN(arrays[static_cast<size_t>(event_time_at)], with_nulls(arrays[static_cast<size_t>(event_time_at)], bad));
  }
  return arrow::RecordBatch::Make(arrow::schema(fields), batch.num_rows(), std::move(arrays));
}

Status CanonicalColumns::unfit_rows(const arrow::RecordBatch& batch, int64_t first_row, std::vector<UnfitRow>* out) const {
  for (const Column& column : columns_) {
    if (column.spec.source_column.empty()) continue;
    std::vector<int64_t> bad;
    GN_ASSIGN(std::shared_ptr<arrow::Array> values, convert_column(column, batch, &bad));
    bool event_time = column.spec.name == kEventTime;
    std::string check = fmt::format("cast({}: {})", column.spec.source_column,
                                    column.role == Role::kTime ? "time" : dtype_of(*column.spec.type).value());
    std::set<int64_t> nulls;
    if (event_time || column.role == Role::kKey) {
      auto source = batch.GetColumnByName(column.spec.source_column);
      for (int64_t i = 0; i < source->length(); ++i) {
        if (source->IsNull(i)) nulls.insert(i);
      }
    }
    std::set<int64_t> rows(bad.begin(), bad.end());
    rows.insert(nulls.begin(), nulls.end());
    for (int64_t row : rows) {
      std::string reason = nulls.contains(row) ? fmt::format("not_null({})", column.spec.source_column) : check;
      out->push_back({first_row + row, reason, column.spec.source_column});
    }
  }
  return Status();
}

}  // namespace gnomon

#include "transform/sql_result.h"

#include <charconv>
#include <cmath>

#include <arrow/array.h>
#include <arrow/builder.h>
#include <arrow/table.h>
#include <arrow/util/decimal.h>
#include <fmt/format.h>

#include "data/arrow_status.h"
#include "data/cast.h"

namespace gnomon {
namespace {

using ArrayPtr = std::shared_ptr<arrow::Array>;

Result<ArrayPtr> feature_typed(const ArrayPtr& values);

Result<ArrayPtr> decimals_to_int64(const arrow::Decimal128Array& values) {
  arrow::Int64Builder builder;
  GN_ARROW_TRY("converting decimals", builder.Reserve(values.length()));
  for (int64_t i = 0; i < values.length(); ++i) {
    if (values.IsNull(i)) {
      builder.UnsafeAppendNull();
      continue;
    }
    arrow::Decimal128 value(values.GetValue(i));
    arrow::Result<int64_t> narrow = value.ToInteger<int64_t>();
    if (!narrow.ok()) {
      return Status(Code::kInvalidArgument, "GN320", fmt::format("{} does not fit Int64", value.ToIntegerString()),
                    "Cast the column in the query, for example sum(x)::double");
    }
    builder.UnsafeAppend(*narrow);
  }
  GN_ARROW_ASSIGN(ArrayPtr result, "converting decimals", builder.Finish());
  return result;
}

// The nearest double. Both parts of the quotient are exact up to 2^53 and 10^22, so one division rounds once (Clinger
// 1990); beyond that, the decimal digits are read back.
double nearest_double(const arrow::Decimal128& value, int32_t scale) {
  constexpr int64_t kExactInteger = int64_t{1} << 53;
  constexpr int32_t kExactPower = 22;
  if (scale >= 0 && scale <= kExactPower && arrow::Decimal128::Abs(value) <= arrow::Decimal128(kExactInteger)) {
    double power = 1;
    for (int32_t i = 0; i < scale; ++i) power *= 10;
    return static_cast<double>(static_cast<int64_t>(value.low_bits())) / power;
  }
  std::string digits = value.ToString(scale);
  double result = 0;
  std::from_chars(digits.data(), digits.data() + digits.size(), result);
  return result;
}

Result<ArrayPtr> decimals_to_double(const arrow::Decimal128Array& values, int32_t scale) {
  arrow::DoubleBuilder builder;
  GN_ARROW_TRY("converting decimals", builder.Reserve(values.length()));
  for (int64_t i = 0; i < values.length(); ++i) {
    if (values.IsNull(i))
      builder.UnsafeAppendNull();
    else
      builder.UnsafeAppend(nearest_double(arrow::Decimal128(values.GetValue(i)), scale));
  }
  GN_ARROW_ASSIGN(ArrayPtr result, "converting decimals", builder.Finish());
  return result;
}

Result<ArrayPtr> timestamps_in_utc(const ArrayPtr& values) {
  GN_ASSIGN(CastColumn us, cast_time_column(values));
  GN_ARROW_ASSIGN(ArrayPtr result, "converting times", us.values->View(arrow::timestamp(arrow::TimeUnit::MICRO, "UTC")));
  return result;
}

Result<ArrayPtr> list_of_feature_typed(const ArrayPtr& values) {
  const auto& list = static_cast<const arrow::ListArray&>(*values);
  GN_ASSIGN(ArrayPtr items, feature_typed(list.values()));
  std::shared_ptr<arrow::ArrayData> data = values->data()->Copy();
  data->child_data[0] = items->data();
  data->type = arrow::list(values->type()->field(0)->WithType(items->type()));
  return arrow::MakeArray(data);
}

Result<ArrayPtr> feature_typed(const ArrayPtr& values) {
  switch (values->type_id()) {
    case arrow::Type::TIMESTAMP: return timestamps_in_utc(values);
    case arrow::Type::LIST: return list_of_feature_typed(values);
    case arrow::Type::DECIMAL128: break;
    default: return values;
  }
  int32_t scale = static_cast<const arrow::Decimal128Type&>(*values->type()).scale();
  const auto& decimals = static_cast<const arrow::Decimal128Array&>(*values);
  return scale == 0 ? decimals_to_int64(decimals) : decimals_to_double(decimals, scale);
}

}  // namespace

Result<std::shared_ptr<arrow::Table>> with_feature_types(const arrow::Table& table) {
  arrow::FieldVector fields;
  arrow::ChunkedArrayVector columns;
  for (int i = 0; i < table.num_columns(); ++i) {
    const std::shared_ptr<arrow::Field>& field = table.schema()->field(i);
    // A column without rows converts one empty chunk, so that its type changes all the same.
    GN_ARROW_ASSIGN(ArrayPtr empty, "making an empty column", arrow::MakeEmptyArray(field->type()));
    arrow::ArrayVector chunks = table.column(i)->num_chunks() > 0 ? table.column(i)->chunks() : arrow::ArrayVector{empty};
    for (ArrayPtr& chunk : chunks) {
      Result<ArrayPtr> converted = feature_typed(chunk);
      if (!converted.ok()) return converted.status().with_where("column " + field->name());
      chunk = std::move(*converted);
    }
    fields.push_back(arrow::field(field->name(), chunks[0]->type(), field->nullable()));
    columns.push_back(std::make_shared<arrow::ChunkedArray>(std::move(chunks)));
  }
  return arrow::Table::Make(arrow::schema(std::move(fields)), std::move(columns), table.num_rows());
}

}  // namespace gnomon

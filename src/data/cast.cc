#include "data/cast.h"

#include <arrow/array.h>
#include <arrow/builder.h>
#include <arrow/compute/api.h>
#include <arrow/type.h>
#include <fmt/format.h>

#include "base/time_text.h"
#include "data/arrow_status.h"

namespace gnomon {
namespace {

using arrow::Type;
namespace compute = arrow::compute;

bool is_number(const arrow::DataType& type) { return arrow::is_integer(type.id()) || arrow::is_floating(type.id()); }
bool is_text(const arrow::DataType& type) {
  return type.id() == Type::STRING || type.id() == Type::LARGE_STRING || type.id() == Type::STRING_VIEW;
}
bool is_bytes(const arrow::DataType& type) {
  return type.id() == Type::BINARY || type.id() == Type::LARGE_BINARY || type.id() == Type::BINARY_VIEW ||
         type.id() == Type::FIXED_SIZE_BINARY;
}
bool is_time(const arrow::DataType& type) {
  return type.id() == Type::TIMESTAMP || type.id() == Type::DATE32 || type.id() == Type::DATE64;
}
bool is_list(const arrow::DataType& type) {
  return type.id() == Type::LIST || type.id() == Type::LARGE_LIST || type.id() == Type::FIXED_SIZE_LIST;
}
const arrow::DataType& value_type(const arrow::DataType& type) {
  return type.id() == Type::DICTIONARY ? *static_cast<const arrow::DictionaryType&>(type).value_type() : type;
}

TimeUs floor_divide(int64_t value, int64_t by) {
  int64_t quotient = value / by;
  return quotient - ((value % by != 0) && (value < 0) ? 1 : 0);
}

Result<std::shared_ptr<arrow::Array>> decoded(const std::shared_ptr<arrow::Array>& values) {
  if (values->type_id() != Type::DICTIONARY) return values;
  auto type = static_cast<const arrow::DictionaryType&>(*values->type()).value_type();
  GN_ARROW_ASSIGN(arrow::Datum plain, "decoding a dictionary column", compute::Cast(values, type));
  return plain.make_array();
}

// Number to number: a plain conversion, then back; what does not come back equal did not fit.
Result<CastColumn> cast_numbers(const std::shared_ptr<arrow::Array>& values, const std::shared_ptr<arrow::DataType>& to) {
  GN_ARROW_ASSIGN(arrow::Datum out, "casting", compute::Cast(values, to, compute::CastOptions::Unsafe(to)));
  CastColumn result{out.make_array(), {}};
  if (!cast_may_reject(*values->type(), *to)) return result;
  GN_ARROW_ASSIGN(arrow::Datum back, "casting",
                  compute::Cast(out, values->type(), compute::CastOptions::Unsafe(values->type())));
  GN_ARROW_ASSIGN(arrow::Datum equal, "casting", compute::CallFunction("equal", {values, back}));
  auto fits = std::static_pointer_cast<arrow::BooleanArray>(equal.make_array());
  // An unsigned value beyond the signed range wraps and comes back equal: its sign tells.
  bool from_unsigned = arrow::is_unsigned_integer(values->type_id());
  std::shared_ptr<arrow::Int64Array> wide;
  if (from_unsigned) {
    GN_ARROW_ASSIGN(arrow::Datum signed_out, "casting",
                    compute::Cast(out, arrow::int64(), compute::CastOptions::Unsafe(arrow::int64())));
    wide = std::static_pointer_cast<arrow::Int64Array>(signed_out.make_array());
  }
  for (int64_t i = 0; i < fits->length(); ++i) {
    if (values->IsNull(i)) continue;
    if (!fits->Value(i) || (from_unsigned && wide->Value(i) < 0)) result.rejected.push_back(i);
  }
  if (result.rejected.empty()) return result;
  arrow::BooleanBuilder keep;
  GN_ARROW_TRY("casting", keep.AppendValues(std::vector<bool>(static_cast<size_t>(fits->length()), true)));
  std::shared_ptr<arrow::Array> mask;
  GN_ARROW_TRY("casting", keep.Finish(&mask));
  for (int64_t row : result.rejected) arrow::bit_util::ClearBit(mask->data()->buffers[1]->mutable_data(), row);
  GN_ARROW_ASSIGN(arrow::Datum masked, "casting", compute::IfElse(mask, result.values, arrow::MakeNullScalar(to)));
  result.values = masked.make_array();
  return result;
}

Result<std::shared_ptr<arrow::Array>> with_time_type(const std::shared_ptr<arrow::Array>& int64_values,
                                                     const std::shared_ptr<arrow::DataType>& to) {
  GN_ARROW_ASSIGN(std::shared_ptr<arrow::Array> view, "casting", int64_values->View(to));
  return view;
}

Result<CastColumn> cast_list(const std::shared_ptr<arrow::Array>& values, const std::shared_ptr<arrow::DataType>& to) {
  std::shared_ptr<arrow::Array> list = values;
  if (values->type_id() != Type::LIST) {
    auto plain = arrow::list(values->type()->field(0)->type());
    GN_ARROW_ASSIGN(arrow::Datum cast, "casting", compute::Cast(values, plain));
    list = cast.make_array();
  }
  const auto& array = static_cast<const arrow::ListArray&>(*list);
  GN_ASSIGN(CastColumn items, cast_column(array.values(), to->field(0)->type()));
  CastColumn result;
  auto data = array.data()->Copy();
  data->type = to;
  data->child_data = {items.values->data()};
  result.values = arrow::MakeArray(data);
  size_t at = 0;
  for (int64_t row = 0; row < array.length() && at < items.rejected.size(); ++row) {
    while (at < items.rejected.size() && items.rejected[at] < array.value_offset(row)) ++at;
    if (at < items.rejected.size() && items.rejected[at] < array.value_offset(row) + array.value_length(row) &&
        array.IsValid(row)) {
      result.rejected.push_back(row);
    }
  }
  return result;
}

// Whether an ISO text names a zone: a Z or a signed offset after the clock.
bool has_zone(std::string_view text) {
  size_t clock = text.find(':');
  if (clock == std::string_view::npos) return false;
  return text.find_first_of("Zz+-", clock) != std::string_view::npos;
}

template <class ArrayType>
Result<CastColumn> parse_times(const ArrayType& texts) {
  arrow::Int64Builder builder;
  CastColumn result;
  int64_t aware = -1;
  int64_t naive = -1;
  for (int64_t i = 0; i < texts.length(); ++i) {
    if (texts.IsNull(i)) {
      GN_ARROW_TRY("parsing times", builder.AppendNull());
      continue;
    }
    std::string_view text = texts.GetView(i);
    Result<TimeUs> time = parse_time(text);
    if (!time.ok()) {
      result.rejected.push_back(i);
      GN_ARROW_TRY("parsing times", builder.AppendNull());
      continue;
    }
    (has_zone(text) ? aware : naive) = i;
    GN_ARROW_TRY("parsing times", builder.Append(*time));
  }
  if (aware >= 0 && naive >= 0) {
    return Status(Code::kInvalidArgument, "GN207",
                  fmt::format("one column mixes times with a zone (row {}) and without (row {})", aware, naive),
                  "Write all of them with a zone, or none (then they are UTC)");
  }
  GN_ARROW_TRY("parsing times", builder.Finish(&result.values));
  return result;
}

Result<CastColumn> timestamps_to_us(const std::shared_ptr<arrow::Array>& values) {
  arrow::TimeUnit::type unit = static_cast<const arrow::TimestampType&>(*values->type()).unit();
  GN_ARROW_ASSIGN(std::shared_ptr<arrow::Array> raw, "casting times", values->View(arrow::int64()));
  if (unit == arrow::TimeUnit::MICRO) return CastColumn{raw, {}};
  const auto& in = static_cast<const arrow::Int64Array&>(*raw);
  arrow::Int64Builder builder;
  GN_ARROW_TRY("casting times", builder.Reserve(in.length()));
  CastColumn result;
  int64_t factor = unit == arrow::TimeUnit::SECOND ? 1'000'000 : 1'000;
  for (int64_t i = 0; i < in.length(); ++i) {
    int64_t us = 0;
    if (in.IsNull(i)) {
      builder.UnsafeAppendNull();
    } else if (unit == arrow::TimeUnit::NANO) {
      builder.UnsafeAppend(floor_divide(in.Value(i), 1000));
    } else if (__builtin_mul_overflow(in.Value(i), factor, &us)) {
      result.rejected.push_back(i);
      builder.UnsafeAppendNull();
    } else {
      builder.UnsafeAppend(us);
    }
  }
  GN_ARROW_TRY("casting times", builder.Finish(&result.values));
  return result;
}

}  // namespace

bool can_cast_to_time(const arrow::DataType& from) {
  const arrow::DataType& type = value_type(from);
  return is_time(type) || is_text(type) || type.id() == Type::NA;
}

bool can_cast(const arrow::DataType& from_type, const arrow::DataType& to) {
  const arrow::DataType& from = value_type(from_type);
  if (from.id() == Type::NA) return true;
  if (is_number(to)) return is_number(from);
  if (to.id() == Type::BOOL) return from.id() == Type::BOOL;
  if (is_text(to)) return is_text(from);
  if (is_bytes(to)) return is_bytes(from) || is_text(from);
  if (is_time(to)) return is_time(from) || is_text(from);
  if (is_list(to)) return is_list(from) && can_cast(*from.field(0)->type(), *to.field(0)->type());
  return false;
}

bool cast_may_reject(const arrow::DataType& from_type, const arrow::DataType& to) {
  const arrow::DataType& from = value_type(from_type);
  if (is_list(to) && is_list(from)) return cast_may_reject(*from.field(0)->type(), *to.field(0)->type());
  if (is_time(to) && is_text(from)) return true;
  if (is_time(to))
    return from.id() == Type::TIMESTAMP && static_cast<const arrow::TimestampType&>(from).unit() < arrow::TimeUnit::MICRO;
  if (!arrow::is_integer(to.id())) return false;
  if (arrow::is_floating(from.id())) return true;
  if (!arrow::is_integer(from.id())) return false;
  int from_bits = from.bit_width() + (arrow::is_unsigned_integer(from.id()) ? 1 : 0);
  return from_bits > to.bit_width();
}

Result<CastColumn> cast_column(const std::shared_ptr<arrow::Array>& values_in, const std::shared_ptr<arrow::DataType>& to) {
  if (values_in->type()->Equals(*to)) return CastColumn{values_in, {}};
  if (!can_cast(*values_in->type(), *to)) {
    return Status(Code::kInvalidArgument, "GN205",
                  fmt::format("a column of type {} cannot be declared {}", values_in->type()->ToString(), to->ToString()),
                  "Change the dtype in the schema, or convert the column in the source");
  }
  if (values_in->type_id() == Type::NA) {
    GN_ARROW_ASSIGN(std::shared_ptr<arrow::Array> nulls, "casting", arrow::MakeArrayOfNull(to, values_in->length()));
    return CastColumn{nulls, {}};
  }
  GN_ASSIGN(std::shared_ptr<arrow::Array> values, decoded(values_in));
  if (values->type()->Equals(*to)) return CastColumn{values, {}};
  if (is_number(*to)) return cast_numbers(values, to);
  if (is_list(*to)) return cast_list(values, to);
  if (is_time(*to)) {
    GN_ASSIGN(CastColumn times, cast_time_column(values));
    GN_ASSIGN(times.values, with_time_type(times.values, to));
    return times;
  }
  GN_ARROW_ASSIGN(arrow::Datum out, "casting", compute::Cast(values, to));
  return CastColumn{out.make_array(), {}};
}

Result<CastColumn> cast_time_column(const std::shared_ptr<arrow::Array>& values_in) {
  GN_ASSIGN(std::shared_ptr<arrow::Array> values, decoded(values_in));
  switch (values->type_id()) {
    case Type::TIMESTAMP: return timestamps_to_us(values);
    case Type::DATE32:
    case Type::DATE64: {
      auto type = arrow::timestamp(arrow::TimeUnit::MICRO);
      GN_ARROW_ASSIGN(arrow::Datum times, "casting dates", compute::Cast(values, type));
      return timestamps_to_us(times.make_array());
    }
    case Type::STRING: return parse_times(static_cast<const arrow::StringArray&>(*values));
    case Type::LARGE_STRING: return parse_times(static_cast<const arrow::LargeStringArray&>(*values));
    case Type::STRING_VIEW: return parse_times(static_cast<const arrow::StringViewArray&>(*values));
    case Type::NA: {
      GN_ARROW_ASSIGN(std::shared_ptr<arrow::Array> nulls, "casting",
                      arrow::MakeArrayOfNull(arrow::int64(), values->length()));
      return CastColumn{nulls, {}};
    }
    default:
      return Status(Code::kInvalidArgument, "GN206",
                    fmt::format("a column of type {} holds no times", values->type()->ToString()),
                    "Use a timestamp, a date or ISO 8601 text");
  }
}

}  // namespace gnomon

#include "serve/feast_values.h"

#include <vector>

#include <arrow/api.h>
#include <fmt/format.h>
#include <google/protobuf/unknown_field_set.h>

#include "base/time_text.h"
#include "data/arrow_status.h"
#include "feast/types/Value.pb.h"
#include "serve/request_members.h"

namespace gnomon {
namespace {

using feast::types::Value;
using Column = Result<std::shared_ptr<arrow::Array>>;
constexpr const char* kBuilding = "building the request's columns";

// The cells of one column; of a list's members, `rows` says whose they are.
struct Input {
  const std::string& name;
  const std::vector<const Value*>& cells;
  const std::vector<size_t>* rows = nullptr;

  size_t row(size_t cell) const { return rows == nullptr ? cell : (*rows)[cell]; }
};

bool is_null(const Value& value) { return value.val_case() == Value::VAL_NOT_SET || value.val_case() == Value::kNullVal; }

// "int64_val" → "int64"
std::string type_name(Value::ValCase kind) {
  std::string name(Value::descriptor()->FindFieldByNumber(kind)->name());
  return name.substr(0, name.size() - std::string_view("_val").size());
}

// What both can be read as; VAL_NOT_SET: nothing.
Value::ValCase wider(Value::ValCase one, Value::ValCase other) {
  if (one == other) return one;
  auto pair = [&](Value::ValCase narrow, Value::ValCase wide) {
    return (one == narrow && other == wide) || (one == wide && other == narrow);
  };
  if (pair(Value::kInt32Val, Value::kInt64Val)) return Value::kInt64Val;
  if (pair(Value::kFloatVal, Value::kDoubleVal)) return Value::kDoubleVal;
  return Value::VAL_NOT_SET;
}

Result<Value::ValCase> shared_type(const Input& input) {
  Value::ValCase shared = Value::VAL_NOT_SET;
  for (size_t i = 0; i < input.cells.size(); ++i) {
    const Value& value = *input.cells[i];
    // A kind that a later Feast has: it must not pass for a null.
    if (value.val_case() == Value::VAL_NOT_SET && !value.GetReflection()->GetUnknownFields(value).empty()) {
      return bad_cell(input.name, input.row(i), "a value of a type that is not known here");
    }
    if (is_null(value)) continue;
    Value::ValCase next = shared == Value::VAL_NOT_SET ? value.val_case() : wider(shared, value.val_case());
    if (next == Value::VAL_NOT_SET) {
      return bad_cell(input.name, input.row(i),
                      fmt::format("{} after {}: a column has one type", type_name(value.val_case()), type_name(shared)));
    }
    shared = next;
  }
  return shared;
}

Result<int64_t> to_microseconds(int64_t seconds) {
  int64_t us = 0;
  if (!__builtin_mul_overflow(seconds, kSecondUs, &us)) return us;
  return Status(Code::kInvalidArgument, "GN612", fmt::format("a time of {} seconds is out of range", seconds));
}

template <class Builder, class Read>
Column fill(const Input& input, Builder builder, Read read) {
  GN_ARROW_TRY(kBuilding, builder.Reserve(static_cast<int64_t>(input.cells.size())));
  for (const Value* value : input.cells) {
    if (is_null(*value)) {
      GN_ARROW_TRY(kBuilding, builder.AppendNull());
    } else {
      GN_ARROW_TRY(kBuilding, read(&builder, *value));
    }
  }
  GN_ARROW_ASSIGN(auto column, kBuilding, builder.Finish());
  return column;
}

arrow::TimestampBuilder time_builder() {
  return arrow::TimestampBuilder(arrow::timestamp(arrow::TimeUnit::MICRO, "UTC"), arrow::default_memory_pool());
}

Column fill_times(const Input& input) {
  for (size_t i = 0; i < input.cells.size(); ++i) {
    Result<int64_t> us = to_microseconds(input.cells[i]->unix_timestamp_val());
    if (!us.ok()) return bad_cell(input.name, input.row(i), us.status().info().message);
  }
  return fill(input, time_builder(),
              [](auto* builder, const Value& value) { return builder->Append(value.unix_timestamp_val() * kSecondUs); });
}

// A list's members as values, so that lists are built as columns are.
template <class List, class Set>
void add_members(const List& list, std::vector<Value>* members, Set set) {
  for (const auto& member : list.val()) set(&members->emplace_back(), member);
}

// Returns whether the value is a list of a type that is held.
bool members_of(const Value& value, std::vector<Value>* members) {
  switch (value.val_case()) {
    case Value::kBytesListVal:
      add_members(value.bytes_list_val(), members, [](Value* to, const auto& from) { to->set_bytes_val(from); });
      return true;
    case Value::kStringListVal:
      add_members(value.string_list_val(), members, [](Value* to, const auto& from) { to->set_string_val(from); });
      return true;
    case Value::kInt32ListVal:
      add_members(value.int32_list_val(), members, [](Value* to, auto from) { to->set_int32_val(from); });
      return true;
    case Value::kInt64ListVal:
      add_members(value.int64_list_val(), members, [](Value* to, auto from) { to->set_int64_val(from); });
      return true;
    case Value::kDoubleListVal:
      add_members(value.double_list_val(), members, [](Value* to, auto from) { to->set_double_val(from); });
      return true;
    case Value::kFloatListVal:
      add_members(value.float_list_val(), members, [](Value* to, auto from) { to->set_float_val(from); });
      return true;
    case Value::kBoolListVal:
      add_members(value.bool_list_val(), members, [](Value* to, auto from) { to->set_bool_val(from); });
      return true;
    case Value::kUnixTimestampListVal:
      add_members(value.unix_timestamp_list_val(), members, [](Value* to, auto from) { to->set_unix_timestamp_val(from); });
      return true;
    case Value::kListVal:
      add_members(value.list_val(), members, [](Value* to, const Value& from) { *to = from; });
      return true;
    default: return false;
  }
}

Column build_scalars(const Input& input, Value::ValCase type);

Column build_lists(const Input& input) {
  std::vector<Value> members;
  std::vector<size_t> rows;
  arrow::Int32Builder offsets;
  arrow::TypedBufferBuilder<bool> validity;
  int64_t nulls = 0;
  for (size_t i = 0; i < input.cells.size(); ++i) {
    GN_ARROW_TRY(kBuilding, offsets.Append(static_cast<int32_t>(members.size())));
    bool held = !is_null(*input.cells[i]);
    GN_ARROW_TRY(kBuilding, validity.Append(held));
    if (!held) ++nulls;
    members_of(*input.cells[i], &members);
    rows.resize(members.size(), input.row(i));
  }
  GN_ARROW_TRY(kBuilding, offsets.Append(static_cast<int32_t>(members.size())));
  std::vector<const Value*> cells;
  cells.reserve(members.size());
  for (const Value& member : members) cells.push_back(&member);
  Input inner{input.name, cells, &rows};
  GN_ASSIGN(Value::ValCase type, shared_type(inner));
  GN_ASSIGN(auto values, build_scalars(inner, type));
  GN_ARROW_ASSIGN(auto offset_array, kBuilding, offsets.Finish());
  GN_ARROW_ASSIGN(auto bitmap, kBuilding, validity.Finish());
  return std::shared_ptr<arrow::Array>(
      std::make_shared<arrow::ListArray>(arrow::list(values->type()), static_cast<int64_t>(input.cells.size()),
                                         offset_array->data()->buffers[1], values, bitmap, nulls));
}

Column build_scalars(const Input& input, Value::ValCase type) {
  switch (type) {
    case Value::VAL_NOT_SET:
      return std::shared_ptr<arrow::Array>(std::make_shared<arrow::NullArray>(static_cast<int64_t>(input.cells.size())));
    case Value::kBytesVal:
      return fill(input, arrow::BinaryBuilder(), [](auto* to, const Value& value) { return to->Append(value.bytes_val()); });
    case Value::kStringVal:
      return fill(input, arrow::StringBuilder(),
                  [](auto* to, const Value& value) { return to->Append(value.string_val()); });
    case Value::kInt32Val:
      return fill(input, arrow::Int32Builder(), [](auto* to, const Value& value) { return to->Append(value.int32_val()); });
    case Value::kInt64Val:
      return fill(input, arrow::Int64Builder(), [](auto* to, const Value& value) {
        return to->Append(value.has_int32_val() ? value.int32_val() : value.int64_val());
      });
    case Value::kFloatVal:
      return fill(input, arrow::FloatBuilder(), [](auto* to, const Value& value) { return to->Append(value.float_val()); });
    case Value::kDoubleVal:
      return fill(input, arrow::DoubleBuilder(), [](auto* to, const Value& value) {
        return to->Append(value.has_float_val() ? value.float_val() : value.double_val());
      });
    case Value::kBoolVal:
      return fill(input, arrow::BooleanBuilder(), [](auto* to, const Value& value) { return to->Append(value.bool_val()); });
    case Value::kUnixTimestampVal: return fill_times(input);
    default: break;
  }
  return Status(Code::kUnimplemented, "GN613",
                fmt::format("column \"{}\": values of type {} are not supported", input.name, type_name(type)),
                "Gnomon holds bytes, strings, int32, int64, float, double, bool, times, and lists of those");
}

bool is_list(Value::ValCase type) {
  switch (type) {
    case Value::kBytesListVal:
    case Value::kStringListVal:
    case Value::kInt32ListVal:
    case Value::kInt64ListVal:
    case Value::kDoubleListVal:
    case Value::kFloatListVal:
    case Value::kBoolListVal:
    case Value::kUnixTimestampListVal:
    case Value::kListVal: return true;
    default: return false;
  }
}

}  // namespace

Column column_of_values(const std::string& name, const feast::types::RepeatedValue& values) {
  std::vector<const Value*> cells;
  cells.reserve(static_cast<size_t>(values.val_size()));
  for (const Value& value : values.val()) cells.push_back(&value);
  Input input{name, cells};
  GN_ASSIGN(Value::ValCase type, shared_type(input));
  return is_list(type) ? build_lists(input) : build_scalars(input, type);
}

}  // namespace gnomon

#include "serve/feast_message.h"

#include <bit>

#include <arrow/api.h>
#include <fmt/format.h>
#include <google/protobuf/io/coded_stream.h>

#include "base/time_text.h"
#include "feast/serving/ServingService.pb.h"
#include "feast/types/Value.pb.h"

namespace gnomon {
namespace {

using feast::serving::FeatureList;
using feast::serving::GetOnlineFeaturesResponse;
using feast::serving::GetOnlineFeaturesResponseMetadata;
using feast::types::Value;
using google::protobuf::io::CodedOutputStream;
using Vector = GetOnlineFeaturesResponse::FeatureVector;

enum class Wire : uint32_t { kVarint = 0, kFixed64 = 1, kBytes = 2, kFixed32 = 5 };
constexpr int kListMember = 1;  // of Int64List and all its kin
constexpr TimeUs kNoEventTime = 0;

void append_varint(std::string* out, uint64_t value) {
  uint8_t bytes[10];
  uint8_t* end = CodedOutputStream::WriteVarint64ToArray(value, bytes);
  out->append(reinterpret_cast<const char*>(bytes), static_cast<size_t>(end - bytes));
}

void append_tag(std::string* out, int field, Wire wire) {
  append_varint(out, static_cast<uint64_t>(field) << 3 | static_cast<uint32_t>(wire));
}

void append_bytes(std::string* out, std::string_view bytes) {
  append_varint(out, bytes.size());
  out->append(bytes);
}

void append_field(std::string* out, int field, std::string_view bytes) {
  append_tag(out, field, Wire::kBytes);
  append_bytes(out, bytes);
}

template <class Bits>
void append_fixed(std::string* out, Bits bits) {
  uint8_t bytes[sizeof(Bits)];
  if constexpr (sizeof(Bits) == 8) {
    CodedOutputStream::WriteLittleEndian64ToArray(bits, bytes);
  } else {
    CodedOutputStream::WriteLittleEndian32ToArray(bits, bytes);
  }
  out->append(reinterpret_cast<const char*>(bytes), sizeof(Bits));
}

int64_t floor_seconds(int64_t value, int64_t per_second) { return value / per_second - (value % per_second < 0 ? 1 : 0); }

// Where a type's values go in a Value, and how one is written behind its tag.
struct Place {
  int value_field;
  int list_field;
  Wire wire;
};

// Calls act(place, append(out, row)), with the array's type decided once. Returns whether the type has a place.
template <class Act>
bool with_place(const arrow::Array& values, Act act) {
  auto varints = [&](const auto& typed, int value_field, int list_field) {
    act(Place{value_field, list_field, Wire::kVarint}, [&typed](std::string* out, int64_t row) {
      append_varint(out, static_cast<uint64_t>(static_cast<int64_t>(typed.Value(row))));
    });
    return true;
  };
  auto texts = [&](const auto& typed, int value_field, int list_field) {
    act(Place{value_field, list_field, Wire::kBytes},
        [&typed](std::string* out, int64_t row) { append_bytes(out, typed.GetView(row)); });
    return true;
  };
  switch (values.type_id()) {
    case arrow::Type::INT32:
      return varints(static_cast<const arrow::Int32Array&>(values), Value::kInt32ValFieldNumber,
                     Value::kInt32ListValFieldNumber);
    case arrow::Type::INT64:
      return varints(static_cast<const arrow::Int64Array&>(values), Value::kInt64ValFieldNumber,
                     Value::kInt64ListValFieldNumber);
    case arrow::Type::BOOL:
      return varints(static_cast<const arrow::BooleanArray&>(values), Value::kBoolValFieldNumber,
                     Value::kBoolListValFieldNumber);
    case arrow::Type::STRING:
      return texts(static_cast<const arrow::StringArray&>(values), Value::kStringValFieldNumber,
                   Value::kStringListValFieldNumber);
    case arrow::Type::BINARY:
      return texts(static_cast<const arrow::BinaryArray&>(values), Value::kBytesValFieldNumber,
                   Value::kBytesListValFieldNumber);
    case arrow::Type::DOUBLE:
      act(Place{Value::kDoubleValFieldNumber, Value::kDoubleListValFieldNumber, Wire::kFixed64},
          [&typed = static_cast<const arrow::DoubleArray&>(values)](std::string* out, int64_t row) {
            append_fixed(out, std::bit_cast<uint64_t>(typed.Value(row)));
          });
      return true;
    case arrow::Type::FLOAT:
      act(Place{Value::kFloatValFieldNumber, Value::kFloatListValFieldNumber, Wire::kFixed32},
          [&typed = static_cast<const arrow::FloatArray&>(values)](std::string* out, int64_t row) {
            append_fixed(out, std::bit_cast<uint32_t>(typed.Value(row)));
          });
      return true;
    case arrow::Type::TIMESTAMP: {
      static constexpr int64_t kPerSecond[] = {1, 1'000, 1'000'000, 1'000'000'000};
      int64_t per_second = kPerSecond[static_cast<const arrow::TimestampType&>(*values.type()).unit()];
      act(Place{Value::kUnixTimestampValFieldNumber, Value::kUnixTimestampListValFieldNumber, Wire::kVarint},
          [&typed = static_cast<const arrow::TimestampArray&>(values), per_second](std::string* out, int64_t row) {
            append_varint(out, static_cast<uint64_t>(floor_seconds(typed.Value(row), per_second)));
          });
      return true;
    }
    default: return false;
  }
}

// Writes the fields of one Value. Members are those of the column's lists.
template <class Append>
void append_list(std::string* out, const arrow::Array& members, int64_t begin, int64_t end, const Place& place,
                 Append append) {
  bool has_null = false;
  for (int64_t i = begin; i < end; ++i) has_null = has_null || members.IsNull(i);
  std::string list, member;
  for (int64_t i = begin; i < end; ++i) {
    if (has_null) {
      member.clear();
      if (!members.IsNull(i)) {
        append_tag(&member, place.value_field, place.wire);
        append(&member, i);
      }
      append_field(&list, kListMember, member);
    } else {
      if (place.wire == Wire::kBytes) append_tag(&list, kListMember, Wire::kBytes);
      append(&list, i);
    }
  }
  if (has_null || place.wire == Wire::kBytes || list.empty()) {
    append_field(out, has_null ? Value::kListValFieldNumber : place.list_field, list);
    return;
  }
  std::string packed;
  append_field(&packed, kListMember, list);
  append_field(out, place.list_field, packed);
}

// The values of one FeatureVector. Returns whether Feast's values have a place for the type.
bool append_values(std::string* out, const arrow::Array& values) {
  std::string value;
  auto append_each = [&](auto append_one) {
    for (int64_t row = 0; row < values.length(); ++row) {
      value.clear();
      if (!values.IsNull(row)) append_one(row);
      append_field(out, Vector::kValuesFieldNumber, value);
    }
  };
  if (values.type_id() == arrow::Type::NA) return append_each([](int64_t) {}), true;
  if (values.type_id() != arrow::Type::LIST) {
    return with_place(values, [&](const Place& place, auto append) {
      append_each([&](int64_t row) {
        append_tag(&value, place.value_field, place.wire);
        append(&value, row);
      });
    });
  }
  const auto& lists = static_cast<const arrow::ListArray&>(values);
  return with_place(*lists.values(), [&](const Place& place, auto append) {
    append_each([&](int64_t row) {
      append_list(&value, *lists.values(), lists.value_offset(row), lists.value_offset(row + 1), place, append);
    });
  });
}

feast::serving::FieldStatus field_status(OnlineStatus status) {
  switch (status) {
    case OnlineStatus::kPresent: return feast::serving::PRESENT;
    case OnlineStatus::kNullValue: return feast::serving::NULL_VALUE;
    case OnlineStatus::kNotFound: return feast::serving::NOT_FOUND;
    case OnlineStatus::kOutsideMaxAge: return feast::serving::OUTSIDE_MAX_AGE;
    case OnlineStatus::kInvalid: return feast::serving::INVALID;
  }
  GN_ASSERT(false);
}

std::string statuses_of(const std::vector<OnlineStatus>& statuses) {
  std::string packed, out;
  for (OnlineStatus status : statuses) append_varint(&packed, static_cast<uint64_t>(field_status(status)));
  if (!packed.empty()) append_field(&out, Vector::kStatusesFieldNumber, packed);
  return out;
}

std::string times_of(const std::vector<TimeUs>& times) {
  std::string out, time;
  for (size_t row = 0; row < times.size(); ++row) {
    if (row == 0 || times[row] != times[row - 1]) {
      int64_t seconds = floor_seconds(times[row], kSecondUs);
      time.clear();
      if (seconds != 0) {
        append_tag(&time, google::protobuf::Timestamp::kSecondsFieldNumber, Wire::kVarint);
        append_varint(&time, static_cast<uint64_t>(seconds));
      }
      if (int64_t nanos = (times[row] - seconds * kSecondUs) * 1'000; nanos != 0) {
        append_tag(&time, google::protobuf::Timestamp::kNanosFieldNumber, Wire::kVarint);
        append_varint(&time, static_cast<uint64_t>(nanos));
      }
    }
    append_field(&out, Vector::kEventTimestampsFieldNumber, time);
  }
  return out;
}

std::string metadata_of(const OnlineAnswer& answer) {
  std::string names, out;
  for (const auto& field : answer.keys->schema()->fields())
    append_field(&names, FeatureList::kValFieldNumber, field->name());
  for (const OnlineColumn& column : answer.columns) append_field(&names, FeatureList::kValFieldNumber, column.name);
  append_field(&out, GetOnlineFeaturesResponseMetadata::kFeatureNamesFieldNumber, names);
  return out;
}

}  // namespace

Result<std::string> online_answer_message(const OnlineAnswer& answer) {
  auto rows = static_cast<size_t>(answer.keys->num_rows());
  std::string out, vector;
  append_field(&out, GetOnlineFeaturesResponse::kMetadataFieldNumber, metadata_of(answer));
  auto append_vector = [&](const std::string& name, const arrow::Array& values, std::string_view statuses,
                           std::string_view times) -> Status {
    vector.clear();
    if (!append_values(&vector, values)) {
      return Status(Code::kUnimplemented, "GN613",
                    fmt::format("\"{}\" is of type {}, which Feast's values do not have", name, values.type()->ToString()));
    }
    vector.append(statuses).append(times);
    append_field(&out, GetOnlineFeaturesResponse::kResultsFieldNumber, vector);
    return Status();
  };
  std::string statuses = statuses_of(std::vector<OnlineStatus>(rows, OnlineStatus::kPresent));
  std::string times = times_of(std::vector<TimeUs>(rows, kNoEventTime));
  for (int i = 0; i < answer.keys->num_columns(); ++i) {
    GN_TRY(append_vector(answer.keys->column_name(i), *answer.keys->column(i), statuses, times));
  }
  // The features of one view share their event times, and most often their statuses: they are written again only on a change.
  const OnlineColumn* before = nullptr;
  for (const OnlineColumn& column : answer.columns) {
    if (before == nullptr || column.status != before->status) statuses = statuses_of(column.status);
    if (before == nullptr || column.event_time != before->event_time) times = times_of(column.event_time);
    GN_TRY(append_vector(column.name, *column.values, statuses, times));
    before = &column;
  }
  return out;
}

}  // namespace gnomon

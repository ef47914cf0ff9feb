#include "online_store_draw.h"

#include <bit>
#include <limits>

namespace gnomon {
namespace {

template <class T>
T pick(Generator* generator, const std::vector<T>& pool) {
  return pool[static_cast<size_t>(draw(generator, 0, static_cast<int64_t>(pool.size()) - 1))];
}

const std::vector<int64_t> kIntegers = {-1, 0, 1, 11, 111};
const std::vector<double> kDoubles = {0.0,
                                      -0.0,
                                      1.5,
                                      -1.5,
                                      std::numeric_limits<double>::infinity(),
                                      std::bit_cast<double>(0x7ff8000000000000),
                                      std::bit_cast<double>(0xfff8000000000001),
                                      std::bit_cast<double>(0x7ff8000000000abc)};
const std::vector<float> kFloats = {0.0f,
                                    -0.0f,
                                    2.5f,
                                    -std::numeric_limits<float>::infinity(),
                                    std::bit_cast<float>(0x7fc00000u),
                                    std::bit_cast<float>(0xffc00123u)};
const std::vector<std::string> kStrings = {
    "", std::string(1, '\0'), "1", "11", std::string("1\0", 2), std::string("\0\0\0\1", 4), "\xc3\xbf"};
const std::vector<std::string> kBytes = {"", std::string(1, '\0'), "1", std::string("\0\0\0\1", 4), "\xff", "\x7f"};

std::unique_ptr<arrow::ArrayBuilder> make_builder(const std::shared_ptr<arrow::DataType>& type) {
  return arrow::MakeBuilder(type).ValueOrDie();
}

void append_value(Generator* generator, arrow::ArrayBuilder* builder, bool nulls) {
  if (nulls && draw(generator, 0, 3) == 0) {
    ARROW_CHECK_OK(builder->AppendNull());
    return;
  }
  arrow::Status status;
  switch (builder->type()->id()) {
    case arrow::Type::BOOL: status = static_cast<arrow::BooleanBuilder*>(builder)->Append(draw(generator, 0, 1) == 1); break;
    case arrow::Type::INT32:
      status = static_cast<arrow::Int32Builder*>(builder)->Append(static_cast<int32_t>(pick(generator, kIntegers)));
      break;
    case arrow::Type::INT64: status = static_cast<arrow::Int64Builder*>(builder)->Append(pick(generator, kIntegers)); break;
    case arrow::Type::TIMESTAMP:
      status = static_cast<arrow::TimestampBuilder*>(builder)->Append(pick(generator, kIntegers));
      break;
    case arrow::Type::FLOAT: status = static_cast<arrow::FloatBuilder*>(builder)->Append(pick(generator, kFloats)); break;
    case arrow::Type::DOUBLE: status = static_cast<arrow::DoubleBuilder*>(builder)->Append(pick(generator, kDoubles)); break;
    case arrow::Type::STRING: status = static_cast<arrow::StringBuilder*>(builder)->Append(pick(generator, kStrings)); break;
    case arrow::Type::BINARY: status = static_cast<arrow::BinaryBuilder*>(builder)->Append(pick(generator, kBytes)); break;
    default: {
      auto* list = static_cast<arrow::ListBuilder*>(builder);
      status = list->Append();
      for (int64_t items = draw(generator, 0, 3); items > 0; --items) append_value(generator, list->value_builder(), true);
    }
  }
  ARROW_CHECK_OK(status);
}

std::shared_ptr<arrow::DataType> timestamp_type() { return arrow::timestamp(arrow::TimeUnit::MICRO, "UTC"); }

std::shared_ptr<arrow::Schema> draw_keys(Generator* generator) {
  using Types = std::vector<std::shared_ptr<arrow::DataType>>;
  const std::vector<Types> choices = {{arrow::int64()},
                                      {arrow::int32(), arrow::int32()},
                                      {arrow::utf8()},
                                      {arrow::utf8(), arrow::utf8()},
                                      {arrow::binary(), arrow::boolean(), timestamp_type()},
                                      {arrow::int32(), arrow::binary()}};
  arrow::FieldVector fields;
  for (const auto& type : pick(generator, choices))
    fields.push_back(arrow::field("key" + std::to_string(fields.size()), type));
  return arrow::schema(fields);
}

std::shared_ptr<arrow::Array> draw_times(Generator* generator, int64_t rows, int64_t from, int64_t to, bool nulls) {
  arrow::Int64Builder builder;
  for (int64_t i = 0; i < rows; ++i) {
    ARROW_CHECK_OK(nulls && draw(generator, 0, 2) == 0 ? builder.AppendNull() : builder.Append(draw(generator, from, to)));
  }
  return builder.Finish().ValueOrDie();
}

}  // namespace

int64_t draw(Generator* generator, int64_t from, int64_t to) {
  return std::uniform_int_distribution<int64_t>(from, to)(*generator);
}

std::vector<std::shared_ptr<arrow::DataType>> all_feature_types() {
  std::vector<std::shared_ptr<arrow::DataType>> types = {arrow::int32(),   arrow::int64(),  arrow::float32(),
                                                         arrow::float64(), arrow::utf8(),   arrow::boolean(),
                                                         arrow::binary(),  timestamp_type()};
  for (size_t i = 0, scalars = types.size(); i < scalars; ++i) types.push_back(arrow::list(types[i]));
  return types;
}

std::shared_ptr<arrow::Array> draw_column(Generator* generator, const std::shared_ptr<arrow::DataType>& type, int64_t rows,
                                          bool nulls) {
  auto builder = make_builder(type);
  for (int64_t i = 0; i < rows; ++i) append_value(generator, builder.get(), nulls);
  return builder->Finish().ValueOrDie();
}

OnlineViewSpec draw_view(Generator* generator, const std::string& id) {
  OnlineViewSpec view;
  view.id = id;
  view.keys = draw_keys(generator);
  arrow::FieldVector features;
  for (int64_t i = draw(generator, 1, 3); i > 0; --i) {
    features.push_back(arrow::field("feature" + std::to_string(i), pick(generator, all_feature_types())));
  }
  view.features = arrow::schema(features);
  view.ttl_us = pick<TimeUs>(generator, {0, 1, 6});
  view.serving_lag_us = pick<TimeUs>(generator, {0, 0, 3});
  view.as_of_retention_us = pick<TimeUs>(generator, {0, 0, 5, -1});
  return view;
}

std::shared_ptr<arrow::RecordBatch> draw_rows(Generator* generator, const OnlineViewSpec& view, int64_t rows) {
  arrow::FieldVector fields;
  arrow::ArrayVector columns;
  for (const auto& key : view.keys->fields()) {
    fields.push_back(key);
    columns.push_back(draw_column(generator, key->type(), rows, false));
  }
  for (const auto& feature : view.features->fields()) {
    fields.push_back(feature);
    columns.push_back(draw_column(generator, feature->type(), rows, true));
  }
  // A narrow range of event times makes ties of all kinds.
  int64_t last = pick<int64_t>(generator, {1, 4, kLastDrawnTime});
  fields.push_back(arrow::field(kEventTime, arrow::int64()));
  columns.push_back(draw_times(generator, rows, 0, last, false));
  fields.push_back(arrow::field(kCreatedTime, arrow::int64()));
  columns.push_back(draw_times(generator, rows, 0, 2, true));
  fields.push_back(arrow::field(kKnownAt, arrow::int64()));
  columns.push_back(draw_times(generator, rows, 0, kLastDrawnTime + 5, true));
  return arrow::RecordBatch::Make(arrow::schema(fields), rows, columns);
}

arrow::RecordBatchVector split_rows(Generator* generator, const arrow::RecordBatch& batch,
                                    const std::vector<int64_t>& order) {
  arrow::RecordBatchVector batches, pending;
  for (size_t i = 0; i < order.size(); ++i) {
    pending.push_back(batch.Slice(order[i], 1));
    if (i + 1 < order.size() && draw(generator, 0, 2) != 0) continue;
    batches.push_back(arrow::ConcatenateRecordBatches(pending).ValueOrDie());
    pending.clear();
  }
  return batches;
}

}  // namespace gnomon

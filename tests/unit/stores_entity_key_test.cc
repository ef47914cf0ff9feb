#include <random>
#include <set>

#include <gtest/gtest.h>

#include <arrow/api.h>
#include <arrow/util/logging.h>

#include "stores/entity_key.h"

namespace gnomon {
namespace {

std::shared_ptr<arrow::Array> strings(const std::vector<std::optional<std::string>>& values) {
  arrow::StringBuilder builder;
  for (const auto& value : values) ARROW_CHECK_OK(value ? builder.Append(*value) : builder.AppendNull());
  return builder.Finish().ValueOrDie();
}

EntityKeys encode(const std::vector<std::shared_ptr<arrow::Array>>& columns) {
  arrow::FieldVector fields;
  for (const auto& column : columns) fields.push_back(arrow::field("k" + std::to_string(fields.size()), column->type()));
  auto batch = arrow::RecordBatch::Make(arrow::schema(fields), columns[0]->length(), columns);
  EntityKeys keys;
  Status status = encode_entity_keys(*batch->schema(), *batch, &keys);
  EXPECT_TRUE(status.ok()) << status.to_string();
  return keys;
}

TEST(EntityKey, NoKeyIsAPrefixOfAnother) {
  std::vector<std::string> words = {
      "", "1", "11", std::string(1, '\0'), std::string("\0\0\0\1", 4), std::string("1\0", 2), "\x7f"};
  std::vector<std::optional<std::string>> left, right;
  for (const auto& a : words) {
    for (const auto& b : words) {
      left.push_back(a);
      right.push_back(b);
    }
  }
  EntityKeys keys = encode({strings(left), strings(right)});
  for (size_t i = 0; i < keys.bytes.size(); ++i) {
    for (size_t j = 0; j < keys.bytes.size(); ++j) {
      EXPECT_TRUE(i == j || !keys.bytes[i].starts_with(keys.bytes[j])) << i << " " << j;
    }
  }
}

TEST(EntityKey, NumbersSortAsNumbers) {
  arrow::Int64Builder builder;
  ARROW_CHECK_OK(builder.AppendValues(
      {std::numeric_limits<int64_t>::min(), -256, -1, 0, 1, 255, 256, std::numeric_limits<int64_t>::max()}));
  EntityKeys keys = encode({builder.Finish().ValueOrDie()});
  for (size_t i = 1; i < keys.bytes.size(); ++i) EXPECT_LT(keys.bytes[i - 1], keys.bytes[i]);
}

TEST(EntityKey, NullRowsAreToldAndReusedSpaceIsClean) {
  EntityKeys keys = encode({strings({"a", std::nullopt}), strings({std::nullopt, std::nullopt})});
  EXPECT_EQ(keys.has_null, (std::vector<bool>{true, true}));
  auto column = strings({"x"});
  auto batch = arrow::RecordBatch::Make(arrow::schema({arrow::field("k0", arrow::utf8())}), 1, {column});
  ASSERT_TRUE(encode_entity_keys(*batch->schema(), *batch, &keys).ok());
  EXPECT_EQ(keys.has_null, std::vector<bool>{false});
  EXPECT_EQ(keys.bytes[0], std::string("\0\0\0\1x", 5));
}

TEST(EntityKey, FloatsListsAndOtherTypesAreRefused) {
  for (const auto& type : {arrow::float64(), arrow::list(arrow::int64()), arrow::int8()}) {
    auto batch = arrow::RecordBatch::Make(arrow::schema({arrow::field("k", type)}), 1,
                                          {arrow::MakeArrayOfNull(type, 1).ValueOrDie()});
    EntityKeys keys;
    EXPECT_EQ(encode_entity_keys(*batch->schema(), *batch, &keys).code(), Code::kInvalidArgument);
  }
}

}  // namespace
}  // namespace gnomon

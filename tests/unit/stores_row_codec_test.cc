#include <random>

#include <gtest/gtest.h>

#include <arrow/api.h>
#include <arrow/util/logging.h>

#include "stores/row_codec.h"

namespace gnomon {
namespace {

std::shared_ptr<arrow::RecordBatch> sample() {
  auto parse = [](const std::shared_ptr<arrow::DataType>& type,
                  const std::vector<std::vector<std::optional<int64_t>>>& lists) {
    arrow::ListBuilder builder(arrow::default_memory_pool(), arrow::MakeBuilder(type->field(0)->type()).ValueOrDie());
    for (const auto& list : lists) {
      ARROW_CHECK_OK(builder.Append());
      for (const auto& item : list) {
        auto text = item ? std::to_string(*item) : "";
        ARROW_CHECK_OK(
            item ? builder.value_builder()->AppendScalar(*arrow::Scalar::Parse(type->field(0)->type(), text).ValueOrDie())
                 : builder.value_builder()->AppendNull());
      }
    }
    return builder.Finish().ValueOrDie();
  };
  arrow::Int64Builder numbers;
  arrow::StringBuilder names;
  arrow::BooleanBuilder flags;
  ARROW_CHECK_OK(numbers.AppendValues({-1, 2, 3}));
  ARROW_CHECK_OK(names.AppendValues({"", "b", std::string("c\0c", 3)}));
  ARROW_CHECK_OK(flags.AppendValues(std::vector<bool>{true, false, true}));
  std::vector<std::vector<std::optional<int64_t>>> lists = {{}, {1, std::nullopt, 3}, {std::nullopt}};
  arrow::ArrayVector columns = {numbers.Finish().ValueOrDie(),
                                names.Finish().ValueOrDie(),
                                flags.Finish().ValueOrDie(),
                                parse(arrow::list(arrow::float32()), lists),
                                parse(arrow::list(arrow::utf8()), lists),
                                arrow::MakeArrayOfNull(arrow::binary(), 3).ValueOrDie()};
  arrow::FieldVector fields;
  for (const auto& column : columns) fields.push_back(arrow::field("f" + std::to_string(fields.size()), column->type()));
  return arrow::RecordBatch::Make(arrow::schema(fields), 3, columns);
}

struct Encoded {
  RowCodec codec;
  PackedBytes rows;
};

Encoded encode(const arrow::RecordBatch& batch) {
  auto codec = RowCodec::make(batch.schema());
  GN_ASSERT(codec.ok());
  std::vector<FeatureReaders> readers;
  readers.push_back(codec->readers_of(batch));
  std::vector<RowRef> refs;
  for (uint32_t i = 0; i < batch.num_rows(); ++i) refs.push_back({0, i});
  Encoded encoded{std::move(*codec), {}};
  encoded.codec.encode(readers, refs, &encoded.rows);
  return encoded;
}

TEST(RowCodec, ComesBackAndLeavesNullRows) {
  auto batch = sample();
  Encoded encoded = encode(*batch);
  auto decoded = encoded.codec.decode(std::vector<std::string_view>{encoded.rows[2], {}, encoded.rows[0]});
  ASSERT_TRUE(decoded.ok()) << decoded.status().to_string();
  ASSERT_TRUE((*decoded)->ValidateFull().ok());
  EXPECT_TRUE((*decoded)->Slice(0, 1)->Equals(*batch->Slice(2, 1)));
  EXPECT_TRUE((*decoded)->Slice(2, 1)->Equals(*batch->Slice(0, 1)));
  for (const auto& column : (*decoded)->columns()) EXPECT_TRUE(column->IsNull(1));
}

TEST(RowCodec, EqualRowsHaveEqualBytesWhateverLiesUnderTheirNulls) {
  auto values = arrow::Buffer::FromString(std::string(16, 'x'));
  auto zeros = arrow::Buffer::FromString(std::string(16, '\0'));
  auto no_bits = arrow::Buffer::FromString(std::string(1, '\0'));
  auto garbage = arrow::RecordBatch::Make(arrow::schema({arrow::field("f", arrow::int64())}), 2,
                                          {arrow::MakeArray(arrow::ArrayData::Make(arrow::int64(), 2, {no_bits, values}))});
  auto clean = arrow::RecordBatch::Make(garbage->schema(), 2,
                                        {arrow::MakeArray(arrow::ArrayData::Make(arrow::int64(), 2, {no_bits, zeros}))});
  EXPECT_EQ(encode(*garbage).rows.bytes, encode(*clean).rows.bytes);
}

TEST(RowCodec, WideRowsKeepEveryBitOfTheBitmap) {
  arrow::FieldVector fields;
  arrow::ArrayVector columns;
  for (int i = 0; i < 19; ++i) {
    fields.push_back(arrow::field("f" + std::to_string(i), arrow::int32()));
    arrow::Int32Builder builder;
    ARROW_CHECK_OK(i % 3 == 0 ? builder.AppendNull() : builder.Append(i));
    columns.push_back(builder.Finish().ValueOrDie());
  }
  auto batch = arrow::RecordBatch::Make(arrow::schema(fields), 1, columns);
  Encoded encoded = encode(*batch);
  auto decoded = encoded.codec.decode(std::vector<std::string_view>{encoded.rows[0]});
  ASSERT_TRUE(decoded.ok());
  EXPECT_TRUE((*decoded)->Equals(*batch));
}

TEST(RowCodec, CutAndDamagedBytesAreAnErrorOrAValidBatch) {
  Encoded encoded = encode(*sample());
  uint64_t seed = std::random_device{}();
  std::printf("seed %llu\n", static_cast<unsigned long long>(seed));
  std::mt19937_64 generator(seed);
  int refused = 0;
  for (int i = 0; i < 20'000; ++i) {
    std::string bytes(encoded.rows[generator() % 3]);
    for (uint64_t flips = generator() % 3; flips > 0; --flips)
      bytes[generator() % bytes.size()] = static_cast<char>(generator());
    bytes.resize(generator() % 2 == 0 ? bytes.size() : generator() % (bytes.size() + 1));
    auto decoded = encoded.codec.decode(std::vector<std::string_view>{std::string_view(bytes.data(), bytes.size())});
    refused += !decoded.ok();
    EXPECT_TRUE(decoded.ok() ? (*decoded)->Validate().ok() : decoded.status().code() == Code::kDataLoss);
  }
  EXPECT_GT(refused, 1000);
}

TEST(RowCodec, OtherTypesAreRefusedByName) {
  for (const auto& type : {arrow::list(arrow::list(arrow::int64())), arrow::int8(), arrow::large_utf8()}) {
    auto codec = RowCodec::make(arrow::schema({arrow::field("odd", type)}));
    ASSERT_FALSE(codec.ok());
    EXPECT_NE(codec.status().to_string().find("odd"), std::string::npos);
  }
}

}  // namespace
}  // namespace gnomon

// NDJSON: types by value, special floats, hostile text. Mutated input never crashes and never reads as fewer rows in silence.
#include <random>

#include <arrow/api.h>
#include <gtest/gtest.h>

#include "data/ndjson.h"

namespace gnomon {
namespace {

TEST(Ndjson, InfersTypesOverTheWholeFile) {
  auto table = parse_ndjson(
      "{\"i\":1,\"f\":\"NaN\",\"s\":\"x\",\"l\":[1,2]}\n\n{\"f\":1,\"i\":2,\"b\":true,\"o\":{\"a\":[1]}}\r\n{\"f\":1.5,"
      "\"s\":null}",
      "x");
  ASSERT_TRUE(table.ok()) << table.status().to_string();
  EXPECT_EQ((*table)->num_rows(), 3);
  EXPECT_TRUE((*table)->schema()->GetFieldByName("f")->type()->Equals(arrow::float64()));
  EXPECT_TRUE((*table)->schema()->GetFieldByName("i")->type()->Equals(arrow::int64()));
  EXPECT_TRUE((*table)->schema()->GetFieldByName("l")->type()->Equals(arrow::list(arrow::int64())));
  EXPECT_EQ((*table)->GetColumnByName("o")->GetScalar(1).ValueOrDie()->ToString(), "{\"a\":[1]}");
  EXPECT_EQ((*table)->GetColumnByName("b")->null_count(), 2);
}

TEST(Ndjson, NamesTheLineOfWhatItCannotRead) {
  EXPECT_NE(parse_ndjson("{\"a\":1}\n{\"a\":", "f.ndjson").status().info().message.find("line 2"), std::string::npos);
  EXPECT_EQ(parse_ndjson("[1]", "f").status().info().id, "GN202");
  EXPECT_NE(parse_ndjson("{\"a\":1}\n{\"a\":\"x\"}", "f").status().info().message.find("mixes integer and text at line 2"),
            std::string::npos);
}

TEST(Ndjson, DepthCostsNoStack) {
  EXPECT_EQ(parse_ndjson("{\"a\":" + std::string(2'000'000, '['), "f").status().info().id, "GN202");
}

TEST(Ndjson, MutatedTextNeverCrashes) {
  const uint64_t seed = std::random_device{}();
  SCOPED_TRACE(testing::Message() << "seed " << seed);
  std::mt19937_64 random(seed);
  const std::string good = "{\"a\":1,\"b\":[1.5,\"Infinity\"],\"c\":\"\\u00e9x\"}\n{\"a\":2,\"b\":[],\"c\":null}\n";
  for (int round = 0; round < 20'000; ++round) {
    std::string text = good;
    for (uint64_t i = 0; i < 1 + random() % 4; ++i) text[random() % text.size()] = static_cast<char>(random());
    auto table = parse_ndjson(text, "f");
    if (table.ok()) {
      EXPECT_TRUE((*table)->ValidateFull().ok());
    }
  }
}

}  // namespace
}  // namespace gnomon

// KeyGroups against a std::map of the keys as text: dense numbers, no collisions between composite keys, nulls match nothing.
#include <limits>
#include <map>
#include <optional>
#include <random>
#include <string>
#include <vector>

#include <arrow/api.h>
#include <gtest/gtest.h>

#include "features/key_groups.h"

namespace gnomon {
namespace {

template <class Builder, class Values>
std::shared_ptr<arrow::Array> array_of(const Values& values) {
  Builder builder;
  for (const auto& value : values) {
    if (value.has_value()) {
      EXPECT_TRUE(builder.Append(*value).ok());
    } else {
      EXPECT_TRUE(builder.AppendNull().ok());
    }
  }
  return builder.Finish().ValueOrDie();
}

std::shared_ptr<arrow::Array> ints(const std::vector<std::optional<int64_t>>& values) {
  return array_of<arrow::Int64Builder>(values);
}
std::shared_ptr<arrow::Array> texts(const std::vector<std::optional<std::string>>& values) {
  return array_of<arrow::StringBuilder>(values);
}

TEST(KeyGroups, CompositeKeysDoNotMeet) {
  std::vector<int32_t> groups;
  auto built = KeyGroups::build({ints({1, 11, 1, std::nullopt}), ints({11, 1, 11, 1})}, &groups);
  ASSERT_TRUE(built.ok());
  EXPECT_EQ(groups, (std::vector<int32_t>{0, 1, 0, kNoGroup}));
  KeyGroups::Scratch scratch;
  std::vector<int32_t> found;
  built->find({ints({11, 1, 1, 11}), ints({1, 11, 1, std::nullopt})}, &scratch, &found);
  EXPECT_EQ(found, (std::vector<int32_t>{1, 0, kNoGroup, kNoGroup}));
}

TEST(KeyGroups, TextsWithTheSameJoin) {
  std::vector<int32_t> groups;
  auto built = KeyGroups::build({texts({"a", "ab", "", std::nullopt}), texts({"bc", "c", "abc", "x"})}, &groups);
  ASSERT_TRUE(built.ok());
  EXPECT_EQ(groups, (std::vector<int32_t>{0, 1, 2, kNoGroup}));
}

TEST(KeyGroups, DictionariesAreLookedUpByValue) {
  std::vector<int32_t> groups;
  auto built = KeyGroups::build({texts({"x", "y"})}, &groups);
  ASSERT_TRUE(built.ok());
  KeyGroups::Scratch scratch;
  for (const auto& dictionary : {texts({"y", "z", "x"}), texts({"x", "y", "q"})}) {
    auto indices = array_of<arrow::Int32Builder>(std::vector<std::optional<int32_t>>{0, 1, 2, std::nullopt});
    auto column = arrow::DictionaryArray::FromArrays(arrow::dictionary(arrow::int32(), arrow::utf8()), indices, dictionary)
                      .ValueOrDie();
    std::vector<int32_t> found;
    built->find({column}, &scratch, &found);
    bool second = dictionary->GetScalar(0).ValueOrDie()->ToString() == "x";
    EXPECT_EQ(found,
              second ? (std::vector<int32_t>{0, 1, kNoGroup, kNoGroup}) : (std::vector<int32_t>{1, kNoGroup, 0, kNoGroup}));
  }
}

TEST(KeyGroups, IntegersNearAndFar) {
  constexpr int64_t kLeast = std::numeric_limits<int64_t>::min();
  constexpr int64_t kGreatest = std::numeric_limits<int64_t>::max();
  const std::vector<std::vector<std::optional<int64_t>>> keys = {{-3, 4, std::nullopt, 0},
                                                                 {kLeast, kLeast + 1},
                                                                 {kGreatest, kGreatest - 2},
                                                                 {kLeast, 0, kGreatest},
                                                                 {1, 1 << 20},
                                                                 {5},
                                                                 {}};
  const std::vector<std::optional<int64_t>> asked = {
      -4,           -3, -2, 0, 1, 4, 5, 1 << 20, kLeast, kLeast + 1, kLeast + 2, std::nullopt, kGreatest, kGreatest - 1,
      kGreatest - 2};
  for (const auto& built_from : keys) {
    std::vector<int32_t> groups;
    auto built = KeyGroups::build({ints(built_from)}, &groups);
    ASSERT_TRUE(built.ok());
    KeyGroups::Scratch scratch;
    std::vector<int32_t> found;
    built->find({ints(asked)}, &scratch, &found);
    for (size_t i = 0; i < asked.size(); ++i) {
      int32_t expected = kNoGroup;
      for (size_t k = 0; k < built_from.size(); ++k) {
        if (asked[i].has_value() && built_from[k] == asked[i]) expected = groups[k];
      }
      EXPECT_EQ(found[i], expected) << "key " << asked[i].value_or(0);
    }
  }
}

TEST(KeyGroups, RandomKeysEqualAMap) {
  const uint64_t seed = std::random_device{}();
  SCOPED_TRACE(testing::Message() << "seed " << seed);
  std::mt19937_64 random(seed);
  for (int round = 0; round < 200; ++round) {
    size_t rows = random() % 300;
    std::vector<std::optional<int64_t>> left;
    std::vector<std::optional<std::string>> right;
    for (size_t i = 0; i < rows; ++i) {
      left.push_back(random() % 10 == 0 ? std::nullopt : std::optional<int64_t>(static_cast<int64_t>(random() % 20) - 10));
      right.push_back(random() % 10 == 0 ? std::nullopt
                                         : std::optional<std::string>(std::string(random() % 12, 'a') +
                                                                      static_cast<char>('a' + random() % 3)));
    }
    std::vector<int32_t> groups;
    auto built = KeyGroups::build({ints(left), texts(right)}, &groups);
    ASSERT_TRUE(built.ok());
    std::map<std::pair<int64_t, std::string>, int32_t> expected;
    for (size_t i = 0; i < rows; ++i) {
      if (!left[i] || !right[i]) {
        EXPECT_EQ(groups[i], kNoGroup);
        continue;
      }
      auto [at, added] = expected.try_emplace({*left[i], *right[i]}, groups[i]);
      EXPECT_EQ(at->second, groups[i]);
    }
    EXPECT_EQ(static_cast<size_t>(built->group_count()), expected.size());
    KeyGroups::Scratch scratch;
    std::vector<int32_t> again;
    built->find({ints(left), texts(right)}, &scratch, &again);
    EXPECT_EQ(again, groups);
  }
}

}  // namespace
}  // namespace gnomon

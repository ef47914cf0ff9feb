// Each expectation against a loop anyone can read, on random columns with nulls and NaN, cut into random chunks.
#include <cmath>
#include <map>
#include <optional>
#include <random>
#include <regex>
#include <set>

#include "quality_fixture.h"

namespace gnomon {
namespace {

constexpr int kRounds = 200;

using Random = std::mt19937_64;
using Floats = std::vector<std::optional<double>>;
using Texts = std::vector<std::optional<std::string>>;
using Rows = std::vector<int64_t>;

size_t below(Random& random, size_t limit) { return static_cast<size_t>(random() % limit); }

// Cuts an array at random places, empty chunks included; slices keep an offset into the same buffers.
std::shared_ptr<arrow::ChunkedArray> cut(const std::shared_ptr<arrow::Array>& array, Random& random) {
  arrow::ArrayVector chunks;
  int64_t start = 0;
  while (start < array->length()) {
    int64_t length = std::min<int64_t>(static_cast<int64_t>(below(random, 2000)), array->length() - start);
    chunks.push_back(array->Slice(start, length));
    start += length;
  }
  return std::make_shared<arrow::ChunkedArray>(chunks, array->type());
}

template <class Builder, class Values>
std::shared_ptr<arrow::Array> build(const Values& values) {
  Builder builder;
  for (const auto& value : values) EXPECT_TRUE((value ? builder.Append(*value) : builder.AppendNull()).ok());
  return builder.Finish().ValueOrDie();
}

size_t random_size(Random& random) { return random() % 20 == 0 ? below(random, 20000) : below(random, 60); }

Floats random_floats(Random& random, size_t size, size_t distinct) {
  Floats values(size);
  for (auto& value : values) {
    size_t draw = below(random, 20);
    if (draw == 0) continue;
    value = draw == 1 ? std::nan("") : draw == 2 ? -0.0 : static_cast<double>(below(random, distinct)) / 2;
  }
  return values;
}

Texts random_texts(Random& random, size_t size) {
  Texts values(size);
  for (auto& value : values) {
    if (below(random, 10) == 0) continue;
    value = std::string();
    for (size_t length = below(random, 4); length > 0; --length) *value += static_cast<char>('a' + below(random, 3));
  }
  return values;
}

template <class Values, class IsBad>
Rows naive_rows(const Values& values, IsBad is_bad) {
  Rows rows;
  for (size_t i = 0; i < values.size(); ++i) {
    if (values[i] && is_bad(*values[i])) rows.push_back(static_cast<int64_t>(i));
  }
  return rows;
}

class QualityProperty : public testing::Test {
 protected:
  QualityProperty()
      : seed_(std::random_device{}()), random_(seed_), trace_(__FILE__, __LINE__, "seed " + std::to_string(seed_)) {}
  uint64_t seed_;
  Random random_;
  testing::ScopedTrace trace_;
};

TEST_F(QualityProperty, Between) {
  for (int round = 0; round < kRounds; ++round) {
    size_t distinct = 1 + below(random_, 100);
    Floats values = random_floats(random_, random_size(random_), distinct);
    double min = static_cast<double>(below(random_, distinct)) / 4;
    double max = min + static_cast<double>(below(random_, distinct)) / 4;
    v1::Check check = with(with(make_check("between", {"x"}), "min", min), "max", max);
    Rows expected = naive_rows(values, [&](double value) { return std::isnan(value) || value < min || value > max; });
    ASSERT_EQ(bad_rows(*table_of({{"x", cut(build<arrow::DoubleBuilder>(values), random_)}}), check), expected);
    ASSERT_EQ(bad_rows(*table_of({{"x", cut(build<arrow::FloatBuilder>(values), random_)}}), check), expected);
  }
}

TEST_F(QualityProperty, InSet) {
  for (int round = 0; round < kRounds; ++round) {
    Floats values = random_floats(random_, random_size(random_), 40);
    v1::Check check = make_check("in_set", {"x"});
    std::set<double> members;
    for (size_t i = 1 + below(random_, 15); i > 0; --i) {
      double member = static_cast<double>(below(random_, 40)) / 2;
      members.insert(member);
      *(*check.mutable_params())["values"].mutable_list_value()->add_values() = value_of(member);
    }
    Rows expected = naive_rows(values, [&](double value) { return std::isnan(value) || members.count(value) == 0; });
    ASSERT_EQ(bad_rows(*table_of({{"x", cut(build<arrow::DoubleBuilder>(values), random_)}}), check), expected);
  }
}

TEST_F(QualityProperty, InSetOfTexts) {
  for (int round = 0; round < kRounds; ++round) {
    Texts values = random_texts(random_, random_size(random_));
    v1::Check check = in_set("x", "", "a", "bb", "abc");
    std::set<std::string> members = {"", "a", "bb", "abc"};
    Rows expected = naive_rows(values, [&](const std::string& value) { return members.count(value) == 0; });
    std::shared_ptr<arrow::Array> plain = build<arrow::StringBuilder>(values);
    ASSERT_EQ(bad_rows(*table_of({{"x", cut(plain, random_)}}), check), expected);
    ASSERT_EQ(bad_rows(*table_of({{"x", cut(build<arrow::StringDictionaryBuilder>(values), random_)}}), check), expected);
  }
}

TEST_F(QualityProperty, NotNull) {
  for (int round = 0; round < kRounds; ++round) {
    Texts values = random_texts(random_, random_size(random_));
    Rows expected;
    for (size_t i = 0; i < values.size(); ++i) {
      if (!values[i]) expected.push_back(static_cast<int64_t>(i));
    }
    ASSERT_EQ(bad_rows(*table_of({{"x", cut(build<arrow::StringBuilder>(values), random_)}}), make_check("not_null", {"x"})),
              expected);
  }
}

TEST_F(QualityProperty, Regex) {
  const std::regex naive("a.?b");
  for (int round = 0; round < kRounds; ++round) {
    Texts values = random_texts(random_, below(random_, 500));
    Rows expected = naive_rows(values, [&](const std::string& value) { return !std::regex_search(value, naive); });
    v1::Check check = with(make_check("regex", {"x"}), "pattern", "a.?b");
    ASSERT_EQ(bad_rows(*table_of({{"x", cut(build<arrow::LargeStringBuilder>(values), random_)}}), check), expected);
  }
}

TEST_F(QualityProperty, UniqueTuples) {
  for (int round = 0; round < kRounds; ++round) {
    size_t size = random_size(random_);
    Floats numbers = random_floats(random_, size, 1 + below(random_, 2 * size + 1));
    Texts texts = random_texts(random_, size);
    // Text of the number, so that NaN equals NaN; -0 is written as 0.
    std::map<std::pair<std::string, std::string>, Rows> groups;
    for (size_t i = 0; i < size; ++i) {
      if (numbers[i] && texts[i])
        groups[{std::isnan(*numbers[i]) ? "nan" : std::to_string(*numbers[i] + 0.0), *texts[i]}].push_back(
            static_cast<int64_t>(i));
    }
    std::set<int64_t> expected;
    for (const auto& [key, rows] : groups) {
      if (rows.size() > 1) expected.insert(rows.begin(), rows.end());
    }
    std::shared_ptr<arrow::Table> table = table_of({{"x", cut(build<arrow::DoubleBuilder>(numbers), random_)},
                                                    {"y", cut(build<arrow::StringBuilder>(texts), random_)}});
    ASSERT_EQ(bad_rows(*table, make_check("unique", {"x", "y"})), Rows(expected.begin(), expected.end()));
  }
}

}  // namespace
}  // namespace gnomon

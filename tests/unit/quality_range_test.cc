// Bounds against values of another type: the comparison is exact. The oracle compares in long double, whose 64-bit
// mantissa holds every int64 and every double.
#include <cmath>
#include <limits>
#include <random>

#include "quality/value_range.h"
#include "quality_fixture.h"

namespace gnomon {
namespace {

static_assert(std::numeric_limits<long double>::digits >= 64);

long double exact(const v1::Value& value) {
  return value.kind_case() == v1::Value::kIntValue ? static_cast<long double>(value.int_value())
                                                   : static_cast<long double>(value.float_value());
}

bool naive(long double value, const Bound& min, const Bound& max) {
  if (min.value != nullptr && !(min.strict ? value > exact(*min.value) : value >= exact(*min.value))) return false;
  if (max.value != nullptr && !(max.strict ? value < exact(*max.value) : value <= exact(*max.value))) return false;
  return true;
}

const std::vector<int64_t> kInts = {std::numeric_limits<int64_t>::min(),
                                    std::numeric_limits<int64_t>::min() + 1,
                                    -(int64_t{1} << 53) - 1,
                                    -(int64_t{1} << 53),
                                    -129,
                                    -128,
                                    -1,
                                    0,
                                    1,
                                    127,
                                    128,
                                    255,
                                    256,
                                    (int64_t{1} << 53),
                                    (int64_t{1} << 53) + 1,
                                    std::numeric_limits<int64_t>::max() - 1,
                                    std::numeric_limits<int64_t>::max()};
const std::vector<double> kFloats = {-std::numeric_limits<double>::infinity(),
                                     -1e300,
                                     -0x1p63,
                                     -128.5,
                                     -0.5,
                                     -0.0,
                                     0.0,
                                     5e-324,
                                     0.5,
                                     1.0,
                                     127.5,
                                     0x1p53,
                                     0x1p63,
                                     0x1p64,
                                     1e300,
                                     std::numeric_limits<double>::max(),
                                     std::numeric_limits<double>::infinity()};

std::vector<v1::Value> all_bounds() {
  std::vector<v1::Value> bounds;
  for (int64_t value : kInts) bounds.push_back(value_of(value));
  for (double value : kFloats) bounds.push_back(value_of(value));
  return bounds;
}

template <class T>
void expect_exact(T value, const Bound& min, const Bound& max) {
  bool found;
  if constexpr (std::is_floating_point_v<T>)
    found = float_range(min, max).contains(value);
  else
    found = narrowed<T>(integer_range(min, max)).contains(value);
  ASSERT_EQ(found, naive(static_cast<long double>(value), min, max))
      << +value << " min " << (min.value ? min.value->ShortDebugString() : "-") << (min.strict ? " strict" : "") << " max "
      << (max.value ? max.value->ShortDebugString() : "-") << (max.strict ? " strict" : "");
}

TEST(ValueRange, EveryEdgeAgainstEveryEdge) {
  std::vector<v1::Value> bounds = all_bounds();
  for (const v1::Value& bound : bounds) {
    for (bool strict : {false, true}) {
      for (const auto& [min, max] :
           {std::pair<Bound, Bound>{{&bound, strict}, {}}, std::pair<Bound, Bound>{{}, {&bound, strict}}}) {
        for (int64_t value : kInts) {
          expect_exact<int64_t>(value, min, max);
          expect_exact<uint64_t>(static_cast<uint64_t>(value), min, max);
          expect_exact<int8_t>(static_cast<int8_t>(value), min, max);
          expect_exact<uint8_t>(static_cast<uint8_t>(value), min, max);
          expect_exact<double>(static_cast<double>(value), min, max);
        }
        for (double value : kFloats) expect_exact<double>(value, min, max);
      }
    }
  }
}

TEST(ValueRange, TwoRandomEnds) {
  std::vector<v1::Value> bounds = all_bounds();
  uint64_t seed = std::random_device{}();
  SCOPED_TRACE("seed " + std::to_string(seed));
  std::mt19937_64 random(seed);
  for (int round = 0; round < 20000; ++round) {
    Bound min{&bounds[random() % bounds.size()], random() % 2 == 0};
    Bound max{&bounds[random() % bounds.size()], random() % 2 == 0};
    expect_exact<int64_t>(kInts[random() % kInts.size()], min, max);
    expect_exact<int8_t>(static_cast<int8_t>(random()), min, max);
    expect_exact<double>(kFloats[random() % kFloats.size()], min, max);
  }
}

}  // namespace
}  // namespace gnomon

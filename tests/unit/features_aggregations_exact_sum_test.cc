// Exact sums against rationals of unlimited size.
#include <gtest/gtest.h>

#include <algorithm>
#include <bit>
#include <cmath>
#include <limits>
#include <optional>
#include <random>
#include <vector>

#include <boost/multiprecision/cpp_int.hpp>

#include "features/aggregations/exact_sum.h"
#include "features/aggregations/moment_algebras.h"
#include "features/aggregations/sum_algebras.h"

namespace gnomon {
namespace {

using boost::multiprecision::cpp_int;
using Random = std::mt19937_64;

constexpr double kInfinity = std::numeric_limits<double>::infinity();
constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();

uint64_t bits_of(double value) { return std::bit_cast<uint64_t>(value); }

// numerator / denominator to the nearest double, ties to even, by the definition.
double nearest(cpp_int numerator, cpp_int denominator) {
  if (numerator == 0) return 0.0;
  const bool is_negative = numerator < 0;
  if (is_negative) numerator = -numerator;
  int exponent = static_cast<int>(msb(numerator)) - static_cast<int>(msb(denominator));
  const auto at_least = [&](int power) {
    return power >= 0 ? numerator >= (denominator << power) : (numerator << -power) >= denominator;
  };
  if (!at_least(exponent)) --exponent;
  const int unit = std::max(exponent - 52, -1074);
  if (unit >= 0) {
    denominator <<= unit;
  } else {
    numerator <<= -unit;
  }
  cpp_int quotient = numerator / denominator;
  const cpp_int twice_rest = (numerator - quotient * denominator) * 2;
  if (twice_rest > denominator || (twice_rest == denominator && quotient % 2 == 1)) ++quotient;
  const double magnitude = std::ldexp(static_cast<double>(static_cast<uint64_t>(quotient)), unit);
  return is_negative ? -magnitude : magnitude;
}

// In units of 2^-1074.
cpp_int exact(double value) {
  int exponent = 0;
  const double fraction = std::frexp(value, &exponent);
  cpp_int integer = static_cast<int64_t>(std::ldexp(fraction, 53));
  const int shift = exponent - 53 + 1074;
  return shift >= 0 ? cpp_int(integer << shift) : cpp_int(integer / (cpp_int(1) << -shift));
}

struct Expected {
  double sum = 0;
  double mean = 0;
  double population = 0;
  std::optional<double> sample;
};

Expected expected(const std::vector<double>& values) {
  cpp_int sum = 0;
  cpp_int squares = 0;
  double special = 0;  // NaN or an infinity once there is one
  for (double value : values) {
    if (!std::isfinite(value)) {
      special += value;
      continue;
    }
    const cpp_int integer = exact(value);
    sum += integer;
    squares += integer * integer;
  }
  const cpp_int n = values.size();
  if (special != 0) return {special, special, kNaN, kNaN};
  const cpp_int numerator = n * squares - sum * sum;
  const cpp_int unit = cpp_int(1) << 1074;
  Expected result{nearest(sum, unit), nearest(sum, unit * n), nearest(numerator, unit * unit * n * n), std::nullopt};
  if (n > 1) result.sample = nearest(numerator, unit * unit * n * (n - 1));
  return result;
}

// Kinds of data, so that each rare path is met often.
double draw(Random& random, int kind) {
  const auto unit = [&] { return static_cast<double>(random() >> 11) * 0x1p-53; };
  const uint64_t any = random();
  switch (kind) {
    case 0:  // amounts of money
      return std::round(std::exp(unit() * 8) * 100) / 100 * (any % 5 == 0 ? -1 : 1);
    case 1:  // anything at all, NaN and infinities aside
      return std::isfinite(std::bit_cast<double>(any)) ? std::bit_cast<double>(any) : 0.0;
    case 2:  // subnormals and the smallest normals
      return std::bit_cast<double>(any & 0x801fffffffffffff);
    case 3:  // near the greatest
      return (any % 2 == 0 ? -1 : 1) * (1 + unit()) * 0x1p1023 * (any % 3 == 0 ? 0.5 : 0.99);
    case 4:  // few bits, so that ties are met
      return std::ldexp(static_cast<double>(static_cast<int64_t>(any % 7) - 3), static_cast<int>(random() % 110) - 55);
    case 5:  // the ends of everything
      return std::vector<double>{
          0.0, -0.0, 5e-324, -5e-324, 1e308, -1e308, 1.0, 0x1p-1022, std::numeric_limits<double>::max()}[any % 9];
    default:  // with what is not finite
      return any % 12 == 0 ? kNaN : any % 12 == 1 ? kInfinity : any % 12 == 2 ? -kInfinity : unit();
  }
}

template <class State>
std::string encoded(const State& state) {
  std::string bytes;
  state.encode(&bytes);
  return bytes;
}

void expect_same(double actual, double wanted, const char* what) {
  EXPECT_EQ(bits_of(actual), bits_of(std::isnan(wanted) ? kNaN : wanted)) << what << ' ' << actual << " for " << wanted;
}

class ExactSums : public testing::Test {
 protected:
  const uint64_t seed_ = std::random_device{}();
  testing::ScopedTrace trace_{__FILE__, __LINE__, testing::Message() << "seed " << seed_};
  Random random_{seed_};
};

TEST_F(ExactSums, AreThoseOfRationalsWhateverTheOrder) {
  for (int round = 0; round < 6000; ++round) {
    const int kind = static_cast<int>(random_() % 7);
    std::vector<double> values(1 + random_() % 24);
    for (double& value : values) value = draw(random_, random_() % 10 == 0 ? 5 : kind);
    if (kind < 6 && random_() % 3 == 0) values.push_back(-values.front());
    ExactSum sum;
    ExactMoments moments;
    for (double value : values) {
      sum.add(value);
      moments.add(value);
    }
    const Expected wanted = expected(values);
    expect_same(sum.sum(), wanted.sum, "sum");
    expect_same(sum.mean(), wanted.mean, "mean");
    expect_same(moments.variance(Spread::kPopulation), wanted.population, "population variance");
    if (wanted.sample) expect_same(moments.variance(Spread::kSample), *wanted.sample, "sample variance");

    std::shuffle(values.begin(), values.end(), random_);
    std::vector<ExactSum> sums(3);
    std::vector<ExactMoments> parts(3);
    for (double value : values) {
      const size_t part = random_() % 3;
      sums[part].add(value);
      parts[part].add(value);
    }
    for (size_t part : {2, 0}) {
      sums[1].merge(sums[part]);
      parts[1].merge(parts[part]);
    }
    EXPECT_EQ(encoded(sums[1]), encoded(sum));
    EXPECT_EQ(encoded(parts[1]), encoded(moments));
    if (testing::Test::HasFailure()) FAIL() << "round " << round << " kind " << kind;
  }
}

TEST_F(ExactSums, RemovingIsTheInverseOfAdding) {
  for (int round = 0; round < 3000; ++round) {
    const int kind = static_cast<int>(random_() % 7);
    ExactMoments stays;
    ExactMoments both;
    std::vector<double> leaving;
    for (size_t i = random_() % 20; i > 0; --i) {
      const double value = draw(random_, kind);
      both.add(value);
      if (random_() % 2 == 0) {
        stays.add(value);
      } else {
        leaving.push_back(value);
      }
    }
    std::shuffle(leaving.begin(), leaving.end(), random_);
    for (double value : leaving) both.remove(value);
    ASSERT_EQ(encoded(both), encoded(stays)) << "round " << round << " kind " << kind;
  }
}

TEST_F(ExactSums, BytesComeBackAsTheSameState) {
  for (int round = 0; round < 3000; ++round) {
    const int kind = static_cast<int>(random_() % 7);
    ExactMoments moments;
    for (size_t i = random_() % 10; i > 0; --i) moments.add(draw(random_, kind));
    const std::string bytes = encoded(moments);
    ExactMoments decoded;
    StateReader reader(bytes);
    ASSERT_TRUE(decoded.decode(&reader));
    ASSERT_EQ(reader.remaining(), 0u);
    ASSERT_EQ(encoded(decoded), bytes);
    const double more = draw(random_, kind);
    decoded.add(more);
    moments.add(more);
    ASSERT_EQ(encoded(decoded), encoded(moments)) << "round " << round << " kind " << kind;
  }
}

TEST_F(ExactSums, OfOneScaleAreTheSame) {
  for (int round = 0; round < 6000; ++round) {
    const int kind = std::vector<int>{0, 2, 4, 5}[random_() % 4];
    std::vector<double> values(1 + random_() % 30);
    for (double& value : values) value = random_() % 8 == 0 ? 0.0 : draw(random_, kind);
    Events events;
    events.count = static_cast<int64_t>(values.size());
    events.column.kind = ValueKind::kFloat;
    events.column.floats = values.data();
    const std::vector<Frame> frames = {{0, events.count}};
    std::optional<FixedScale> scale = FixedScale::of(events, frames);
    if (!scale) {
      ASSERT_NE(kind, 0) << "amounts of money must fit";
      continue;
    }
    FixedMoments moments;
    for (double value : values) moments.add(scale->integer(value));
    const Expected wanted = expected(values);
    expect_same(rounded_sum(moments.values, scale->exponent()), wanted.sum, "sum");
    expect_same(rounded_mean(moments.values, scale->exponent()), wanted.mean, "mean");
    expect_same(rounded_variance(moments, scale->exponent(), Spread::kPopulation), wanted.population, "population variance");
    if (wanted.sample)
      expect_same(rounded_variance(moments, scale->exponent(), Spread::kSample), *wanted.sample, "sample variance");
    if (testing::Test::HasFailure()) FAIL() << "round " << round << " kind " << kind;
  }
}

TEST_F(ExactSums, OfIntegersHoldTheSquaresOfTheGreatest) {
  constexpr int64_t kLeast = std::numeric_limits<int64_t>::min();
  for (int round = 0; round < 3000; ++round) {
    IntegerMoments algebra;
    FixedMoments state;
    cpp_int sum = 0;
    cpp_int squares = 0;
    const size_t count = 1 + random_() % 20;
    for (size_t i = 0; i < count; ++i) {
      const int64_t value = random_() % 4 == 0 ? kLeast : static_cast<int64_t>(random_()) >> (random_() % 64);
      algebra.add(state, {value, 0, kNoCreatedTime});
      sum += value;
      squares += cpp_int(value) * value;
    }
    const cpp_int n = count;
    ASSERT_EQ(bits_of(rounded_mean(state.values, 0)), bits_of(nearest(sum, n)));
    ASSERT_EQ(bits_of(algebra.variance(state, Spread::kPopulation)), bits_of(nearest(n * squares - sum * sum, n * n)));
    std::string bytes;
    algebra.encode(state, &bytes);
    FixedMoments decoded;
    ASSERT_TRUE(algebra.decode(bytes, &decoded).ok());
  }
}

TEST_F(ExactSums, DivideByMoreThan64Bits) {
  for (int round = 0; round < 3000; ++round) {
    const uint64_t words[] = {random_(), random_(), random_() >> (random_() % 64), 0};
    uint128_t divisor = (static_cast<uint128_t>(random_()) << 64 | random_()) >> (1 + random_() % 100);
    divisor += divisor == 0;
    const cpp_int numerator = (cpp_int(words[2]) << 128) + (cpp_int(words[1]) << 64) + words[0];
    const cpp_int denominator = (cpp_int(static_cast<uint64_t>(divisor >> 64)) << 64) + static_cast<uint64_t>(divisor);
    const int exponent = static_cast<int>(random_() % 2400) - 1250;
    const cpp_int scaled_up = exponent > 0 ? cpp_int(numerator << exponent) : numerator;
    const cpp_int scaled_down = exponent < 0 ? cpp_int(denominator << -exponent) : denominator;
    ASSERT_EQ(bits_of(round_quotient(Sign::kMinus, words, exponent, divisor)), bits_of(-nearest(scaled_up, scaled_down)));
  }
}

TEST(ExactSum, HasTheAnswersOfTheBook) {
  const auto sum_of = [](std::initializer_list<double> values) {
    ExactSum sum;
    for (double value : values) sum.add(value);
    return sum;
  };
  EXPECT_EQ(sum_of({1e308, -1e308, 1}).sum(), 1.0);
  EXPECT_EQ(sum_of({1e308, 1e308}).sum(), kInfinity);
  EXPECT_EQ(sum_of({1e308, 1e308}).mean(), 1e308);
  EXPECT_EQ(sum_of({-1e308, -1e308}).sum(), -kInfinity);
  EXPECT_EQ(bits_of(sum_of({-0.0, -0.0}).sum()), bits_of(0.0));
  EXPECT_EQ(bits_of(sum_of({-5e-324, 0.0}).mean()), bits_of(-0.0)) << "less than half of the least double keeps its sign";
  EXPECT_EQ(sum_of({5e-324, 5e-324, 0.0}).mean(), 5e-324);
  EXPECT_TRUE(std::isnan(sum_of({kInfinity, -kInfinity}).sum()));
  EXPECT_EQ(sum_of({kInfinity, 1}).mean(), kInfinity);
  EXPECT_EQ(sum_of({0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7}).sum(), 2.8);
}

}  // namespace
}  // namespace gnomon

// Functions at their edges, with answers worked out by hand or by another program.
#include "base/hash.h"
#include "transform_expressions_fixture.h"

namespace gnomon {
namespace {

TEST(ExpressionFunctions, Answers) {
  const std::pair<const char*, const char*> cases[] = {
      // texts
      {"replace('aaa', 'aa', 'b')", "'ba'"},
      {"replace('äb', '', '-')", "'-ä-b-'"},
      {"replace(None, 'a', 'b')", "None"},
      {"substr('größe', -2)", "'ße'"},
      {"substr('größe', -9, 2)", "'gr'"},
      {"substr('abc', 5)", "''"},
      {"substr('abc', 1, -1)", "''"},
      {"substr('abc', 1, 9223372036854775807)", "'bc'"},
      {"split_part('a,b,', ',', 2)", "''"},
      {"split_part('a,b,', ',', 3)", "None"},
      {"split_part('a,b', ',', -1)", "'b'"},
      {"split_part('ab', '', 0)", "None"},
      {"concat('a')", "'a'"},
      {"concat('a', None)", "None"},
      {"str(True)", "'True'"},
      {"matches('abc', 'b.$')", "True"},
      // numbers
      {"clip(float('nan'), 0.0, 1.0) == 0.0", "False"},
      {"clip(-3, 0, 5)", "0"},
      {"clip(1.5, 0, 1)", "1.0"},
      {"radians(90) == 1.5707963267948966", "True"},
      {"atan2(-0.0, -1.0) < -3", "True"},
      // arrays
      {"array_length([1, 2, 3])", "3"},
      {"array_contains([1, 2], 3)", "False"},
      {"array_contains([1, 2.5], 1)", "True"},
      {"element([1, 2], 5)", "None"},
      {"element(['a', 'b'], -2)", "'a'"},
      {"array_sum([0.5, 1])", "1.5"},
      {"l2_norm([3, 4])", "5.0"},
      {"dot([1, 2], [1])", "None"},
      {"is_nan(cosine_similarity([0], [1]))", "True"},
      // times; New York: UTC-5, summer time from 2013-03-10 07:00Z to 2013-11-03 06:00Z
      {"hour(timestamp('2013-07-01T03:30:00Z'), 'America/New_York')", "23"},
      {"day(timestamp('2013-07-01T03:30:00Z'), 'America/New_York')", "30"},
      {"day_of_week(timestamp('2013-07-01T03:30:00Z'), 'America/New_York')", "6"},
      {"truncate(timestamp('2013-07-01T03:30:00Z'), 'day', 'America/New_York')", "timestamp('2013-06-30T04:00:00Z')"},
      {"truncate(timestamp('2013-11-03T06:30:00Z'), 'hour', 'America/New_York')", "timestamp('2013-11-03T06:00:00Z')"},
      {"truncate(timestamp('2013-11-03T05:30:00Z'), 'hour', 'America/New_York')", "timestamp('2013-11-03T05:00:00Z')"},
      {"truncate(timestamp('2013-03-10T18:00:00Z'), 'day', 'America/New_York')", "timestamp('2013-03-10T05:00:00Z')"},
      {"truncate(timestamp('2013-07-03'), 'week')", "timestamp('2013-07-01')"},
      {"truncate(timestamp('1969-12-31T23:59:59Z'), 'year')", "timestamp('1969-01-01')"},
      {"seconds_between(timestamp('2013-01-02'), timestamp('2013-01-01'))", "-86400.0"},
      {"add_seconds(timestamp('2013-01-01'), -1)", "timestamp('2012-12-31T23:59:59Z')"},
      {"add_seconds(timestamp('2013-01-01'), 9223372036854775807)", "None"},
      // networks
      {"in_cidr('10.0.0.0', '10.0.0.0/8')", "True"},
      {"in_cidr('9.255.255.255', '10.0.0.0/8')", "False"},
      {"in_cidr('10.255.255.255', '10.0.0.0/9', '10.128.0.0/9')", "True"},
      {"in_cidr('::1', '0.0.0.0/0')", "False"},
      {"in_cidr('2001:db8::1', '2001:db8::/32')", "True"},
      {"in_cidr('10.1.2', '10.0.0.0/8')", "None"},
      {"in_cidr('', '10.0.0.0/8')", "None"},
      {"in_cidr('1.2.3.4', '1.2.3.4')", "True"},
      {"in_set('11.0.0.1', 'vpn_ranges')", "False"},
      // places: Wikipedia's worked example, Nashville to Los Angeles, with the mean radius
      {"round(haversine(36.12, -86.67, 33.94, -118.4) * 1000)", "2886448"},
      {"haversine(1.5, 2.5, 1.5, 2.5)", "0.0"},
      {"round(haversine(0, 0, 0, 180))", "20015"},
  };
  for (const auto& [text, answer] : cases) EXPECT_TRUE(same_value(text, answer));
}

TEST(ExpressionFunctions, ConstantsThatMakeNoSense) {
  const std::pair<const char*, const char*> cases[] = {
      {"hour(at, 'Mars/Olympus')", "unknown time zone"},  {"truncate(at, 'fortnight')", "unknown unit of time"},
      {"in_cidr(category, '10.0.0.1/8')", "bits set"},    {"in_cidr(category, 'ten')", "is no range"},
      {"in_cidr(category, '10.0.0.0/33')", "its prefix"}, {"hash_bucket(amount, 0)", "0 buckets"},
      {"matches(category, '(')", "is no pattern"},        {"in_set(category, 'unknown')", "unknown lookup set"},
  };
  for (const auto& [text, message] : cases) {
    auto bound = bind(parsed(text), *shop_schema());
    ASSERT_FALSE(bound.ok()) << text;
    EXPECT_EQ(bound.status().info().id, "GN168") << bound.status().to_string();
    EXPECT_NE(bound.status().info().message.find(message), std::string::npos) << bound.status().to_string();
  }
  EXPECT_EQ(bind(parsed("hash_bucket(amount, small)"), *shop_schema()).status().info().id, "GN166");
  EXPECT_EQ(bind(parsed("hour(at, category)"), *shop_schema()).status().info().id, "GN166");
  EXPECT_EQ(bind(parsed("hour(at, 'UTC', 1)"), *shop_schema()).status().info().id, "GN167");
}

TEST(ExpressionFunctions, ValuesOfALookupSet) {
  const LookupSets sets = {{"odd", {{int64_t{1}, int64_t{3}}, {}}}, {"names", {{std::string("a")}, {}}}};
  auto schema = shop_schema();
  EXPECT_TRUE(gnomon::bind(parsed("in_set(amount, 'odd') and in_set(category, 'names')"), *schema, sets).ok());
  EXPECT_EQ(gnomon::bind(parsed("in_set(category, 'odd')"), *schema, sets).status().info().id, "GN166");
  EXPECT_EQ(parsed("in_set(amount, 'odd') or not in_set(small, 'b')").lookup_sets(), (std::vector<std::string>{"b", "odd"}));
}

// The bucket is documented: XXH3-64 of the bytes, modulo. Stored models depend on it.
TEST(ExpressionFunctions, BucketsStayTheSame) {
  auto bucket = [](std::string_view bytes) { return std::to_string(hash64(bytes) % 1000); };
  EXPECT_TRUE(same_value("hash_bucket('user-17', 1000)", bucket("user-17")));
  EXPECT_TRUE(same_value("hash_bucket(b'user-17', 1000)", bucket("user-17")));
  EXPECT_TRUE(same_value("hash_bucket(1, 1000)", bucket(std::string_view("\1\0\0\0\0\0\0\0", 8))));
  EXPECT_TRUE(same_value("hash_bucket(timestamp('1970-01-01T00:00:00.000001Z'), 1000)",
                         bucket(std::string_view("\1\0\0\0\0\0\0\0", 8))));
}

}  // namespace
}  // namespace gnomon

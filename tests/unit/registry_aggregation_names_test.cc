#include "registry/aggregation_names.h"

#include "registry/aggregation_text.h"
#include "registry_fixture.h"

namespace gnomon {
namespace {

class AggregationNames : public RegistryTest {
 protected:
  v1::FeatureView view_of(const std::string& aggregations) {
    return manifest_of("feature_views: [{name: v, aggregations: [" + aggregations + "]}]").feature_views(0);
  }
  std::vector<std::string> names_of(const std::string& aggregations) {
    std::vector<std::string> names;
    for (const AggregatedFeature& feature : expand_aggregations(view_of(aggregations))) names.push_back(feature.name);
    return names;
  }
};

using Names = std::vector<std::string>;

TEST_F(AggregationNames, ColumnFunctionWindow) {
  EXPECT_EQ(names_of("{column: amount, function: mean, window: 7d}"), Names{"amount_mean_7d"});
  EXPECT_EQ(names_of("{column: amount, function: mean, window: [1h, 1d12h, 90min]}"),
            (Names{"amount_mean_1h", "amount_mean_1d12h", "amount_mean_90min"}));
  EXPECT_EQ(names_of("{column: \"*\", function: count, window: 5min}"), Names{"count_5min"}) << "* is left out";
  EXPECT_EQ(names_of("{column: shop, function: last_n, n: 3, window: 7d}"), Names{"shop_last_n3_7d"});
  EXPECT_EQ(names_of("{column: a, function: sum, window: [lifetime, {last: 5}, {calendar: month, tz: Europe/Berlin}]}"),
            (Names{"a_sum_lifetime", "a_sum_last5", "a_sum_month"}));
}

TEST_F(AggregationNames, NothingElseIsInTheName) {
  EXPECT_EQ(
      names_of("{column: a, function: approx_percentile, p: 0.9, window: 7d, offset: 1d, resolution: 1h, sawtooth: 2h, "
               "where: a > 0, default: 0, include_request: true, max_distinct: 4}"),
      Names{"a_approx_percentile_7d"});
}

TEST_F(AggregationNames, NameReplacesWhatComesBeforeTheWindow) {
  EXPECT_EQ(names_of("{column: \"*\", function: count, window: 5min, name: txn_count}"), Names{"txn_count"});
  EXPECT_EQ(names_of("{column: a, function: sum, window: [1h, lifetime], name: spent}"),
            (Names{"spent_1h", "spent_lifetime"}));
}

TEST_F(AggregationNames, EqualDurationsAreOneWindowAndTheFirstSpellingNamesIt) {
  EXPECT_EQ(names_of("{column: a, function: sum, window: [60s, 1min, 2min, 120s]}"), (Names{"a_sum_60s", "a_sum_2min"}));
  EXPECT_EQ(names_of("{column: a, function: sum, window: [1d, 1d]}"), Names{"a_sum_1d"});
  EXPECT_EQ(names_of("{column: a, function: sum, window: 24h}, {column: a, function: mean, window: 1d}"),
            (Names{"a_sum_24h", "a_mean_1d"}))
      << "an aggregation keeps its own spelling, whatever others in the view write";
  EXPECT_EQ(
      names_of("{column: a, function: sum, window: [{calendar: day}, {calendar: day, tz: UTC}, {last: 2}, {last: 2}]}"),
      (Names{"a_sum_day", "a_sum_last2"}));
}

TEST_F(AggregationNames, EachFeatureIsOneAggregationOverOneWindow) {
  std::vector<AggregatedFeature> features = expand_aggregations(
      view_of("{column: a, function: sum, window: 1h}, {column: b, function: max, window: [1h, 2h], where: b > 0}"));
  ASSERT_EQ(features.size(), 3u);
  for (const AggregatedFeature& feature : features) EXPECT_EQ(feature.aggregation.windows_size(), 1);
  EXPECT_EQ(features[0].position, 0);
  EXPECT_EQ(features[2].position, 1);
  EXPECT_EQ(features[2].aggregation.windows(0).duration_us(), 7'200'000'000);
  EXPECT_EQ(features[2].aggregation.where(), "b > 0");
  EXPECT_TRUE(expand_aggregations(v1::FeatureView()).empty());
}

TEST_F(AggregationNames, AManifestWithoutSpellingsHasNames) {
  v1::FeatureView view = view_of("{column: a, function: sum, window: 90min}");
  view.mutable_aggregations(0)->mutable_windows(0)->clear_spelling();
  EXPECT_EQ(expand_aggregations(view)[0].name, "a_sum_90min");
}

TEST_F(AggregationNames, AsText) {
  EXPECT_EQ(aggregation_text(view_of("{column: \"*\", function: count, window: 5min}").aggregations(0)),
            "count(*) over 5min");
  EXPECT_EQ(
      aggregation_text(
          view_of(
              "{column: a, function: top_k, n: 3, window: [1h, lifetime, {last: 5}, {calendar: month, tz: Europe/Berlin}, "
              "{calendar: day}], offset: 1d, resolution: 1h, sawtooth: 2h, where: a > 0, default: [1], "
              "include_request: true, name: x}")
              .aggregations(0)),
      "top_k(a, n=3) over [1h, lifetime, last5, calendar(month, Europe/Berlin), calendar(day)] offset=1d resolution=1h "
      "sawtooth=2h default=[1] include_request name=x where a > 0");
  EXPECT_EQ(aggregation_text(view_of("{column: a, function: approx_percentile, p: 0.95, window: 1h}").aggregations(0)),
            "approx_percentile(a, p=0.95) over 1h");
}

}  // namespace
}  // namespace gnomon

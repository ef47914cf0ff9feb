// The rules for views with aggregations.
#include <algorithm>
#include <map>

#include <arrow/type.h>
#include <fmt/format.h>

#include "base/time_text.h"
#include "gnomon/expression.h"
#include "gnomon/types.h"
#include "registry/aggregated_fields.h"
#include "registry/aggregation_names.h"
#include "registry/aggregation_text.h"
#include "registry/manifest_rules.h"
#include "registry/objects.h"

namespace gnomon {
namespace {

bool contains(const std::vector<std::string>& words, const std::string& word) {
  return std::find(words.begin(), words.end(), word) != words.end();
}

// The columns that a source declares. A dtype that is no dtype is reported with the source, and unknown here.
ColumnTypes column_types_of(const v1::Source& source) {
  ColumnTypes types;
  std::vector<std::string> names = *columns_of(source);
  for (int i = 0; i < source.schema_size(); ++i) {
    Result<std::shared_ptr<arrow::DataType>> type = arrow_type_of(source.schema(i).dtype());
    types[names[static_cast<size_t>(i)]] = type.ok() ? *type : nullptr;
  }
  return types;
}

class AggregatedViewCheck {
 public:
  AggregatedViewCheck(const v1::FeatureView& view, const ViewContext& context, Problems* problems)
      : view_(view), context_(context), problems_(*problems), owner_("view " + view.name()) {}

  void run() {
    check_lateness();
    if (view_.aggregations().empty()) return refuse_without_aggregations();
    check_companions();
    check_conditions();
    check_windows(view_, &problems_);
    check_columns();
    check_names();
  }

 private:
  void add(const char* id, std::string message, std::string hint) {
    problems_.add(view_.origin(), id, std::move(message), std::move(hint));
  }

  void check_lateness() {
    if (view_.allowed_lateness_us() < 0)
      add("GN109",
          fmt::format("allowed_lateness of {} is negative: {}", owner_, format_duration(view_.allowed_lateness_us())),
          "Use 0 or a positive duration");
  }

  void refuse_without_aggregations() {
    const char* hint = "It says which events aggregations count: add aggregations, or leave it out";
    if (!view_.where().empty()) add("GN108", fmt::format("{} has where but no aggregations", owner_), hint);
    if (view_.has_allowed_lateness_us())
      add("GN108", fmt::format("{} has allowed_lateness but no aggregations", owner_), hint);
  }

  void check_companions() {
    if (view_.ttl_us() != 0)
      add("GN109", fmt::format("{} has ttl and aggregations", owner_),
          "Leave ttl out: the window says how old an event may be");
    if (!view_.schema().empty() && !is_resolved())
      add("GN109", fmt::format("{} has schema and aggregations", owner_),
          "Leave schema out: the aggregations say what the features are");
    auto refuse_beside = [&](const char* keyword, const char* hint) {
      problems_.add(view_.origin(),
                    Status(Code::kUnimplemented, "GN109",
                           fmt::format("`{}` beside aggregations of {} is not supported yet", keyword, owner_), hint));
    };
    if (view_.has_sql()) refuse_beside("sql", "Aggregate a source, or compute in a view of its own");
    if (view_.has_python()) refuse_beside("a function", "Aggregate a source, or compute in a view of its own");
    if (!view_.expect().empty()) refuse_beside("expect", "Check the events: give expect to the source");
  }

  // Applied definitions carry the schema that plan filled in, and with it the types of the keys, which nobody writes by hand.
  bool is_resolved() const { return !view_.join_keys().empty(); }

  void check_conditions() {
    check_condition(view_.where(), view_.origin(), owner_);
    for (const v1::Aggregation& aggregation : view_.aggregations())
      check_condition(aggregation.where(), origin_of(aggregation, view_),
                      fmt::format("{} of {}", function_text(aggregation), owner_));
  }

  void check_condition(const std::string& where, const v1::Origin& origin, const std::string& owner) {
    if (where.empty()) return;
    Result<Expression> parsed = parse_expression(where);
    if (parsed.ok()) return;
    const ErrorInfo& why = parsed.status().info();
    problems_.add(origin, Status(why.code, why.id, fmt::format("where of {}: {}", owner, why.message), why.hint));
  }

  void check_columns() {
    for (const v1::Aggregation& aggregation : view_.aggregations()) {
      if (aggregation.column().empty())
        problems_.add(origin_of(aggregation, view_), "GN108", fmt::format("an aggregation of {} has no column", owner_),
                      "Name a column of its source, or \"*\" for the events themselves");
    }
    const v1::Source* source = context_.source;
    if (source == nullptr || source->schema().empty()) return check_functions(view_, &problems_);
    aggregated_fields(view_, "source " + source->name(), column_types_of(*source), &problems_);
  }

  void check_names() {
    std::map<std::string, AggregatedFeature> by_name, by_meaning;
    for (const AggregatedFeature& feature : expand_aggregations(view_)) {
      const v1::Origin& origin = origin_of(feature.aggregation, view_);
      problems_.check_name(
          origin, fmt::format("feature {} of {}, which name= can rename", aggregation_text(feature.aggregation), owner_),
          feature.name);
      check_clash(feature, origin);
      auto [first, is_new_name] = by_name.emplace(feature.name, feature);
      if (!is_new_name) {
        problems_.add(origin, "GN106",
                      fmt::format("two features named \"{}\" in {}: {} and {}", feature.name, owner_, shown(first->second),
                                  shown(feature)),
                      "Give one of them name=");
        continue;
      }
      if (!feature.aggregation.name().empty()) continue;  // a second name for the same value is meant
      auto [same, is_new_meaning] = by_meaning.emplace(unspelled(feature.aggregation), feature);
      if (!is_new_meaning)
        problems_.add(origin, "GN106",
                      fmt::format("\"{}\" and \"{}\" of {} are the same feature: their windows are equally long",
                                  same->second.name, feature.name, owner_),
                      "Remove one, or give it name=");
    }
  }

  void check_clash(const AggregatedFeature& feature, const v1::Origin& origin) {
    const char* role = contains(context_.join_keys, feature.name) ? "join key"
                       : contains(context_.times, feature.name)   ? "time column"
                                                                  : nullptr;
    if (role != nullptr)
      problems_.add(origin, "GN106", fmt::format("feature \"{}\" of {} is named like its {}", feature.name, owner_, role),
                    "Give it name=");
  }

  // With its place, since two aggregations that look the same are hard to find otherwise.
  static std::string shown(const AggregatedFeature& feature) {
    std::string place = place_of(feature.aggregation.origin());
    std::string text = aggregation_text(feature.aggregation);
    return place.empty() ? text : fmt::format("{} at {}", text, place);
  }

  static std::string unspelled(v1::Aggregation aggregation) {
    for (v1::Window& window : *aggregation.mutable_windows()) window.clear_spelling();
    return own_meaning(aggregation);
  }

  const v1::FeatureView& view_;
  const ViewContext& context_;
  Problems& problems_;
  std::string owner_;
};

}  // namespace

void check_aggregations(const v1::FeatureView& view, const ViewContext& context, Problems* problems) {
  AggregatedViewCheck(view, context, problems).run();
}

}  // namespace gnomon

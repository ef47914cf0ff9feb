#include "registry/aggregated_fields.h"

#include <optional>

#include <arrow/type.h>
#include <fmt/format.h>

#include "gnomon/aggregation.h"
#include "gnomon/types.h"
#include "registry/aggregation_names.h"
#include "registry/aggregation_text.h"
#include "registry/default_value.h"
#include "registry/manifest_text.h"

namespace gnomon {
namespace {

constexpr const char* kEveryColumn = "*";
constexpr const char* kUnfitType = "GN152";  // of aggregation_result_type: the only one of its errors that needs the type

bool is_count(const std::string& function) {
  return function == "count" || function == "count_distinct" || function == "approx_count_distinct";
}

// What one aggregation makes of its column, whatever its windows.
class ResultOf {
 public:
  ResultOf(const v1::Aggregation& aggregation, const v1::FeatureView& view, Problems* problems)
      : aggregation_(aggregation),
        origin_(origin_of(aggregation, view)),
        problems_(*problems),
        shown_(fmt::format("{} of view {}", function_text(aggregation), view.name())) {}

  // The dtype; empty if it depends on a type that is not known; nullopt after a problem.
  std::optional<std::string> dtype(const std::string& owner, const ColumnTypes& columns) {
    std::shared_ptr<arrow::DataType> input;
    if (aggregation_.column().empty()) return std::nullopt;  // check_aggregations says so
    if (aggregation_.column() != kEveryColumn) {
      auto column = columns.find(aggregation_.column());
      if (column == columns.end()) return unknown_column(owner, columns);
      if (column->second == nullptr) return dtype_without_columns();
      Result<std::string> name = dtype_of(*column->second);
      if (!name.ok()) return fail(name.status());
      input = *arrow_type_of(*name);
    }
    Result<std::shared_ptr<arrow::DataType>> result = aggregation_result_type(aggregation_, input.get());
    if (!result.ok()) return fail(result.status());
    if (!default_fits(**result)) return std::nullopt;
    Result<std::string> name = dtype_of(**result);
    return name.ok() ? std::optional(*name) : fail(name.status());
  }

  // Any type will do to have the function's name and its parameters judged: whether it is fit is not asked yet.
  std::optional<std::string> dtype_without_columns() {
    bool has_column = aggregation_.column() != kEveryColumn;
    Result<std::shared_ptr<arrow::DataType>> result =
        aggregation_result_type(aggregation_, has_column ? arrow::int64().get() : nullptr);
    bool is_unfit = has_column && !result.ok() && result.status().info().id == kUnfitType;
    if (!result.ok() && !is_unfit) return fail(result.status());
    if (is_count(aggregation_.function()) && !default_fits(*arrow::int64())) return std::nullopt;
    return "";
  }

 private:
  std::nullopt_t unknown_column(const std::string& owner, const ColumnTypes& columns) {
    std::vector<std::string> known;
    for (const auto& [name, type] : columns) known.push_back(name);
    problems_.add(origin_, "GN101", fmt::format("unknown column \"{}\" in {} ({})", aggregation_.column(), owner, shown_),
                  suggest(aggregation_.column(), known, ""));
    return std::nullopt;
  }

  std::nullopt_t fail(const Status& status) {
    const ErrorInfo& why = status.info();
    problems_.add(origin_, Status(why.code, why.id, fmt::format("{} ({})", why.message, shown_), why.hint));
    return std::nullopt;
  }

  bool default_fits(const arrow::DataType& type) {
    const v1::Value& value = aggregation_.default_value();
    if (!aggregation_.has_default_value()) return true;
    // Nothing counted is 0, never null: another default would never be seen.
    if (is_count(aggregation_.function())) {
      if (value.kind_case() == v1::Value::kIntValue && value.int_value() == 0) return true;
      problems_.add(origin_, "GN109",
                    fmt::format("default of {} is {}, and a count of nothing is 0", shown_, value_text(value)),
                    "Leave the default out");
      return false;
    }
    if (fits_type(value, type)) return true;
    Result<std::string> name = dtype_of(type);
    problems_.add(
        origin_, "GN109",
        fmt::format("default of {} is {}, which is no {}", shown_, value_text(value), name.ok() ? *name : type.ToString()),
        "Give a value of the feature's type");
    return false;
  }

  const v1::Aggregation& aggregation_;
  const v1::Origin& origin_;
  Problems& problems_;
  std::string shown_;
};

}  // namespace

const v1::Origin& origin_of(const v1::Aggregation& aggregation, const v1::FeatureView& view) {
  return aggregation.origin().file().empty() ? view.origin() : aggregation.origin();
}

std::vector<v1::Field> aggregated_fields(const v1::FeatureView& view, const std::string& owner, const ColumnTypes& columns,
                                         Problems* problems) {
  std::vector<std::optional<std::string>> dtypes;
  for (const v1::Aggregation& aggregation : view.aggregations())
    dtypes.push_back(ResultOf(aggregation, view, problems).dtype(owner, columns));
  std::vector<v1::Field> fields;
  for (const AggregatedFeature& feature : expand_aggregations(view)) {
    const std::optional<std::string>& dtype = dtypes[static_cast<size_t>(feature.position)];
    if (!dtype.has_value()) continue;
    v1::Field& field = fields.emplace_back();
    field.set_name(feature.name);
    field.set_dtype(*dtype);
  }
  return fields;
}

void check_functions(const v1::FeatureView& view, Problems* problems) {
  for (const v1::Aggregation& aggregation : view.aggregations())
    ResultOf(aggregation, view, problems).dtype_without_columns();
}

}  // namespace gnomon

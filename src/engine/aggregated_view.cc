#include "engine/aggregated_view.h"

#include <algorithm>
#include <numeric>
#include <set>

#include <arrow/api.h>

#include "base/time_text.h"
#include "data/arrow_status.h"
#include "engine/window_plan.h"
#include "gnomon/expression.h"
#include "registry/aggregation_names.h"
#include "registry/objects.h"

namespace gnomon {
namespace {

constexpr const char* kEveryColumn = "*";

// A default as a value of the feature's type, which the definition's checks have found it to be.
Result<std::shared_ptr<arrow::Scalar>> scalar_of(const v1::Value& value, const std::shared_ptr<arrow::DataType>& type) {
  std::shared_ptr<arrow::Scalar> scalar;
  switch (value.kind_case()) {
    case v1::Value::kIntValue: scalar = arrow::MakeScalar(value.int_value()); break;
    case v1::Value::kFloatValue: scalar = arrow::MakeScalar(value.float_value()); break;
    case v1::Value::kBoolValue: scalar = arrow::MakeScalar(value.bool_value()); break;
    case v1::Value::kStringValue: {
      if (type->id() == arrow::Type::TIMESTAMP) {
        GN_ASSIGN(TimeUs time, parse_time(value.string_value()));
        return std::shared_ptr<arrow::Scalar>(std::make_shared<arrow::TimestampScalar>(time, type));
      }
      scalar = arrow::MakeScalar(value.string_value());
      break;
    }
    case v1::Value::kListValue: {
      auto item_type = type->field(0)->type();
      GN_ARROW_ASSIGN(std::unique_ptr<arrow::ArrayBuilder> items, "making a default", arrow::MakeBuilder(item_type));
      for (const v1::Value& item : value.list_value().values()) {
        GN_ASSIGN(auto one, scalar_of(item, item_type));
        GN_ARROW_TRY("making a default", items->AppendScalar(*one));
      }
      GN_ARROW_ASSIGN(std::shared_ptr<arrow::Array> array, "making a default", items->Finish());
      return std::shared_ptr<arrow::Scalar>(std::make_shared<arrow::ListScalar>(array, type));
    }
    case v1::Value::KIND_NOT_SET: return std::shared_ptr<arrow::Scalar>();
  }
  GN_ARROW_ASSIGN(auto cast, "making a default", scalar->CastTo(type));
  return cast;
}

Result<EventFilter> filter_of(const std::string& where, const arrow::Schema& columns) {
  if (where.empty()) return EventFilter();
  GN_ASSIGN(Expression expression, parse_expression(where));
  GN_ASSIGN(TypedExpression condition, bind_condition(expression, columns));
  return EventFilter([condition](const arrow::RecordBatch& batch) { return passing_rows(condition, batch); });
}

Result<std::string> canonical_text(const std::string& where) {
  GN_ASSIGN(Expression expression, parse_expression(where));
  return expression.to_string();
}

Status add_columns_of(const std::string& where, std::set<std::string>* columns) {
  if (where.empty()) return Status();
  GN_ASSIGN(Expression expression, parse_expression(where));
  for (const std::string& name : expression.columns()) columns->insert(name);
  return Status();
}

std::vector<int> sorted_places(const std::vector<std::string>& names) {
  std::vector<int> places(names.size());
  std::iota(places.begin(), places.end(), 0);
  std::sort(places.begin(), places.end(),
            [&](int a, int b) { return names[static_cast<size_t>(a)] < names[static_cast<size_t>(b)]; });
  return places;
}

void lay_out_state(const arrow::Schema& columns, AggregatedView* view) {
  view->state_columns = sorted_places(view->columns);
  for (int place : view->state_columns) {
    const std::string& name = view->columns[static_cast<size_t>(place)];
    view->state.add_column(name, value_kind_of(*columns.GetFieldByName(name)->type()));
  }
  view->state_filters = sorted_places(view->filter_texts);
  for (int place : view->state_filters) view->state.add_filter(view->filter_texts[static_cast<size_t>(place)]);
  auto place_in_state = [](const std::vector<int>& places, int index) {
    return index < 0 ? kNone : static_cast<int>(std::find(places.begin(), places.end(), index) - places.begin());
  };
  for (const WindowedFeature& feature : view->features) {
    WindowFeature read{feature.kernel.get(),
                       feature.window,
                       kNone,
                       place_in_state(view->state_columns, feature.column),
                       place_in_state(view->state_filters, feature.filter),
                       feature.include_request};
    if (feature.window.kind != WindowSpec::Kind::kLastN)
      read.base = view->state.add_base(*feature.kernel, read.column, read.filter);
    view->state_features.push_back(read);
  }
}

// Index of `value` in `values`, where it is put if it is not there.
template <class T>
int index_in(std::vector<T>* values, const T& value) {
  auto found = std::find(values->begin(), values->end(), value);
  int index = static_cast<int>(found - values->begin());
  if (found == values->end()) values->push_back(value);
  return index;
}

// What an aggregation reads of the request's own event: nothing unless it includes it.
Result<std::vector<std::string>> columns_of_request(const v1::FeatureView& view, const v1::Aggregation& aggregation) {
  std::set<std::string> columns;
  if (!aggregation.include_request()) return std::vector<std::string>();
  if (aggregation.column() != kEveryColumn) columns.insert(aggregation.column());
  GN_TRY(add_columns_of(view.where(), &columns));
  GN_TRY(add_columns_of(aggregation.where(), &columns));
  return std::vector<std::string>(columns.begin(), columns.end());
}

}  // namespace

Result<std::vector<std::string>> input_columns(const v1::FeatureView& view, const std::vector<std::string>& keys) {
  std::set<std::string> columns;
  GN_TRY(add_columns_of(view.where(), &columns));
  for (const v1::Aggregation& aggregation : view.aggregations()) {
    if (aggregation.column() != kEveryColumn) columns.insert(aggregation.column());
    GN_TRY(add_columns_of(aggregation.where(), &columns));
  }
  for (const std::string& key : keys) columns.erase(key);
  return std::vector<std::string>(columns.begin(), columns.end());
}

void check_conditions(const v1::FeatureView& view, const arrow::Schema& rows, std::vector<Status>* problems) {
  auto check = [&](const std::string& where, const v1::Origin& origin) {
    Status status = filter_of(where, rows).status();
    if (!status.ok()) problems->push_back(status.with_where(place_of(origin)));
  };
  check(view.where(), view.origin());
  for (const v1::Aggregation& aggregation : view.aggregations()) {
    const v1::Origin& origin = aggregation.origin().file().empty() ? view.origin() : aggregation.origin();
    check(aggregation.where(), origin);
  }
}

Result<std::shared_ptr<const AggregatedView>> AggregatedView::compile(const v1::FeatureView& view, const arrow::Schema& keys,
                                                                      const arrow::Schema& inputs) {
  arrow::FieldVector fields = keys.fields();
  fields.insert(fields.end(), inputs.fields().begin(), inputs.fields().end());
  arrow::Schema columns(fields);
  auto result = std::make_shared<AggregatedView>();
  result->plans = std::make_shared<WindowPlans>();
  for (const auto& field : inputs.fields()) result->condition_columns.push_back(field->name());
  GN_ASSIGN(result->passes, filter_of(view.where(), columns));
  for (const AggregatedFeature& aggregated : expand_aggregations(view)) {
    const v1::Aggregation& aggregation = aggregated.aggregation;
    WindowedFeature feature;
    feature.name = aggregated.name;
    feature.include_request = aggregation.include_request();
    result->request_columns.emplace_back();
    GN_ASSIGN(result->request_columns.back(), columns_of_request(view, aggregation));
    std::shared_ptr<arrow::DataType> input;
    if (aggregation.column() != kEveryColumn) {
      feature.column = index_in(&result->columns, aggregation.column());
      input = columns.GetFieldByName(aggregation.column())->type();
    }
    if (!aggregation.where().empty()) {
      GN_ASSIGN(std::string text, canonical_text(aggregation.where()));
      feature.filter = index_in(&result->filter_texts, text);
      if (result->filters.size() < result->filter_texts.size()) {
        GN_ASSIGN(EventFilter filter, filter_of(text, columns));
        result->filters.push_back(std::move(filter));
      }
    }
    GN_ASSIGN(feature.window, window_spec(aggregation));
    GN_ASSIGN(feature.kernel, make_kernel(aggregation, input.get()));
    if (aggregation.has_default_value()) {
      GN_ASSIGN(feature.default_value, scalar_of(aggregation.default_value(), feature.kernel->result_type()));
    }
    result->features.push_back(std::move(feature));
  }
  lay_out_state(columns, result.get());
  return std::shared_ptr<const AggregatedView>(std::move(result));
}

}  // namespace gnomon

#include "registry/resolve_on_demand.h"

#include <algorithm>

#include <arrow/type.h>
#include <fmt/format.h>

#include "data/cast.h"
#include "gnomon/types.h"
#include "registry/objects.h"
#include "registry/problems.h"

namespace gnomon {
namespace {

Literal literal_of(const v1::Value& value) {
  switch (value.kind_case()) {
    case v1::Value::kIntValue: return value.int_value();
    case v1::Value::kFloatValue: return value.float_value();
    case v1::Value::kBoolValue: return value.bool_value();
    case v1::Value::kStringValue: return value.string_value();
    default: return std::monostate();
  }
}

class OnDemandResolver {
 public:
  OnDemandResolver(const v1::Manifest& manifest, const LookupSets& sets, v1::OnDemandFeatureView* view,
                   std::vector<Status>* problems)
      : inputs_(OnDemandInputs::of(*view, manifest)), sets_(sets), view_(*view), problems_(*problems) {}

  void run() {
    for (v1::Field& field : *view_.mutable_schema()) {
      auto text = view_.mutable_features()->find(field.name());
      if (text != view_.mutable_features()->end()) resolve(&field, &text->second);
    }
  }

 private:
  void add(const Status& why, const v1::Field& field) {
    const ErrorInfo& info = why.info();
    problems_.push_back(Status(info.code, info.id,
                               fmt::format("feature {} of on-demand view {}: {}", field.name(), view_.name(), info.message),
                               info.hint, place_of(view_.origin())));
  }

  void resolve(v1::Field* field, std::string* text) {
    Result<Expression> expression = parse_expression(*text);
    if (!expression.ok()) return add(expression.status(), *field);
    *text = expression->to_string();
    for (const std::string& column : expression->columns()) {
      std::vector<OnDemandInput> found = inputs_.find(column);
      if (!found.empty() && found[0].dtype.empty()) return;  // of a feature that is wrong itself, and reported
    }
    Result<ExpressionInputs> inputs = expression_inputs(*expression, inputs_);
    if (!inputs.ok()) return add(inputs.status(), *field);
    Result<TypedExpression> bound = gnomon::bind(*expression, *inputs->schema, sets_);
    if (!bound.ok()) return add(bound.status(), *field);
    check_type(*bound->type(), field);
  }

  void check_type(const arrow::DataType& type, v1::Field* field) {
    const bool is_null = type.id() == arrow::Type::NA;
    if (field->dtype().empty() && is_null)
      return add(
          Status(Code::kInvalidArgument, "GN205", "it is always None, and so has no type", "Declare its dtype in schema"),
          *field);
    Result<std::string> computed = is_null ? Result<std::string>(field->dtype()) : dtype_of(type);
    if (!computed.ok()) return add(computed.status(), *field);
    if (field->dtype().empty()) return field->set_dtype(*computed);
    Result<std::shared_ptr<arrow::DataType>> declared = arrow_type_of(field->dtype());
    if (!declared.ok()) return;  // reported with the schema
    if (!is_null && !can_cast(type, **declared))
      add(Status(Code::kInvalidArgument, "GN205",
                 fmt::format("it is declared {}, and computes {}", field->dtype(), *computed),
                 "Change the dtype in schema, or convert the value"),
          *field);
  }

  OnDemandInputs inputs_;
  const LookupSets& sets_;
  v1::OnDemandFeatureView& view_;
  std::vector<Status>& problems_;
};

}  // namespace

LookupSets lookup_sets(const v1::Manifest& manifest) {
  LookupSets sets;
  for (const v1::LookupSet& set : manifest.lookup_sets()) {
    LookupValues& values = sets[set.name()];
    for (const v1::Value& value : set.values()) values.values.push_back(literal_of(value));
    values.cidrs.assign(set.cidrs().begin(), set.cidrs().end());
  }
  return sets;
}

Result<ExpressionInputs> expression_inputs(const Expression& expression, const OnDemandInputs& known) {
  ExpressionInputs result;
  arrow::FieldVector fields;
  for (const std::string& column : expression.columns()) {
    std::vector<OnDemandInput> found = known.find(column);
    if (found.empty())
      return Status(Code::kInvalidArgument, "GN101", fmt::format("unknown input \"{}\"", column),
                    suggest(column, known.names(), "Its sources have no columns"));
    GN_ASSIGN(auto type, arrow_type_of(found[0].dtype));
    fields.push_back(arrow::field(column, type));
    result.inputs.push_back(found[0]);
  }
  result.schema = arrow::schema(std::move(fields));
  return result;
}

void resolve_on_demand(v1::Manifest* manifest, std::vector<Status>* problems) {
  const LookupSets sets = lookup_sets(*manifest);
  for (const v1::OnDemandFeatureView* next : on_demand_order(*manifest)) {
    for (v1::OnDemandFeatureView& view : *manifest->mutable_on_demand_feature_views()) {
      if (&view == next) OnDemandResolver(*manifest, sets, &view, problems).run();
    }
  }
}

}  // namespace gnomon

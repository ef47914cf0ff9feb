#include "engine/on_demand_view.h"

#include <arrow/type.h>

#include "base/hash.h"
#include "gnomon/types.h"
#include "registry/objects.h"
#include "registry/resolve_on_demand.h"

namespace gnomon {
namespace {

Status compile_expression(const std::string& text, const OnDemandInputs& known, const LookupSets& sets,
                          OnDemandFeature* feature) {
  GN_ASSIGN(Expression expression, parse_expression(text));
  GN_ASSIGN(ExpressionInputs inputs, expression_inputs(expression, known));
  GN_ASSIGN(feature->expression, gnomon::bind(expression, *inputs.schema, sets));
  feature->inputs = std::move(inputs.inputs);
  feature->columns = expression.columns();
  return Status();
}

// A function is given everything that its sources name, but join keys: those it can declare in a request source.
void add_all_inputs(const OnDemandInputs& known, OnDemandFeature* feature) {
  for (const OnDemandInput& input : known.all()) {
    if (input.kind == InputKind::kJoinKey) continue;
    feature->inputs.push_back(input);
    const bool is_plain = known.find(input.column).size() == 1;
    feature->columns.push_back(is_plain ? input.column : input.source + "__" + input.column);
  }
}

}  // namespace

Result<OnDemandView> OnDemandView::compile(const v1::OnDemandFeatureView& view, const v1::Manifest& manifest,
                                           const LookupSets& sets) {
  OnDemandView compiled;
  compiled.view = view;
  const OnDemandInputs known = OnDemandInputs::of(view, manifest);
  arrow::FieldVector fields;
  for (const v1::Field& field : view.schema()) {
    OnDemandFeature feature;
    feature.name = field.name();
    GN_ASSIGN(feature.type, arrow_type_of(field.dtype()));
    if (view.has_python()) {
      add_all_inputs(known, &feature);
    } else {
      GN_TRY(compile_expression(view.features().at(field.name()), known, sets, &feature));
    }
    fields.push_back(arrow::field(feature.name, feature.type));
    compiled.computed.push_back(std::move(feature));
  }
  compiled.features = arrow::schema(std::move(fields));
  compiled.meaning_hash = hash128_hex(meaning_of({{kOnDemandKind, view.name()}, &view, &view.origin()}, manifest));
  return compiled;
}

}  // namespace gnomon

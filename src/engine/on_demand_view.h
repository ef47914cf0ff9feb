// OnDemandView: a view whose features are computed when they are asked for, compiled: which columns each feature reads, and the typed
// expression that makes it.
// Thread-safety: immutable once built.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <arrow/type_fwd.h>

#include "gnomon/expression.h"
#include "gnomon/status.h"
#include "gnomon/v1/manifest.pb.h"
#include "registry/on_demand_inputs.h"

namespace gnomon {

struct OnDemandFeature {
  std::string name;
  std::shared_ptr<arrow::DataType> type;      // as declared: what is computed is cast to it
  std::vector<OnDemandInput> inputs;          // what it reads; of a Python function everything that the view may read
  std::vector<std::string> columns;           // how it calls each of them
  std::optional<TypedExpression> expression;  // none: the view's Python function makes it
};

struct OnDemandView {
  v1::OnDemandFeatureView view;  // with the schema filled in
  std::shared_ptr<arrow::Schema> features;
  std::vector<OnDemandFeature> computed;  // in the schema's order
  std::string meaning_hash;               // changes with everything that changes a value

  // REQUIRES: a manifest that was checked and resolved by plan.
  static Result<OnDemandView> compile(const v1::OnDemandFeatureView& view, const v1::Manifest& manifest,
                                      const LookupSets& sets);
};

}  // namespace gnomon

// The types of on-demand features: expressions are bound to what their sources hold, and put into canonical form.
// Thread-safety: pure functions over the manifest.
#pragma once

#include <map>
#include <string>
#include <vector>

#include <arrow/type_fwd.h>

#include "gnomon/expression.h"
#include "gnomon/status.h"
#include "gnomon/v1/manifest.pb.h"
#include "registry/on_demand_inputs.h"

namespace gnomon {

// The lookup sets of a project, as expressions take them.
LookupSets lookup_sets(const v1::Manifest& manifest);

// The inputs of one expression: in the order of expression.columns(), under the names that it uses. ERRORS: GN101.
struct ExpressionInputs {
  std::vector<OnDemandInput> inputs;
  std::shared_ptr<arrow::Schema> schema;
};
Result<ExpressionInputs> expression_inputs(const Expression& expression, const OnDemandInputs& known);

// Fills in the dtypes of features that declare none, and writes every expression canonically. REQUIRES: check_manifest has found
// nothing, and the schemas of feature views are filled in. Appends every problem to `problems`: GN101, GN166, GN167, GN168 of the
// expressions, GN205 for a declared dtype that does not fit.
void resolve_on_demand(v1::Manifest* manifest, std::vector<Status>* problems);

}  // namespace gnomon

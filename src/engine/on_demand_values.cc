#include "engine/on_demand_values.h"

#include <algorithm>

#include <arrow/api.h>
#include <arrow/compute/api.h>
#include <fmt/format.h>
#include <fmt/ranges.h>

#include "base/parallel.h"
#include "data/arrow_status.h"
#include "data/cast.h"
#include "engine/own_requests.h"
#include "engine/training_rows.h"
#include "gnomon/types.h"

namespace gnomon {
namespace {

constexpr int64_t kRowsAtOnce = 16'384;  // the columns of one pass stay in the cache

void mark(const std::vector<int64_t>& rows, InvalidReason reason, int64_t count, std::vector<uint8_t>* invalid) {
  if (rows.empty()) return;
  invalid->resize(static_cast<size_t>(count), kValid);
  for (int64_t row : rows) (*invalid)[static_cast<size_t>(row)] = reason;
}

// What `feature` makes of its inputs, cast to its dtype.
Result<FeatureColumn> evaluate_feature(const OnDemandFeature& feature, const arrow::RecordBatch& inputs) {
  GN_ASSIGN(MarkedColumn made, evaluate_marked(*feature.expression, inputs));
  FeatureColumn column;
  column.invalid = std::move(made.invalid);  // 1 is kOverflow
  static_assert(kOverflow == 1);
  GN_ASSIGN(CastColumn cast, cast_column(made.values, feature.type));
  mark(cast.rejected, kMisfit, inputs.num_rows(), &column.invalid);
  column.values = cast.values;
  return column;
}

class Computation {
 public:
  Computation(const OnDemandWork& work, FeatureColumns* columns) : work_(work), columns_(*columns) {}

  Status run() {
    for (const ComputedFeatures& computed : work_.asked->computed) {
      if (computed.view->view.has_python()) {
        GN_TRY(call_function(computed));
        continue;
      }
      for (const OnDemandFeature* feature : computed.features) {
        GN_ASSIGN(std::vector<const FeatureColumn*> inputs, inputs_of(*computed.view, *feature));
        GN_ASSIGN(FeatureColumn column, evaluate(*feature, *batch_of(*feature, inputs)));
        take_over(inputs, &column);
        columns_[{computed.view->view.name(), feature->name}] = std::move(column);
      }
    }
    return Status();
  }

 private:
  int64_t rows() const { return work_.rows->num_rows(); }

  Result<std::vector<const FeatureColumn*>> inputs_of(const OnDemandView& view, const OnDemandFeature& feature) {
    std::vector<const FeatureColumn*> inputs;
    for (const OnDemandInput& input : feature.inputs) {
      if (input.kind == InputKind::kFeature || input.kind == InputKind::kOnDemand) {
        inputs.push_back(&columns_.at({input.source, input.column}));
        continue;
      }
      GN_ASSIGN(const FeatureColumn* column, entity_column(view, input));
      inputs.push_back(column);
    }
    return inputs;
  }

  // A column of the entity rows, as the type that was declared for it. The same column may be declared twice, differently.
  Result<const FeatureColumn*> entity_column(const OnDemandView& view, const OnDemandInput& input) {
    auto [place, is_new] = entity_columns_.try_emplace({input.column, input.dtype});
    if (!is_new) return &place->second;
    auto given = work_.rows->GetColumnByName(input.column);
    if (given == nullptr) {
      entity_columns_.erase(place);
      return Status(Code::kInvalidArgument, "GN216",
                    fmt::format("missing request column \"{}\" of on-demand view {}", input.column, view.view.name()),
                    fmt::format("Give it in every entity row, null where it is not known. The rows have: {}",
                                fmt::join(work_.rows->schema()->field_names(), ", ")));
    }
    GN_ASSIGN(auto values, single_chunk(*given));
    GN_ASSIGN(auto type, arrow_type_of(input.dtype));
    Result<CastColumn> cast = values->type_id() == arrow::Type::NA
                                  ? cast_column(values, type)
                                  : cast_request_column(values, *arrow::field(input.column, type));
    if (!cast.ok())
      return cast.status().with_where(
          fmt::format("request column \"{}\" of on-demand view {}", input.column, view.view.name()));
    place->second.values = cast->values;
    mark(cast->rejected, kMisfit, rows(), &place->second.invalid);
    return &place->second;
  }

  std::shared_ptr<arrow::RecordBatch> batch_of(const OnDemandFeature& feature,
                                               const std::vector<const FeatureColumn*>& inputs) const {
    arrow::FieldVector fields;
    arrow::ArrayVector arrays;
    for (size_t i = 0; i < inputs.size(); ++i) {
      fields.push_back(arrow::field(feature.columns[i], inputs[i]->values->type()));
      arrays.push_back(inputs[i]->values);
    }
    return arrow::RecordBatch::Make(arrow::schema(std::move(fields)), rows(), std::move(arrays));
  }

  // Slices are computed side by side; a value depends on its own row only, so that their borders do not matter.
  Result<FeatureColumn> evaluate(const OnDemandFeature& feature, const arrow::RecordBatch& inputs) const {
    if (rows() <= kRowsAtOnce) return evaluate_feature(feature, inputs);
    const int64_t slices = (rows() + kRowsAtOnce - 1) / kRowsAtOnce;
    std::vector<FeatureColumn> parts(static_cast<size_t>(slices));
    GN_TRY(parallel_for(slices, thread_count(work_.threads), [&](int, int64_t slice) -> Status {
      GN_ASSIGN(parts[static_cast<size_t>(slice)],
                evaluate_feature(feature, *inputs.Slice(slice * kRowsAtOnce, kRowsAtOnce)));
      return Status();
    }));
    return joined(parts);
  }

  Result<FeatureColumn> joined(const std::vector<FeatureColumn>& parts) const {
    FeatureColumn column;
    arrow::ArrayVector arrays;
    int64_t at = 0;
    for (const FeatureColumn& part : parts) {
      arrays.push_back(part.values);
      if (!part.invalid.empty()) {
        column.invalid.resize(static_cast<size_t>(rows()), kValid);
        std::copy(part.invalid.begin(), part.invalid.end(), column.invalid.begin() + at);
      }
      at += part.values->length();
    }
    GN_ARROW_ASSIGN(column.values, "computing on-demand features", arrow::Concatenate(arrays));
    return column;
  }

  Status call_function(const ComputedFeatures& computed) {
    const OnDemandFeature& first = computed.view->computed.front();  // all features of a function have the same inputs
    GN_ASSIGN(std::vector<const FeatureColumn*> inputs, inputs_of(*computed.view, first));
    GN_ASSIGN(std::vector<FeatureColumn> made, work_.run_function(*computed.view, *batch_of(first, inputs)));
    for (size_t i = 0; i < made.size(); ++i) {
      take_over(inputs, &made[i]);
      columns_[{computed.view->view.name(), computed.view->computed[i].name}] = std::move(made[i]);
    }
    return Status();
  }

  // What the inputs of a value say about it: what is made of an INVALID value is INVALID, never a guess; and it is as new as the newest.
  void take_over(const std::vector<const FeatureColumn*>& inputs, FeatureColumn* column) const {
    for (const FeatureColumn* input : inputs) {
      if (!input->invalid.empty()) {
        column->invalid.resize(static_cast<size_t>(rows()), kValid);
        for (size_t row = 0; row < input->invalid.size(); ++row) {
          if (input->invalid[row] != kValid) column->invalid[row] = kInput;
        }
      }
      if (input->event_time.empty()) continue;
      column->event_time.resize(static_cast<size_t>(rows()), 0);
      for (size_t row = 0; row < input->event_time.size(); ++row)
        column->event_time[row] = std::max(column->event_time[row], input->event_time[row]);
    }
    clear_invalid(column);
  }

  // An INVALID value is null.
  static void clear_invalid(FeatureColumn* column) {
    bool any = false;
    for (size_t row = 0; row < column->invalid.size(); ++row)
      any |= column->invalid[row] != kValid && column->values->IsValid(static_cast<int64_t>(row));
    if (!any) return;
    arrow::BooleanBuilder keep;
    GN_ASSERT(keep.Reserve(column->values->length()).ok());
    for (uint8_t reason : column->invalid) keep.UnsafeAppend(reason == kValid);
    auto flags = keep.Finish();
    GN_ASSERT(flags.ok());
    auto cleared = arrow::compute::CallFunction(
        "if_else", {*flags, column->values, arrow::Datum(arrow::MakeNullScalar(column->values->type()))});
    GN_ASSERT(cleared.ok());
    column->values = cleared->make_array();
  }

  const OnDemandWork& work_;
  FeatureColumns& columns_;
  std::map<std::pair<std::string, std::string>, FeatureColumn> entity_columns_;  // by name and dtype
};

}  // namespace

const char* invalid_reason_name(InvalidReason reason) {
  switch (reason) {
    case kValid: return "VALID";
    case kOverflow: return "INTEGER_OVERFLOW";
    case kInput: return "INVALID_INPUT";
    case kMisfit: return "DOES_NOT_FIT";
    case kFunction: return "FUNCTION_RAISED";
    case kNoFunction: return "NO_ANSWER";
  }
  return "";
}

Status compute_on_demand(const OnDemandWork& work, FeatureColumns* columns) { return Computation(work, columns).run(); }

}  // namespace gnomon

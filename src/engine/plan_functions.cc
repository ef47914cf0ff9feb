#include "engine/plan_functions.h"

#include <chrono>

#include <arrow/api.h>
#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "data/arrow_status.h"
#include "engine/on_demand_view.h"
#include "gnomon/types.h"
#include "registry/objects.h"

namespace gnomon {
namespace {

using Clock = std::chrono::steady_clock;

constexpr std::chrono::milliseconds kPatience{5'000};
constexpr int kCalls = 20;

double milliseconds_since(Clock::time_point start) {
  return std::chrono::duration<double, std::milli>(Clock::now() - start).count();
}

// Rows without any: what is measured is the way there and back, which every call has; the function adds its own time.
Result<PythonFunctionCall> empty_call(const OnDemandView& view) {
  arrow::FieldVector fields;
  const OnDemandFeature& feature = view.computed.front();
  for (size_t i = 0; i < feature.inputs.size(); ++i) {
    GN_ASSIGN(auto type, arrow_type_of(feature.inputs[i].dtype));
    fields.push_back(arrow::field(feature.columns[i], type));
  }
  GN_ARROW_ASSIGN(auto rows, "measuring a function", arrow::RecordBatch::MakeEmpty(arrow::schema(fields)));
  return PythonFunctionCall{view.view.python().function(), view.view.python().source_hash(), rows, view.features};
}

Result<PlanSection> measured(PythonFunctions& functions, const OnDemandView& view) {
  GN_ASSIGN(PythonFunctionCall call, empty_call(view));
  Clock::time_point start = Clock::now();
  GN_TRY(functions.call(call, kPatience).status());
  const double start_ms = milliseconds_since(start);
  start = Clock::now();
  for (int i = 0; i < kCalls; ++i) GN_TRY(functions.call(call, kPatience).status());
  const double call_ms = milliseconds_since(start) / kCalls;
  std::string text = fmt::format(
      "every row, of training sets and of requests, goes through one Python process: {:.0f} ms to start, {:.2f} ms a "
      "request and the "
      "function's own time",
      start_ms, call_ms);
  return PlanSection{"python", text, nlohmann::json{{"start_ms", start_ms}, {"request_ms", call_ms}}.dump()};
}

}  // namespace

Status add_function_sections(Engine::Impl& project, Plan* plan) {
  std::shared_ptr<const Definitions> definitions;
  for (Change& change : plan->changes) {
    if (change.object_kind != kOnDemandKind || change.kind == ChangeKind::kRemove) continue;
    if (!find_on_demand(plan->target, change.name)->has_python()) continue;
    if (definitions == nullptr) {
      GN_ASSIGN(definitions, Definitions::compile(plan->target, plan->base_revision));
    }
    GN_ASSIGN(PlanSection section, measured(project.python_functions(), definitions->on_demand().at(change.name)));
    change.sections.push_back(std::move(section));
  }
  return Status();
}

}  // namespace gnomon

#include "engine/window_plan.h"

#include <algorithm>

namespace gnomon {
namespace {

int place_of_name(const std::vector<std::string>& names, const std::string& name) {
  auto found = std::find(names.begin(), names.end(), name);
  return found == names.end() ? -1 : static_cast<int>(found - names.begin());
}

}  // namespace

// The asked features that a state of another layout can answer: those whose column, filter and base aggregate it has.
class WindowPlan::OlderLayout {
 public:
  OlderLayout(const WindowMark& mark, WindowPlan* plan) : mark_(mark), plan_(*plan) {
    for (const auto& [name, kind] : mark.columns) {
      plan_.layout_.add_column(name, static_cast<ValueKind>(kind));
      column_names_.push_back(name);
    }
    for (const std::string& filter : mark.filters) plan_.layout_.add_filter(filter);
  }

  void add(const AggregatedView& view, const WindowFeature& feature) {
    plan_.feature_of_.push_back(-1);
    WindowFeature read = feature;
    if (feature.column != kNone) {
      const StateColumn& column = view.state.columns()[static_cast<size_t>(feature.column)];
      read.column = place_of_name(column_names_, column.name);
      if (read.column < 0 || plan_.layout_.columns()[static_cast<size_t>(read.column)].kind != column.kind) return;
    }
    if (feature.filter != kNone) {
      read.filter = place_of_name(mark_.filters, view.state.filters()[static_cast<size_t>(feature.filter)]);
      if (read.filter < 0) return;
    }
    if (feature.base != kNone) {
      if (place_of_name(mark_.bases, view.state.bases()[static_cast<size_t>(feature.base)].id) < 0) return;
      read.base = plan_.layout_.add_base(*feature.kernel, read.column, read.filter);
    }
    plan_.feature_of_.back() = static_cast<int>(plan_.features_.size());
    plan_.features_.push_back(read);
  }

 private:
  const WindowMark& mark_;
  WindowPlan& plan_;
  std::vector<std::string> column_names_;
};

Result<std::shared_ptr<WindowPlan>> WindowPlan::make(const ViewDefinition& definition, const std::string& mark_text,
                                                     const std::vector<size_t>& asked) {
  const AggregatedView& view = *definition.aggregated;
  auto plan = std::make_shared<WindowPlan>();
  GN_ASSIGN(plan->mark_, parse_window_mark(definition, mark_text));
  if (plan->mark_.has_value()) plan->name_space_ = plan->mark_->name_space(definition);
  const bool current = plan->mark_.has_value() ? plan->mark_->serves(definition) : only_pushed(definition);
  if (current) {
    plan->layout_ = view.state;
    for (size_t index : asked) {
      plan->feature_of_.push_back(static_cast<int>(plan->features_.size()));
      plan->features_.push_back(view.state_features[index]);
    }
  } else if (!plan->mark_.has_value() || plan->mark_->rows != definition.rows_meaning) {
    plan->feature_of_.assign(asked.size(), -1);
  } else {
    OlderLayout older(*plan->mark_, plan.get());
    for (size_t index : asked) older.add(view, view.state_features[index]);
  }
  return plan;
}

WindowPlan::Lent WindowPlan::lend() const {
  {
    std::lock_guard lock(mutex_);
    if (!idle_.empty()) {
      Lent lent(idle_.back().release(), {this});
      idle_.pop_back();
      return lent;
    }
  }
  std::vector<std::shared_ptr<arrow::DataType>> types;
  for (const WindowFeature& feature : features_) types.push_back(feature.kernel->result_type());
  return Lent(new Reading{WindowRead(layout_, features_), ResultBlock(std::move(types))}, {this});
}

void WindowPlan::GiveBack::operator()(Reading* reading) const {
  std::unique_ptr<Reading> owned(reading);
  std::lock_guard lock(plan->mutex_);
  plan->idle_.push_back(std::move(owned));
}

std::shared_ptr<KeptTiles> WindowPlans::kept_for(const WindowPlan& plan) const {
  for (const Known& known : known_) {
    if (known.plan->name_space() == plan.name_space() && known.plan->layout().keeps_same(plan.layout()))
      return known.plan->kept_;
  }
  return std::make_shared<KeptTiles>();
}

Result<std::shared_ptr<const WindowPlan>> WindowPlans::get(const ViewDefinition& definition, const std::string& mark_text,
                                                           const std::vector<size_t>& asked) {
  {
    std::lock_guard lock(mutex_);
    for (const Known& known : known_) {
      if (known.asked == asked && known.mark_text == mark_text) return known.plan;
    }
  }
  GN_ASSIGN(std::shared_ptr<WindowPlan> plan, WindowPlan::make(definition, mark_text, asked));
  std::lock_guard lock(mutex_);
  plan->kept_ = kept_for(*plan);
  if (known_.size() == kMostPlans) known_.erase(known_.begin());
  known_.push_back({mark_text, asked, plan});
  return std::shared_ptr<const WindowPlan>(std::move(plan));
}

}  // namespace gnomon

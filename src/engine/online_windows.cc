#include "engine/online_windows.h"

#include <algorithm>

#include <arrow/api.h>
#include <fmt/format.h>

#include "data/arrow_status.h"
#include "engine/own_requests.h"
#include "engine/window_plan.h"
#include "stores/entity_key.h"

namespace gnomon {
namespace {

// The plan for the state that is served now, and a reader of its records; no reader where nothing was ever written.
struct ServedState {
  std::shared_ptr<const WindowPlan> plan;
  std::unique_ptr<WindowReader> reader;
};

// A materialization may switch to another generation, and drop this one, between the look at the mark and the opening of a reader. Where the
// mark is still the same afterwards, the reader saw the generation whole.
Result<ServedState> served_state(OnlineStore& store, const ViewDefinition& definition, const std::vector<size_t>& asked) {
  GN_ASSIGN(std::string mark, read_window_mark_text(store, definition));
  while (true) {
    ServedState state;
    GN_ASSIGN(state.plan, definition.aggregated->plans->get(definition, mark, asked));
    if (mark.empty() || store.windows() == nullptr) return state;
    GN_ASSIGN(state.reader, store.windows()->reader(state.plan->name_space()));
    GN_ASSIGN(std::string now, read_window_mark_text(store, definition));
    if (now == mark) return state;
    mark = std::move(now);
  }
}

RecordScan scan_of(WindowReader* reader, std::string_view entity) {
  return [reader, entity](uint8_t level, TimeUs from, TimeUs to, bool descending, const WindowRecordFn& fn) -> Status {
    return reader == nullptr ? Status() : reader->scan(entity, level, from, to, descending, fn);
  };
}

// The answers of one view, row by row.
class Answers {
 public:
  Answers(const ViewDefinition& definition, std::vector<size_t> asked)
      : view_(*definition.aggregated), name_(definition.view.name()), asked_(std::move(asked)) {}

  Status read(OnlineStore& store, const ViewDefinition& definition, const EntityKeys& keys,
              std::shared_ptr<arrow::RecordBatch> requests, TimeUs t) {
    GN_ASSIGN(ServedState state, served_state(store, definition, asked_));
    const WindowPlan& plan = *state.plan;
    for (const WindowFeature& feature : plan.features()) results_.emplace_back(feature.kernel->result_type());
    feature_of_ = plan.feature_of();
    rows_ = keys.bytes.size();
    newest_.assign(plan.features().size(), std::vector<TimeUs>(rows_, kNoEvent));
    const WindowPlan::Lent windows = plan.lend();
    GN_TRY(windows->set_time(t));
    for (size_t index = 0; index < asked_.size(); ++index) {
      int at = feature_of_[index];
      covered_.push_back(at >= 0 && plan.covers(windows->spans()[static_cast<size_t>(at)]));
    }
    OwnStateEvents own;
    const bool includes_own = requests != nullptr;
    if (includes_own) {
      GN_ASSIGN(own, OwnStateEvents::read(view_, plan.layout(), std::move(requests), t));
    }
    std::vector<TimeUs> newest(plan.features().size());
    for (size_t row = 0; row < rows_; ++row) {
      const bool is_nobody = keys.has_null[row];
      GN_TRY(windows->read(scan_of(is_nobody ? nullptr : state.reader.get(), keys.bytes[row]), results_, newest,
                           includes_own && !is_nobody ? own.at(row) : OwnEvent()));
      for (size_t feature = 0; feature < newest.size(); ++feature) newest_[feature][row] = newest[feature];
    }
    return Status();
  }

  Result<ViewAnswer> finish() {
    std::vector<std::shared_ptr<arrow::Array>> values(results_.size());
    std::vector<std::vector<int64_t>> invalid(results_.size());
    for (size_t at = 0; at < results_.size(); ++at) {
      GN_ASSIGN(values[at], results_[at].finish(&invalid[at]));
    }
    ViewAnswer answer;
    for (size_t index = 0; index < asked_.size(); ++index) {
      const WindowedFeature& feature = view_.features[asked_[index]];
      if (!covered_[index]) {
        GN_TRY(add_uncovered(feature, &answer));
        continue;
      }
      size_t at = static_cast<size_t>(feature_of_[index]);
      GN_TRY(add_column(feature, values[at], invalid[at], newest_[at], &answer));
    }
    return answer;
  }

 private:
  Status add_uncovered(const WindowedFeature& feature, ViewAnswer* answer) const {
    OnlineColumn column{.name = feature.name, .zero_is_no_time = true};
    GN_ARROW_ASSIGN(column.values, "answering",
                    arrow::MakeArrayOfNull(feature.kernel->result_type(), static_cast<int64_t>(rows_)));
    column.status.assign(rows_, OnlineStatus::kInvalid);
    column.event_time.assign(rows_, 0);
    for (size_t row = 0; row < rows_; ++row)
      answer->errors.push_back(fmt::format("AS_OF_NOT_COVERED {}:{} row {}", name_, feature.name, row));
    answer->columns.push_back(std::move(column));
    return Status();
  }

  Status add_column(const WindowedFeature& feature, const std::shared_ptr<arrow::Array>& values,
                    const std::vector<int64_t>& invalid, const std::vector<TimeUs>& newest, ViewAnswer* answer) const {
    OnlineColumn column{.name = feature.name, .zero_is_no_time = true};
    GN_ASSIGN(column.values, with_default(values, feature.default_value, invalid));
    column.status.assign(rows_, OnlineStatus::kPresent);
    column.event_time.assign(rows_, 0);
    for (size_t row = 0; row < rows_; ++row) {
      if (column.values->IsNull(static_cast<int64_t>(row))) column.status[row] = OnlineStatus::kNullValue;
      if (newest[row] != kNoEvent) column.event_time[row] = newest[row];
    }
    for (int64_t row : invalid) {
      column.status[static_cast<size_t>(row)] = OnlineStatus::kInvalid;
      column.event_time[static_cast<size_t>(row)] = 0;
      answer->errors.push_back(fmt::format("INVALID {}:{} row {}", name_, feature.name, row));
    }
    answer->columns.push_back(std::move(column));
    return Status();
  }

  const AggregatedView& view_;
  std::string name_;
  std::vector<size_t> asked_;  // indices into view_.features
  size_t rows_ = 0;
  std::vector<int> feature_of_;
  std::vector<bool> covered_;
  std::vector<ResultColumn> results_;
  std::vector<std::vector<TimeUs>> newest_;
};

Result<EntityKeys> encoded_keys(const ViewDefinition& definition, const arrow::RecordBatch& keys) {
  EntityKeys encoded;
  GN_TRY(encode_entity_keys(*definition.keys, keys, &encoded));
  return encoded;
}

}  // namespace

Result<ViewAnswer> read_windows(OnlineStore& store, const ViewDefinition& definition,
                                const std::vector<std::string>& features, const arrow::RecordBatch& keys,
                                std::shared_ptr<arrow::RecordBatch> requests, TimeUs t) {
  std::vector<size_t> asked;
  for (const std::string& name : features) asked.push_back(static_cast<size_t>(definition.features->GetFieldIndex(name)));
  GN_ASSIGN(EntityKeys encoded, encoded_keys(definition, keys));
  Answers answers(definition, std::move(asked));
  GN_TRY(answers.read(store, definition, encoded, std::move(requests), t));
  return answers.finish();
}

Result<WindowExplanation> explain_feature(OnlineStore& store, const ViewDefinition& definition, const std::string& feature,
                                          const arrow::RecordBatch& key, TimeUs t) {
  GN_ASSIGN(ServedState state,
            served_state(store, definition, {static_cast<size_t>(definition.features->GetFieldIndex(feature))}));
  const WindowPlan& plan = *state.plan;
  if (plan.features().empty()) {
    return Status(Code::kFailedPrecondition, "GN407",
                  fmt::format("{}:{} is not materialized yet", definition.view.name(), feature),
                  "Run `gnomon materialize-incremental`");
  }
  GN_ASSIGN(EntityKeys encoded, encoded_keys(definition, key));
  WindowReader* reader = encoded.has_null[0] ? nullptr : state.reader.get();
  GN_ASSIGN(WindowExplanation explanation,
            explain_window(plan.layout(), plan.features()[0], t, scan_of(reader, encoded.bytes[0])));
  if (plan.covers(explanation.span)) return explanation;
  return Status(Code::kFailedPrecondition, "GN407",
                fmt::format("the state of {} does not reach back to {}", definition.view.name(), feature),
                "Materialize an earlier range");
}

}  // namespace gnomon

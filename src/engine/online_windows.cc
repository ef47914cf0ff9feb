#include "engine/online_windows.h"

#include <algorithm>

#include <arrow/api.h>
#include <fmt/format.h>

#include "data/arrow_status.h"
#include "engine/own_requests.h"
#include "engine/window_state.h"
#include "features/tiles/window_read.h"
#include "stores/entity_key.h"

namespace gnomon {
namespace {

// A state as it is in the store, and which of the asked features it can answer.
struct ServedState {
  std::optional<WindowMark> mark;
  std::unique_ptr<WindowReader> reader;  // of the mark's generation; null where there is no mark
  StateLayout layout;                    // of the state, with the base aggregates of `features`
  std::vector<WindowFeature> features;   // that it can answer
  std::vector<int> feature_of;           // by asked feature: index into `features`, or -1
};

// A view that has nothing but pushes has all of its events in the state, also when there are none yet.
bool needs_no_materialization(const ViewDefinition& definition) {
  const v1::Source& source = *definition.sources.front();
  return !has_transform(definition.view) && source.has_push() && source.push().batch_source().empty();
}

int place_of_name(const std::vector<std::string>& names, const std::string& name) {
  auto found = std::find(names.begin(), names.end(), name);
  return found == names.end() ? -1 : static_cast<int>(found - names.begin());
}

// The asked features that a state of another layout can answer: those whose column, filter and base aggregate it has.
class OlderLayout {
 public:
  OlderLayout(const WindowMark& mark, ServedState* state) : mark_(mark), state_(*state) {
    for (const auto& [name, kind] : mark.columns) {
      state_.layout.add_column(name, static_cast<ValueKind>(kind));
      column_names_.push_back(name);
    }
    for (const std::string& filter : mark.filters) state_.layout.add_filter(filter);
  }

  void add(const AggregatedView& view, const WindowFeature& feature) {
    state_.feature_of.push_back(-1);
    WindowFeature read = feature;
    if (feature.column != kNone) {
      const StateColumn& column = view.state.columns()[static_cast<size_t>(feature.column)];
      read.column = place_of_name(column_names_, column.name);
      if (read.column < 0 || state_.layout.columns()[static_cast<size_t>(read.column)].kind != column.kind) return;
    }
    if (feature.filter != kNone) {
      read.filter = place_of_name(mark_.filters, view.state.filters()[static_cast<size_t>(feature.filter)]);
      if (read.filter < 0) return;
    }
    if (feature.base != kNone) {
      if (place_of_name(mark_.bases, view.state.bases()[static_cast<size_t>(feature.base)].id) < 0) return;
      read.base = state_.layout.add_base(*feature.kernel, read.column, read.filter);
    }
    state_.feature_of.back() = static_cast<int>(state_.features.size());
    state_.features.push_back(read);
  }

 private:
  const WindowMark& mark_;
  ServedState& state_;
  std::vector<std::string> column_names_;
};

// A materialization may switch to another generation, and drop this one, between the look at the mark and the opening of a reader. Where the
// mark is still the same afterwards, the reader saw the generation whole.
Status open_generation(OnlineStore& store, const ViewDefinition& definition, ServedState* state) {
  while (true) {
    GN_ASSIGN(state->mark, read_window_mark(store, definition));
    if (!state->mark.has_value() || store.windows() == nullptr) return Status();
    GN_ASSIGN(state->reader, store.windows()->reader(state->mark->name_space(definition)));
    GN_ASSIGN(std::optional<WindowMark> now, read_window_mark(store, definition));
    if (now.has_value() && now->generation == state->mark->generation) return Status();
  }
}

Result<ServedState> served_state(OnlineStore& store, const ViewDefinition& definition, const std::vector<size_t>& asked) {
  const AggregatedView& view = *definition.aggregated;
  ServedState state;
  GN_TRY(open_generation(store, definition, &state));
  bool current = state.mark.has_value() ? state.mark->serves(definition) : needs_no_materialization(definition);
  if (current) {
    state.layout = view.state;
    for (size_t index : asked) {
      state.feature_of.push_back(static_cast<int>(state.features.size()));
      state.features.push_back(view.state_features[index]);
    }
    return state;
  }
  if (!state.mark.has_value() || state.mark->rows != definition.rows_meaning) {
    state.feature_of.assign(asked.size(), -1);
    return state;
  }
  OlderLayout older(*state.mark, &state);
  for (size_t index : asked) older.add(view, view.state_features[index]);
  return state;
}

// Whether the state has every event that the window could hold.
bool is_covered(const ServedState& state, const WindowSpan& span) {
  return !state.mark.has_value() || span.begin >= state.mark->from;
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
    for (const WindowFeature& feature : state.features) results_.emplace_back(feature.kernel->result_type());
    feature_of_ = state.feature_of;
    rows_ = keys.bytes.size();
    newest_.assign(state.features.size(), std::vector<TimeUs>(rows_, kNoEvent));
    WindowRead windows(state.layout, state.features);
    GN_TRY(windows.set_time(t));
    for (size_t index = 0; index < asked_.size(); ++index) {
      int at = feature_of_[index];
      covered_.push_back(at >= 0 && is_covered(state, windows.spans()[static_cast<size_t>(at)]));
    }
    OwnStateEvents own;
    const bool includes_own = requests != nullptr;
    if (includes_own) {
      GN_ASSIGN(own, OwnStateEvents::read(view_, state.layout, std::move(requests), t));
    }
    std::vector<TimeUs> newest(state.features.size());
    for (size_t row = 0; row < rows_; ++row) {
      const bool is_nobody = keys.has_null[row];
      GN_TRY(windows.read(scan_of(is_nobody ? nullptr : state.reader.get(), keys.bytes[row]), results_, newest,
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
    OnlineColumn column{feature.name};
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
    OnlineColumn column{feature.name};
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
  if (state.features.empty()) {
    return Status(Code::kFailedPrecondition, "GN407",
                  fmt::format("{}:{} is not materialized yet", definition.view.name(), feature),
                  "Run `gnomon materialize-incremental`");
  }
  GN_ASSIGN(EntityKeys encoded, encoded_keys(definition, key));
  WindowReader* reader = encoded.has_null[0] ? nullptr : state.reader.get();
  GN_ASSIGN(WindowExplanation explanation,
            explain_window(state.layout, state.features[0], t, scan_of(reader, encoded.bytes[0])));
  if (is_covered(state, explanation.span)) return explanation;
  return Status(Code::kFailedPrecondition, "GN407",
                fmt::format("the state of {} does not reach back to {}", definition.view.name(), feature),
                "Materialize an earlier range");
}

}  // namespace gnomon

#include "engine/online_windows.h"

#include <algorithm>
#include <mutex>
#include <optional>
#include <span>

#include <arrow/api.h>
#include <fmt/format.h>

#include "data/arrow_status.h"
#include "engine/own_requests.h"
#include "engine/window_plan.h"
#include "stores/entity_key.h"

namespace gnomon {
namespace {

Result<std::shared_ptr<const WindowPlan>> served_plan(OnlineStore& store, const ViewDefinition& definition,
                                                      const std::vector<size_t>& asked) {
  GN_ASSIGN(std::string mark, read_window_mark_text(store, definition));
  return definition.aggregated->plans->get(definition, mark, asked);
}

// Reads by `read(plan)` what is served now. A materialization may switch to another generation, and drop this one, while it is being
// read: where the same one is served afterwards, it was read whole.
template <class Read>
Result<std::shared_ptr<const WindowPlan>> read_served(OnlineStore& store, const ViewDefinition& definition,
                                                      const std::vector<size_t>& asked, const Read& read) {
  GN_ASSIGN(auto plan, served_plan(store, definition, asked));
  while (true) {
    GN_TRY(read(plan));
    GN_ASSIGN(auto now, served_plan(store, definition, asked));
    if (now->name_space() == plan->name_space()) return plan;
    plan = std::move(now);
  }
}

// The records of a state as they were when the first was asked for. What is kept in memory may make it unnecessary to ask at all.
class LazyReader {
 public:
  LazyReader(OnlineStore& store, const WindowPlan& plan) : store_(store), plan_(plan) {}

  // Of the entity, which must outlive the scan. No records where nothing was ever written.
  RecordScan scan_of(std::string_view entity) {
    return [this, entity](uint8_t level, TimeUs from, TimeUs to, bool descending, const WindowRecordFn& fn) -> Status {
      if (!plan_.mark().has_value() || store_.windows() == nullptr) return Status();
      if (reader_ == nullptr) {
        GN_ASSIGN(reader_, store_.windows()->reader(plan_.name_space()));
      }
      return reader_->scan(entity, level, from, to, descending, fn);
    };
  }
  static RecordScan scan_of_nobody() {
    return [](uint8_t, TimeUs, TimeUs, bool, const WindowRecordFn&) { return Status(); };
  }

 private:
  OnlineStore& store_;
  const WindowPlan& plan_;
  std::unique_ptr<WindowReader> reader_;
};

// The answers of one view, row by row.
class Answers {
 public:
  Answers(const ViewDefinition& definition, std::vector<size_t> asked)
      : view_(*definition.aggregated), name_(definition.view.name()), asked_(std::move(asked)) {}

  Status read(OnlineStore& store, const ViewDefinition& definition, const EntityKeys& keys,
              std::shared_ptr<arrow::RecordBatch> requests, TimeUs t) {
    rows_ = keys.bytes.size();
    GN_ASSIGN(plan_, read_served(store, definition, asked_, [&](const std::shared_ptr<const WindowPlan>& plan) {
                return read_plan(store, plan, keys, requests, t);
              }));
    return Status();
  }

  Result<ViewAnswer> finish() {
    std::vector<std::vector<int64_t>> invalid;
    GN_ASSIGN(arrow::ArrayVector values, reading_->results.finish(&invalid));
    ViewAnswer answer;
    answer.columns.reserve(asked_.size());
    for (size_t index = 0; index < asked_.size(); ++index) {
      const WindowedFeature& feature = view_.features[asked_[index]];
      if (!covered_[index]) {
        GN_TRY(add_uncovered(feature, &answer));
        continue;
      }
      size_t at = static_cast<size_t>(plan_->feature_of()[index]);
      GN_TRY(add_column(feature, at, values[at], invalid[at], &answer));
    }
    return answer;
  }

 private:
  Status read_plan(OnlineStore& store, const std::shared_ptr<const WindowPlan>& plan, const EntityKeys& keys,
                   const std::shared_ptr<arrow::RecordBatch>& requests, TimeUs t) {
    reading_.reset();  // before the plan that it goes back to
    plan_ = plan;
    reading_ = plan->lend();
    WindowRead& windows = reading_->windows;
    GN_TRY(windows.set_time(t));
    covered_.clear();
    for (size_t index = 0; index < asked_.size(); ++index) {
      const int at = plan->feature_of()[index];
      covered_.push_back(at >= 0 && plan->covers(windows.spans()[static_cast<size_t>(at)]));
    }
    OwnStateEvents own;
    if (requests != nullptr) {
      GN_ASSIGN(own, OwnStateEvents::read(view_, plan->layout(), requests, t));
    }
    const OwnStateEvents* own_events = requests == nullptr ? nullptr : &own;
    GN_ASSIGN(bool is_whole, read_kept(store, keys, own_events));
    return is_whole ? Status() : read_rows(store, keys, own_events);
  }

  void start_results() {
    results_ = reading_->results.start(rows_);
    newest_.assign(results_.size() * rows_, kNoEvent);
  }

  std::span<TimeUs> newest_of_row(size_t row) { return std::span(newest_).subspan(row * results_.size(), results_.size()); }

  // With what is remembered of entities. False where one was written meanwhile: then nothing of this counts.
  Result<bool> read_kept(OnlineStore& store, const EntityKeys& keys, const OwnStateEvents* own) {
    if (store.windows() == nullptr) return false;
    // All are asked for before the reader is made, which then sees what they stand for.
    std::vector<std::optional<uint64_t>> versions(rows_);
    for (size_t row = 0; row < rows_; ++row) {
      versions[row] = store.windows()->version(keys.bytes[row]);
      if (!versions[row].has_value()) return false;
    }
    start_results();
    WindowRead& windows = reading_->windows;
    LazyReader reader(store, *plan_);
    for (size_t row = 0; row < rows_; ++row) {
      if (keys.has_null[row]) {
        GN_TRY(windows.read(LazyReader::scan_of_nobody(), results_, newest_of_row(row)));
        continue;
      }
      const std::string_view key = keys.bytes[row];
      const std::shared_ptr<KeptEntity> kept = plan_->kept().entity(key);
      size_t size_bytes = 0;
      {
        std::lock_guard lock(kept->mutex);
        kept->start(*versions[row]);
        const Status status = windows.read(reader.scan_of(key), results_, newest_of_row(row),
                                           own == nullptr ? OwnEvent() : own->at(row), kept.get());
        if (store.windows()->version(key) != versions[row]) {
          kept->clear();
          return false;
        }
        GN_TRY(status);
        size_bytes = kept->size_bytes();
      }
      plan_->kept().settle(key, size_bytes);
    }
    return true;
  }

  Status read_rows(OnlineStore& store, const EntityKeys& keys, const OwnStateEvents* own) {
    start_results();
    WindowRead& windows = reading_->windows;
    LazyReader reader(store, *plan_);
    for (size_t row = 0; row < rows_; ++row) {
      const bool is_nobody = keys.has_null[row];
      GN_TRY(windows.read(is_nobody ? LazyReader::scan_of_nobody() : reader.scan_of(keys.bytes[row]), results_,
                          newest_of_row(row), is_nobody || own == nullptr ? OwnEvent() : own->at(row)));
    }
    return Status();
  }

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

  Status add_column(const WindowedFeature& feature, size_t at, const std::shared_ptr<arrow::Array>& values,
                    const std::vector<int64_t>& invalid, ViewAnswer* answer) const {
    OnlineColumn column{.name = feature.name, .zero_is_no_time = true};
    GN_ASSIGN(column.values, with_default(values, feature.default_value, invalid));
    column.status.assign(rows_, OnlineStatus::kPresent);
    column.event_time.assign(rows_, 0);
    for (size_t row = 0; row < rows_; ++row) {
      if (column.values->IsNull(static_cast<int64_t>(row))) column.status[row] = OnlineStatus::kNullValue;
      const TimeUs newest = newest_[row * results_.size() + at];
      if (newest != kNoEvent) column.event_time[row] = newest;
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
  std::shared_ptr<const WindowPlan> plan_;
  WindowPlan::Lent reading_{nullptr, {nullptr}};
  std::vector<bool> covered_;
  std::span<ResultColumn> results_;
  std::vector<TimeUs> newest_;  // of each row, by result
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
  GN_ASSIGN(EntityKeys encoded, encoded_keys(definition, key));
  WindowExplanation explanation;
  GN_ASSIGN(auto plan, read_served(store, definition, {static_cast<size_t>(definition.features->GetFieldIndex(feature))},
                                   [&](const std::shared_ptr<const WindowPlan>& served) -> Status {
                                     if (served->features().empty()) return Status();
                                     LazyReader reader(store, *served);
                                     GN_ASSIGN(explanation,
                                               explain_window(served->layout(), served->features()[0], t,
                                                              encoded.has_null[0] ? LazyReader::scan_of_nobody()
                                                                                  : reader.scan_of(encoded.bytes[0])));
                                     return Status();
                                   }));
  if (plan->features().empty()) {
    return Status(Code::kFailedPrecondition, "GN407",
                  fmt::format("{}:{} is not materialized yet", definition.view.name(), feature),
                  "Run `gnomon materialize-incremental`");
  }
  if (plan->covers(explanation.span)) return explanation;
  return Status(Code::kFailedPrecondition, "GN407",
                fmt::format("the state of {} does not reach back to {}", definition.view.name(), feature),
                "Materialize an earlier range");
}

}  // namespace gnomon

#include "engine/online_windows.h"

#include <algorithm>
#include <mutex>
#include <optional>
#include <span>

#include <arrow/api.h>
#include <arrow/compute/api.h>
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

// The plan for the state that is served now, and a reader of its records; no reader where nothing was ever written.
struct ServedState {
  std::shared_ptr<const WindowPlan> plan;
  std::unique_ptr<WindowReader> reader;
};

// A materialization may switch to another generation, and drop this one, between the look at the mark and the opening of a reader. Where the
// same one is served afterwards, the reader saw it whole.
Result<ServedState> served_state(OnlineStore& store, const ViewDefinition& definition, const std::vector<size_t>& asked) {
  ServedState state;
  GN_ASSIGN(state.plan, served_plan(store, definition, asked));
  while (state.plan->mark().has_value() && store.windows() != nullptr) {
    GN_ASSIGN(state.reader, store.windows()->reader(state.plan->name_space()));
    GN_ASSIGN(std::shared_ptr<const WindowPlan> now, served_plan(store, definition, asked));
    if (now->has_what(*state.plan)) break;
    state = {std::move(now), nullptr};
  }
  return state;
}

RecordScan scan_of(WindowReader* reader, std::string_view entity) {
  return [reader, entity](uint8_t level, TimeUs from, TimeUs to, bool descending, const WindowRecordFn& fn) -> Status {
    return reader == nullptr ? Status() : reader->scan(entity, level, from, to, descending, fn);
  };
}

// The answers of one view, row by row. Where the store tells versions, records are kept in memory between reads and the store is
// asked for those that are not; else a reader is opened at once, so that what it will be asked for can be fetched with what others need.
class Answers : public OnlineWindows {
 public:
  Answers(OnlineStore& store, const ViewDefinition& definition, const std::vector<size_t>& asked, EntityKeys keys)
      : store_(store),
        definition_(definition),
        view_(*definition.aggregated),
        name_(definition.view.name()),
        asked_(asked),
        keys_(std::move(keys)),
        rows_(keys_.bytes.size()) {}

  Status prepare(std::shared_ptr<arrow::RecordBatch> requests, TimeUs t) {
    tells_versions_ = note_versions();
    if (tells_versions_) {
      GN_ASSIGN(plan_, served_plan(store_, definition_, asked_));
    } else {
      GN_ASSIGN(ServedState state, served_state(store_, definition_, asked_));
      plan_ = std::move(state.plan);
      reader_ = std::move(state.reader);
    }
    reading_ = plan_->lend();
    WindowRead& windows = reading_->windows;
    GN_TRY(windows.set_time(t));
    for (size_t index = 0; index < asked_.size(); ++index) {
      const int at = plan_->feature_of()[index];
      covered_.push_back(at >= 0 && plan_->covers(windows.spans()[static_cast<size_t>(at)]));
    }
    includes_own_ = requests != nullptr;
    if (includes_own_) {
      GN_ASSIGN(own_, OwnStateEvents::read(view_, plan_->layout(), std::move(requests), t));
    }
    if (reader_ == nullptr) return Status();
    ranges_ = windows.reach();
    for (size_t row = 0; row < rows_; ++row) {
      if (!keys_.has_null[row]) fetches_.push_back({keys_.bytes[row], ranges_});
    }
    return Status();
  }

  std::optional<WindowQuery> query() const override {
    if (fetches_.empty()) return std::nullopt;
    return WindowQuery{reader_.get(), fetches_};
  }

  Result<ViewAnswer> finish() override {
    if (!tells_versions_) {
      GN_TRY(read_rows());
    } else {
      GN_ASSIGN(bool is_whole, read_kept());
      if (!is_whole) {
        GN_ASSIGN(reader_, open_reader());
        GN_TRY(read_rows());
      }
    }
    GN_ASSIGN(std::shared_ptr<const WindowPlan> now, served_plan(store_, definition_, asked_));
    if (now->has_what(*plan_)) return answer();
    return Status(Code::kAborted, "GN533",
                  fmt::format("the windows of {} were built anew or compacted during the read", name_), "Read again");
  }

 private:
  bool note_versions() {
    if (store_.windows() == nullptr) return false;
    for (size_t row = 0; row < rows_; ++row) {
      const std::optional<uint64_t> version = store_.windows()->version(keys_.bytes[row]);
      if (!version.has_value()) return false;
      versions_.push_back(*version);
    }
    return true;
  }

  Result<std::unique_ptr<WindowReader>> open_reader() const {
    if (!plan_->mark().has_value()) return std::unique_ptr<WindowReader>();
    return store_.windows()->reader(plan_->name_space());
  }

  void start_results() {
    results_ = reading_->results.start(rows_);
    newest_.assign(results_.size() * rows_, kNoEvent);
  }

  Status read_row(size_t row, const RecordScan& scan, KeptEntity* kept) {
    const std::span<TimeUs> newest = std::span(newest_).subspan(row * results_.size(), results_.size());
    const bool has_own = includes_own_ && !keys_.has_null[row];
    return reading_->windows.read(scan, results_, newest, has_own ? own_.at(row) : OwnEvent(), kept);
  }

  // With what is remembered of entities. False where one was written meanwhile: then nothing of this counts. The versions were looked at
  // before the reader is made, which then sees what they stand for.
  Result<bool> read_kept() {
    start_results();
    for (size_t row = 0; row < rows_; ++row) {
      if (keys_.has_null[row]) {
        GN_TRY(read_row(row, scan_of(nullptr, {}), nullptr));
        continue;
      }
      const std::string_view key = keys_.bytes[row];
      const std::shared_ptr<KeptEntity> kept = plan_->kept().entity(key);
      size_t size_bytes = 0;
      {
        std::lock_guard lock(kept->mutex);
        kept->start(versions_[row]);
        const Status status = read_row(row, lazy_scan_of(key), kept.get());
        if (store_.windows()->version(key) != versions_[row]) {
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

  // Opens the reader when something has to be read.
  RecordScan lazy_scan_of(std::string_view entity) {
    return [this, entity](uint8_t level, TimeUs from, TimeUs to, bool descending, const WindowRecordFn& fn) -> Status {
      if (reader_ == nullptr) {
        GN_ASSIGN(reader_, open_reader());
      }
      return reader_ == nullptr ? Status() : reader_->scan(entity, level, from, to, descending, fn);
    };
  }

  Status read_rows() {
    start_results();
    for (size_t row = 0; row < rows_; ++row) {
      Status found = read_row(row, scan_of(keys_.has_null[row] ? nullptr : reader_.get(), keys_.bytes[row]), nullptr);
      if (!found.ok() && found.code() != Code::kUnavailable) return found;
      if (!found.ok()) failures_.push_back({row, std::move(found)});  // one bad key never fails a batch
    }
    return Status();
  }

  Result<ViewAnswer> answer() {
    std::vector<std::vector<int64_t>> invalid;
    GN_ASSIGN(arrow::ArrayVector values, reading_->results.finish(&invalid));
    for (size_t at = 0; at < values.size(); ++at) GN_TRY(set_failed_null(&values[at], &invalid[at]));
    ViewAnswer answer;
    answer.columns.reserve(asked_.size());
    for (const OnlineRows::Failure& failure : failures_) answer.errors.push_back(unavailable_error(name_, failure));
    for (size_t index = 0; index < asked_.size(); ++index) {
      const WindowedFeature& feature = view_.features[asked_[index]];
      if (!covered_[index]) {
        GN_TRY(add_uncovered(feature, &answer));
        continue;
      }
      const auto at = static_cast<size_t>(plan_->feature_of()[index]);
      GN_TRY(add_column(feature, at, values[at], invalid[at], &answer));
    }
    return answer;
  }

  // Rows that could not be read are invalid, and what was made of them so far is nothing.
  Status set_failed_null(std::shared_ptr<arrow::Array>* values, std::vector<int64_t>* invalid) const {
    if (failures_.empty()) return Status();
    std::vector<bool> is_failed(rows_, false);
    for (const OnlineRows::Failure& failure : failures_) {
      is_failed[failure.row] = true;
      invalid->push_back(static_cast<int64_t>(failure.row));
    }
    std::sort(invalid->begin(), invalid->end());
    invalid->erase(std::unique(invalid->begin(), invalid->end()), invalid->end());
    arrow::BooleanBuilder failed;
    GN_ARROW_TRY("answering", failed.AppendValues(is_failed));
    GN_ARROW_ASSIGN(auto mask, "answering", failed.Finish());
    GN_ARROW_ASSIGN(arrow::Datum chosen, "answering",
                    arrow::compute::IfElse(mask, arrow::MakeNullScalar((*values)->type()), *values));
    *values = chosen.make_array();
    return Status();
  }

  Status add_uncovered(const WindowedFeature& feature, ViewAnswer* answer) const {
    OnlineColumn column{.zero_is_no_time = true};
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
    OnlineColumn column{.zero_is_no_time = true};
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
      const bool is_told = std::any_of(failures_.begin(), failures_.end(), [row](const OnlineRows::Failure& failure) {
        return static_cast<int64_t>(failure.row) == row;
      });
      if (is_told) continue;
      answer->errors.push_back(fmt::format("INVALID {}:{} row {}", name_, feature.name, row));
    }
    answer->columns.push_back(std::move(column));
    return Status();
  }

  OnlineStore& store_;
  const ViewDefinition& definition_;
  const AggregatedView& view_;
  std::string name_;
  const std::vector<size_t>& asked_;  // indices into view_.features
  EntityKeys keys_;
  size_t rows_;
  bool tells_versions_ = false;
  std::vector<uint64_t> versions_;  // of the keys
  std::shared_ptr<const WindowPlan> plan_;
  std::unique_ptr<WindowReader> reader_;
  WindowPlan::Lent reading_{nullptr, {nullptr}};  // goes back to plan_
  std::vector<RecordRange> ranges_;
  std::vector<WindowFetch> fetches_;
  bool includes_own_ = false;
  OwnStateEvents own_;
  std::vector<OnlineRows::Failure> failures_;
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

std::string unavailable_error(const std::string& view, const OnlineRows::Failure& failure) {
  return fmt::format("UNAVAILABLE {} row {}: {} {}", view, failure.row, failure.why.info().id, failure.why.info().message);
}

Result<std::unique_ptr<OnlineWindows>> OnlineWindows::begin(OnlineStore& store, const ViewDefinition& definition,
                                                            const std::vector<size_t>& features,
                                                            const arrow::RecordBatch& keys,
                                                            std::shared_ptr<arrow::RecordBatch> requests, TimeUs t) {
  GN_ASSIGN(EntityKeys encoded, encoded_keys(definition, keys));
  auto answers = std::make_unique<Answers>(store, definition, features, std::move(encoded));
  GN_TRY(answers->prepare(std::move(requests), t));
  return std::unique_ptr<OnlineWindows>(std::move(answers));
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

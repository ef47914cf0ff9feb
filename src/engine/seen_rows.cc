#include "engine/seen_rows.h"

#include <algorithm>

#include <arrow/api.h>
#include <arrow/compute/api.h>

#include "data/arrow_status.h"
#include "gnomon/online_store.h"

namespace gnomon {
namespace {

constexpr const char* kReading = "reading what was seen";
constexpr int64_t kScanBatchRows = 1 << 16;

bool is_logged(const std::string& id) {
  return id.starts_with("pushed ") || id.starts_with("online_only ") || id.starts_with("snapshot ");
}

std::vector<std::string> columns_of(const ViewDefinition& definition) {
  std::vector<std::string> columns = definition.keys->field_names();
  for (const std::string& name : definition.row_columns->field_names()) columns.push_back(name);
  columns.push_back(kEventTime);
  if (!definition.times.created_time.empty()) columns.push_back(kCreatedTime);
  if (!definition.times.known_at.empty()) columns.push_back(kKnownAt);
  return columns;
}

// As tables keep rows: keys plain, times as timestamps.
Result<std::shared_ptr<arrow::Array>> stored_column(const std::string& name, const std::shared_ptr<arrow::Array>& column) {
  if (name.starts_with("__")) {
    GN_ARROW_ASSIGN(auto times, kReading, column->View(arrow::timestamp(arrow::TimeUnit::MICRO, "UTC")));
    return times;
  }
  if (column->type_id() != arrow::Type::DICTIONARY) return column;
  const auto type = static_cast<const arrow::DictionaryType&>(*column->type()).value_type();
  GN_ARROW_ASSIGN(arrow::Datum plain, kReading, arrow::compute::Cast(column, type));
  return plain.make_array();
}

}  // namespace

Result<std::unique_ptr<SeenRows>> SeenRows::read(Engine::Impl& project, const ViewDefinition& definition, LoadLog log,
                                                 const arrow::ArrayVector& asked) {
  std::unique_ptr<SeenRows> seen(new SeenRows(definition, std::move(log)));
  GN_TRY(seen->find_parts(project));
  GN_TRY(seen->read_rows(asked));
  return seen;
}

RowsState SeenRows::at(uint64_t sequence) const {
  RowsState state;
  while (state.entry + 1 < static_cast<int>(log_.entries.size()) &&
         log_.entries[static_cast<size_t>(state.entry + 1)].after < sequence)
    ++state.entry;
  return state;
}

void SeenRows::add_part(HistoryPart part) {
  place_of_[part.id] = static_cast<int>(parts_.size());
  parts_.push_back(std::move(part));
}

Status SeenRows::find_parts(Engine::Impl& project) {
  Result<ViewHistory> now = view_history(project, definition_, PushedRows::kOfflineAndOnlineOnly);
  // A source that is gone, or that its gate stops: what was loaded from it is then told as changed.
  if (now.ok()) {
    for (HistoryPart& part : now->parts) {
      const int place = static_cast<int>(parts_.size());
      const bool is_online_only = part.id.starts_with("online_only ");
      servable_.insert(place);
      if (!is_online_only) training_.insert(place);
      if (!is_online_only && !part.id.starts_with("pushed ")) sources_.insert(place);
      add_part(std::move(part));
    }
  }
  std::set<std::string> missing;
  for (const LoadEntry& entry : log_.entries) {
    for (const LoadedRange& range : entry.ranges) {
      if (!place_of_.contains(range.part)) missing.insert(range.part);
    }
  }
  return find_missing(project, missing);
}

// Parts that are no longer what the view's history is made of, but can still be read.
Status SeenRows::find_missing(Engine::Impl& project, const std::set<std::string>& missing) {
  bool looks_at_sources = false;
  for (const std::string& id : missing) {
    if (!is_logged(id)) {
      looks_at_sources = true;
      continue;
    }
    GN_ASSIGN(std::optional<HistoryPart> part, logged_part(project, definition_, id));
    if (part.has_value()) add_part(std::move(*part));
  }
  if (!looks_at_sources) return Status();
  Result<ViewHistory> sources = source_history(project, definition_);
  if (!sources.ok()) return Status();
  for (HistoryPart& part : sources->parts) {
    if (missing.contains(part.id)) add_part(std::move(part));
  }
  return Status();
}

Status SeenRows::read_part(int part, const KeyGroups& groups, arrow::RecordBatchVector* batches) {
  const RowHistory& history = *parts_[static_cast<size_t>(part)].rows;
  const std::vector<std::string> names = columns_of(definition_);
  KeyGroups::Scratch scratch;
  std::vector<int32_t> group_of_row;
  const auto take_asked = [&](int64_t, const arrow::RecordBatch& batch) -> Status {
    const arrow::ArrayVector all = batch.columns();
    const auto key_count = definition_.keys->num_fields();
    groups.find(arrow::ArrayVector(all.begin(), all.begin() + key_count), &scratch, &group_of_row);
    const auto& times = static_cast<const arrow::Int64Array&>(*batch.GetColumnByName(kEventTime));
    arrow::Int64Builder wanted;
    for (int64_t row = 0; row < batch.num_rows(); ++row) {
      if (group_of_row[static_cast<size_t>(row)] == kNoGroup || times.IsNull(row)) continue;
      GN_ARROW_TRY(kReading, wanted.Append(row));
      part_of_.push_back(part);
      event_time_.push_back(times.Value(row));
    }
    if (wanted.length() == 0) return Status();
    GN_ARROW_ASSIGN(std::shared_ptr<arrow::Array> indices, kReading, wanted.Finish());
    arrow::FieldVector fields;
    arrow::ArrayVector columns;
    for (int i = 0; i < batch.num_columns(); ++i) {
      GN_ARROW_ASSIGN(arrow::Datum taken, kReading, arrow::compute::Take(batch.column(i), indices));
      GN_ASSIGN(columns.emplace_back(), stored_column(names[static_cast<size_t>(i)], taken.make_array()));
      fields.push_back(arrow::field(names[static_cast<size_t>(i)], columns.back()->type()));
    }
    batches->push_back(arrow::RecordBatch::Make(arrow::schema(fields), indices->length(), columns));
    return Status();
  };
  for (int64_t unit = 0; unit < history.unit_count(); ++unit) GN_TRY(history.scan(unit, names, kScanBatchRows, take_asked));
  return Status();
}

Status SeenRows::read_rows(const arrow::ArrayVector& asked) {
  std::vector<int32_t> unused;
  GN_ASSIGN(KeyGroups groups, KeyGroups::build(asked, &unused));
  arrow::RecordBatchVector batches;
  for (size_t part = 0; part < parts_.size(); ++part) GN_TRY(read_part(static_cast<int>(part), groups, &batches));
  if (batches.empty()) return Status();
  GN_ARROW_ASSIGN(auto table, kReading, arrow::Table::FromRecordBatches(batches));
  GN_ARROW_ASSIGN(rows_, kReading, table->CombineChunks());
  return Status();
}

int SeenRows::first_entry_of(int entry) const {
  while (entry > 0 && !log_.entries[static_cast<size_t>(entry)].starts_anew) --entry;
  return entry;
}

// Where a part of an entry cannot be read as it was: the sources' parts that no entry up to there knows. A rewritten file is one.
std::vector<int> SeenRows::stand_ins(int first, int entry) const {
  std::set<int> others = sources_;
  for (int number = first; number <= entry; ++number) {
    for (const LoadedRange& range : log_.entries[static_cast<size_t>(number)].ranges) {
      const auto place = place_of_.find(range.part);
      if (place != place_of_.end()) others.erase(place->second);
    }
  }
  return {others.begin(), others.end()};
}

const SeenRows::Loads& SeenRows::loads_from(int first) {
  const auto known = loads_.find(first);
  if (known != loads_.end()) return known->second;
  Loads loads(parts_.size());
  for (int number = first; number < static_cast<int>(log_.entries.size()); ++number) {
    const LoadEntry& entry = log_.entries[static_cast<size_t>(number)];
    if (number > first && entry.starts_anew) break;
    for (const LoadedRange& range : entry.ranges) {
      const auto place = place_of_.find(range.part);
      if (place != place_of_.end()) {
        loads[static_cast<size_t>(place->second)].push_back({range.from, range.to, number});
        continue;
      }
      for (int part : stand_ins(first, number)) loads[static_cast<size_t>(part)].push_back({range.from, range.to, number});
    }
  }
  return loads_.emplace(first, std::move(loads)).first->second;
}

bool SeenRows::is_changed(const RowsState& state) const { return !changed_part(state).empty(); }

std::string SeenRows::changed_part(const RowsState& state) const {
  if (state.kind != RowsState::Kind::kLoaded || state.entry < 0) return "";
  for (int number = first_entry_of(state.entry); number <= state.entry; ++number) {
    for (const LoadedRange& range : log_.entries[static_cast<size_t>(number)].ranges) {
      if (!place_of_.contains(range.part)) return range.part;
    }
  }
  return "";
}

std::vector<bool> SeenRows::chosen(const RowsState& state) {
  using Kind = RowsState::Kind;
  std::vector<bool> result(part_of_.size(), false);
  if (state.kind == Kind::kServable || state.kind == Kind::kTraining) {
    const std::set<int>& parts = state.kind == Kind::kServable ? servable_ : training_;
    for (size_t row = 0; row < result.size(); ++row) result[row] = parts.contains(part_of_[row]);
    return result;
  }
  if (state.entry < 0) return result;
  const Loads& loads = loads_from(first_entry_of(state.entry));
  for (size_t row = 0; row < result.size(); ++row) {
    const std::vector<Interval>& intervals = loads[static_cast<size_t>(part_of_[row])];
    const TimeUs time = event_time_[row];
    result[row] = std::any_of(intervals.begin(), intervals.end(), [&](const Interval& interval) {
      if (interval.entry > state.entry) return false;
      return state.kind == Kind::kReadable || (time >= interval.from && time < interval.to);
    });
  }
  return result;
}

Result<std::shared_ptr<RowHistory>> SeenRows::rows(const RowsState& state) {
  if (rows_ == nullptr) return std::shared_ptr<RowHistory>();
  const std::vector<bool> rows_chosen = chosen(state);
  arrow::BooleanBuilder builder;
  for (const bool is_chosen : rows_chosen) GN_ARROW_TRY(kReading, builder.Append(is_chosen));
  GN_ARROW_ASSIGN(std::shared_ptr<arrow::Array> mask, kReading, builder.Finish());
  GN_ARROW_ASSIGN(arrow::Datum kept, kReading, arrow::compute::Filter(rows_, mask));
  GN_ASSIGN(auto history, open_table_history(kept.table(), definition_.stored_layout(), nullptr));
  return std::shared_ptr<RowHistory>(std::move(history));
}

}  // namespace gnomon

#include "engine/window_events.h"

#include <algorithm>
#include <set>

#include <arrow/api.h>
#include <arrow/compute/api.h>

#include "base/parallel.h"
#include "data/arrow_status.h"
#include "features/aggregations/algebra.h"
#include "features/key_groups.h"
#include "gnomon/online_store.h"
#include "stores/entity_key.h"

namespace gnomon {
namespace {

constexpr int64_t kScanBatchRows = 1 << 16;
constexpr int64_t kEventsPerCall = 1 << 15;  // of whole entities, at least

// The distinct keys of the wanted events.
class DistinctKeys {
 public:
  explicit DistinctKeys(const ViewDefinition& definition) : definition_(definition) {}

  Status add(const EventPart& part) {
    std::vector<std::string> columns = definition_.keys->field_names();
    columns.push_back(kEventTime);
    for (int64_t unit = 0; unit < part.history->unit_count(); ++unit) {
      if (part.from >= part.to || !part.history->unit_may_hold(unit, part.from, part.to - 1)) continue;
      GN_TRY(part.history->scan(unit, columns, kScanBatchRows,
                                [&](int64_t, const arrow::RecordBatch& batch) { return add_batch(part, batch); }));
    }
    return Status();
  }

  // One row a distinct key. Keys of several batches may be there more than once; those without any are no rows.
  Result<std::shared_ptr<arrow::RecordBatch>> rows() const {
    if (batches_.empty()) {
      GN_ARROW_ASSIGN(auto none, "reading keys", arrow::RecordBatch::MakeEmpty(definition_.keys));
      return none;
    }
    GN_ARROW_ASSIGN(auto table, "reading keys", arrow::Table::FromRecordBatches(definition_.keys, batches_));
    GN_ARROW_ASSIGN(auto all, "reading keys", table->CombineChunksToBatch());
    return distinct(*all);
  }

 private:
  Status add_batch(const EventPart& part, const arrow::RecordBatch& batch) {
    const auto& times = static_cast<const arrow::Int64Array&>(*batch.GetColumnByName(kEventTime));
    arrow::BooleanBuilder wanted;
    for (int64_t row = 0; row < batch.num_rows(); ++row) {
      GN_ARROW_TRY("reading keys",
                   wanted.Append(times.IsValid(row) && times.Value(row) >= part.from && times.Value(row) < part.to));
    }
    GN_ARROW_ASSIGN(std::shared_ptr<arrow::Array> mask, "reading keys", wanted.Finish());
    arrow::ArrayVector columns;
    for (int i = 0; i < definition_.keys->num_fields(); ++i) {
      GN_ARROW_ASSIGN(arrow::Datum kept, "reading keys", arrow::compute::Filter(batch.column(i), mask));
      GN_ARROW_ASSIGN(arrow::Datum plain, "reading keys", arrow::compute::Cast(kept, definition_.keys->field(i)->type()));
      columns.push_back(plain.make_array());
    }
    GN_ASSIGN(auto keys, distinct(*arrow::RecordBatch::Make(definition_.keys, columns[0]->length(), columns)));
    if (keys->num_rows() > 0) batches_.push_back(std::move(keys));
    return Status();
  }

  static Result<std::shared_ptr<arrow::RecordBatch>> distinct(const arrow::RecordBatch& batch) {
    std::vector<int32_t> groups;
    GN_ASSIGN(KeyGroups keys, KeyGroups::build(batch.columns(), &groups));
    arrow::Int64Builder first_rows;
    int32_t seen = 0;
    for (size_t row = 0; row < groups.size(); ++row) {
      if (groups[row] != seen) continue;  // numbers are given in order of appearance
      GN_ARROW_TRY("reading keys", first_rows.Append(static_cast<int64_t>(row)));
      ++seen;
    }
    GN_ARROW_ASSIGN(std::shared_ptr<arrow::Array> indices, "reading keys", first_rows.Finish());
    auto owned = arrow::RecordBatch::Make(batch.schema(), batch.num_rows(), batch.columns());
    GN_ARROW_ASSIGN(arrow::Datum taken, "reading keys",
                    arrow::compute::Take(owned, indices, arrow::compute::TakeOptions::NoBoundsCheck()));
    return taken.record_batch();
  }

  const ViewDefinition& definition_;
  arrow::RecordBatchVector batches_;
};

}  // namespace

Result<WindowEvents> WindowEvents::read(const ViewDefinition& definition, const std::vector<EventPart>& parts, int threads) {
  WindowEvents result;
  result.definition_ = &definition;
  DistinctKeys distinct(definition);
  for (const EventPart& part : parts) GN_TRY(distinct.add(part));
  GN_ASSIGN(auto keys, distinct.rows());
  std::vector<int32_t> unused;
  GN_ASSIGN(KeyGroups groups, KeyGroups::build(keys->columns(), &unused));
  EntityKeys encoded;
  GN_TRY(encode_entity_keys(*definition.keys, *keys, &encoded));
  for (size_t group = 0; group < encoded.bytes.size(); ++group) result.entities_.emplace_back(encoded.bytes[group]);

  const AggregatedView& view = *definition.aggregated;
  EventQuery query;
  query.parts = parts;
  query.key_names = definition.keys->field_names();
  query.columns = view.columns;
  query.condition_columns = view.condition_columns;
  query.passes = view.passes;
  query.filters = view.filters;
  query.serving_lag_us = definition.view.serving_lag_us();
  query.end_group = groups.group_count();
  GN_ASSIGN(result.rows_, EventRows::read(query, groups, thread_count(threads)));
  return result;
}

Status WindowEvents::for_entities(int threads, const Use& use) const {
  std::vector<int32_t> cuts{0};
  int64_t events = 0;
  int32_t groups = static_cast<int32_t>(entities_.size());
  for (int32_t group = 0; group < groups; ++group) {
    events += rows_.group_count_of_events(group);
    if (events < kEventsPerCall && group + 1 < groups) continue;
    cuts.push_back(group + 1);
    events = 0;
  }
  return parallel_for(static_cast<int64_t>(cuts.size()) - 1, thread_count(threads), [&](int, int64_t task) {
    return use_groups(cuts[static_cast<size_t>(task)], cuts[static_cast<size_t>(task) + 1], use);
  });
}

Status WindowEvents::use_groups(int32_t first, int32_t end, const Use& use) const {
  EventBatch batch;
  batch.reset(definition_->aggregated->state);
  std::vector<EntityEvents> entities;
  GroupEvents group;
  for (int32_t number = first; number < end; ++number) {
    rows_.load(number, &group);
    if (group.count == 0) continue;
    int64_t begin = batch.size();
    append(group, &batch);
    entities.push_back({entities_[static_cast<size_t>(number)], begin, batch.size()});
  }
  return entities.empty() ? Status() : use(batch.view(), entities);
}

void WindowEvents::append(const GroupEvents& group, EventBatch* batch) const {
  const AggregatedView& view = *definition_->aggregated;
  size_t before = batch->event_time.size();
  size_t count = static_cast<size_t>(group.count);
  auto add = [](const auto& from, auto* to) { to->insert(to->end(), from.begin(), from.end()); };
  add(group.event_time, &batch->event_time);
  if (group.created_time.empty()) {
    batch->created_time.resize(before + count, kNoCreatedTime);
  } else {
    add(group.created_time, &batch->created_time);
  }
  add(group.visible_from.empty() ? group.event_time : group.visible_from, &batch->visible_from);
  for (size_t filter = 0; filter < view.state_filters.size(); ++filter)
    add(group.passes[static_cast<size_t>(view.state_filters[filter])], &batch->passes[filter]);
  for (size_t index = 0; index < view.state_columns.size(); ++index) {
    const GroupEvents::Column& from = group.columns[static_cast<size_t>(view.state_columns[index])];
    EventBatch::Column& to = batch->columns[index];
    add(from.ints, &to.ints);
    add(from.floats, &to.floats);
    add(from.bytes, &to.bytes);
    add(from.valid, &to.valid);
  }
}

}  // namespace gnomon

#include "features/point_in_time.h"

#include <algorithm>
#include <array>
#include <limits>
#include <numeric>

#include <arrow/api.h>
#include <arrow/compute/api.h>

#include "base/parallel.h"
#include "data/arrow_status.h"
#include "data/content_order.h"
#include "features/entity_slots.h"
#include "features/key_groups.h"
#include "features/slot_candidates.h"
#include "features/slot_filter.h"
#include "features/winner_rows.h"
#include "gnomon/online_store.h"

namespace gnomon {
namespace {

constexpr int64_t kScanBatchRows = 1 << 16;

struct TimeColumns {
  const int64_t* event_time;
  const arrow::Array* event_times;  // for nulls: rejected rows
  const arrow::Array* created;      // null pointer: the history has none
  const arrow::Array* known_at;
};

// Offers each usable row of a batch to the first slot that could see it, in blocks, so that the memory of one row is on its
// way while the others compute.
class BatchOffers {
 public:
  BatchOffers(const EntitySlots& slots, const SlotFilter& filter, const PointInTimeView& view, SlotCandidates* candidates)
      : slots_(slots), filter_(filter), ttl_us_(view.ttl_us), lag_us_(view.serving_lag_us), candidates_(candidates) {}

  void offer(const TimeColumns& times, const std::vector<int32_t>& groups, int64_t first_row) {
    int64_t rows = static_cast<int64_t>(groups.size());
    for (int64_t start = 0; start < rows; start += kBlock) {
      offer_block(times, groups, first_row, start, std::min<int64_t>(rows, start + kBlock));
    }
  }

 private:
  static constexpr int64_t kBlock = 64;

  // Each loop orders the memory that the next one reads.
  void offer_block(const TimeColumns& times, const std::vector<int32_t>& groups, int64_t first_row, int64_t start,
                   int64_t end) {
    size_t kept = 0;
    bool all_usable = times.event_times->null_count() == 0;
    for (int64_t i = start; i < end; ++i) {
      int32_t group = groups[static_cast<size_t>(i)];
      if (group == kNoGroup || !(all_usable || times.event_times->IsValid(i))) continue;
      rows_[kept++] = {i, group};
      if (filter_.active()) filter_.prefetch(group);
    }
    if (filter_.active()) kept = drop_unseen(times, kept);
    for (size_t k = 0; k < kept; ++k) slots_.prefetch(rows_[k].group);
    for (size_t k = 0; k < kept; ++k) {
      visible_from_[k] = visible_from(times, rows_[k].index);
      slots_.prefetch_candidates(rows_[k].group, visible_from_[k]);
    }
    for (size_t k = 0; k < kept; ++k) ranges_[k] = slots_.candidates(rows_[k].group, visible_from_[k]);
    size_t found = 0;
    for (size_t k = 0; k < kept; ++k) {
      const Row row = rows_[k];
      const int64_t slot = slots_.first_at_or_after(ranges_[k], visible_from_[k]);
      // Too old for the first entity row that sees it is too old for all later ones.
      if (slot == slots_.group_end(row.group) || expired(times.event_time[row.index], slots_.time(slot))) continue;
      rows_[found] = row;
      slot_[found++] = slot;
      candidates_->prefetch(slot);
    }
    for (size_t k = 0; k < found; ++k) {
      const int64_t index = rows_[k].index;
      candidates_->offer(slot_[k], times.event_time[index], created_time(times, index), first_row + index);
    }
  }

  // Keeps the rows that some entity row may see. Without branches: which rows these are cannot be predicted.
  size_t drop_unseen(const TimeColumns& times, size_t rows) {
    size_t kept = 0;
    for (size_t k = 0; k < rows; ++k) {
      const Row row = rows_[k];
      rows_[kept] = row;
      kept += static_cast<size_t>(filter_.may_see(row.group, times.event_time[row.index]));
    }
    return kept;
  }

  TimeUs visible_from(const TimeColumns& times, int64_t i) const {
    TimeUs event_time = times.event_time[i];
    if (times.known_at == nullptr && lag_us_ == 0) return event_time;
    bool known = times.known_at != nullptr && times.known_at->IsValid(i);
    TimeUs known_at = known ? static_cast<const arrow::Int64Array&>(*times.known_at).Value(i) : event_time;
    TimeUs usable = 0;
    if (__builtin_add_overflow(known_at, lag_us_, &usable)) usable = std::numeric_limits<TimeUs>::max();
    return std::max(event_time, usable);
  }

  static TimeUs created_time(const TimeColumns& times, int64_t i) {
    if (times.created == nullptr || times.created->IsNull(i)) return kNullCreated;
    return static_cast<const arrow::Int64Array&>(*times.created).Value(i);
  }

  bool expired(TimeUs event_time, TimeUs t) const {
    TimeUs oldest = 0;
    return ttl_us_ > 0 && !__builtin_sub_overflow(t, ttl_us_, &oldest) && event_time < oldest;
  }

  const EntitySlots& slots_;
  const SlotFilter& filter_;
  TimeUs ttl_us_;
  TimeUs lag_us_;
  SlotCandidates* candidates_;
  // Of the rows of a block that are left, one array a step.
  struct Row {
    int64_t index;  // in the batch
    int32_t group;
  };
  std::array<Row, kBlock> rows_;
  std::array<TimeUs, kBlock> visible_from_;
  std::array<EntitySlots::Range, kBlock> ranges_;
  std::array<int64_t, kBlock> slot_;
};

// Streams keys and times of every unit that could matter; returns the best rows per slot.
Result<SlotCandidates> scan_candidates(const JoinedHistories& histories, const PointInTimeView& view,
                                       const KeyGroups& groups, const EntitySlots& slots, int threads) {
  const auto& units = histories.units();
  int workers = static_cast<int>(std::max<int64_t>(1, std::min<int64_t>(threads, static_cast<int64_t>(units.size()))));
  SlotFilter filter(slots, view.ttl_us);
  std::vector<SlotCandidates> candidates;
  candidates.reserve(static_cast<size_t>(workers));
  for (int worker = 0; worker < workers; ++worker) candidates.emplace_back(slots.slot_count());
  std::vector<KeyGroups::Scratch> scratch(static_cast<size_t>(workers));
  std::vector<std::vector<int32_t>> row_groups(static_cast<size_t>(workers));

  std::vector<std::string> columns = view.key_names;
  columns.insert(columns.end(), {kEventTime, kCreatedTime, kKnownAt});
  size_t key_count = view.key_names.size();
  TimeUs from = std::numeric_limits<TimeUs>::min();
  if (view.ttl_us > 0 && __builtin_sub_overflow(slots.min_time(), view.ttl_us, &from))
    from = std::numeric_limits<TimeUs>::min();

  GN_TRY(parallel_for(static_cast<int64_t>(units.size()), workers, [&](int worker, int64_t index) -> Status {
    const JoinedHistories::Unit& unit = units[static_cast<size_t>(index)];
    if (!unit.history->unit_may_hold(unit.unit, from, slots.max_time())) return Status();
    int64_t shift = unit.first_row - unit.history->unit_first_row(unit.unit);
    BatchOffers offers(slots, filter, view, &candidates[static_cast<size_t>(worker)]);
    return unit.history->scan(
        unit.unit, columns, kScanBatchRows, [&](int64_t first, const arrow::RecordBatch& batch) -> Status {
          arrow::ArrayVector keys(batch.columns().begin(), batch.columns().begin() + static_cast<std::ptrdiff_t>(key_count));
          groups.find(keys, &scratch[static_cast<size_t>(worker)], &row_groups[static_cast<size_t>(worker)]);
          auto usable = [&](size_t column) {
            const arrow::Array& values = *batch.column(static_cast<int>(column));
            return values.null_count() == values.length() ? nullptr : &values;
          };
          const arrow::Array& event_times = *batch.column(static_cast<int>(key_count));
          TimeColumns times{static_cast<const arrow::Int64Array&>(event_times).raw_values(), &event_times,
                            usable(key_count + 1), usable(key_count + 2)};
          offers.offer(times, row_groups[static_cast<size_t>(worker)], first + shift);
          return Status();
        });
  }));
  for (size_t worker = 1; worker < candidates.size(); ++worker) candidates[0].merge(candidates[worker]);
  candidates[0].carry_forward(slots);
  return std::move(candidates[0]);
}

// Among rows tied on both times the one with the greatest content leads.
Status resolve_ties(const JoinedHistories& histories, const PointInTimeView& view, int threads, int64_t slots,
                    SlotCandidates* candidates) {
  const auto& ties = candidates->ties();
  std::vector<bool> reachable(ties.size(), false);
  std::vector<int64_t> rows;
  bool any = false;
  for (int64_t slot = 0; slot < slots; ++slot) {
    int64_t tie = candidates->at(slot).tied;
    if (tie < 0) continue;
    any = true;
    rows.push_back(candidates->at(slot).row);
    for (; tie >= 0 && !reachable[static_cast<size_t>(tie)]; tie = ties[static_cast<size_t>(tie)].next) {
      reachable[static_cast<size_t>(tie)] = true;
      rows.push_back(ties[static_cast<size_t>(tie)].row);
    }
  }
  if (!any) return Status();
  std::sort(rows.begin(), rows.end());
  rows.erase(std::unique(rows.begin(), rows.end()), rows.end());
  GN_ASSIGN(std::shared_ptr<arrow::Table> table,
            gather_rows(histories, rows, view.content_features, *view.feature_schema, threads));
  GN_ARROW_ASSIGN(std::shared_ptr<arrow::RecordBatch> content, "comparing tied rows", table->CombineChunksToBatch());
  std::vector<int> columns(view.content_features.size());
  std::iota(columns.begin(), columns.end(), 0);

  auto greater = [&](int64_t a, int64_t b) {  // row numbers; equal content keeps the smaller number, the values are the same
    if (a == b) return a;
    int64_t index_a = std::lower_bound(rows.begin(), rows.end(), a) - rows.begin();
    int64_t index_b = std::lower_bound(rows.begin(), rows.end(), b) - rows.begin();
    int order = compare_content(*content, index_a, *content, index_b, columns);
    if (order != 0) return order > 0 ? a : b;
    return std::min(a, b);
  };
  // The best of a list is the better of its head and the best of its tail, which has a smaller index.
  std::vector<int64_t> best(ties.size(), kNoRow);
  for (size_t tie = 0; tie < ties.size(); ++tie) {
    if (!reachable[tie]) continue;
    int64_t next = ties[tie].next;
    best[tie] = next < 0 ? ties[tie].row : greater(ties[tie].row, best[static_cast<size_t>(next)]);
  }
  for (int64_t slot = 0; slot < slots; ++slot) {
    SlotCandidates::Candidate& candidate = candidates->at(slot);
    if (candidate.tied >= 0) candidate.row = greater(candidate.row, best[static_cast<size_t>(candidate.tied)]);
  }
  return Status();
}

struct Winners {
  std::vector<int64_t> rows;   // distinct history rows, ascending
  std::vector<int32_t> index;  // per entity row its place in `rows`, or -1
};

struct Hit {
  int64_t row;
  int32_t entity;
};

// By row, a byte a pass, the lowest first: as many passes as the greatest row has bytes.
void sort_by_row(std::vector<Hit>* hits) {
  uint64_t used = 0;
  for (const Hit& hit : *hits) used |= static_cast<uint64_t>(hit.row);
  std::vector<Hit> sorted(hits->size());
  for (int shift = 0; shift < 64 && used >> shift != 0; shift += 8) {
    std::array<size_t, 257> begin{};
    auto byte_of = [&](const Hit& hit) { return static_cast<size_t>(static_cast<uint64_t>(hit.row) >> shift & 0xff); };
    for (const Hit& hit : *hits) ++begin[byte_of(hit) + 1];
    std::partial_sum(begin.begin(), begin.end(), begin.begin());
    for (const Hit& hit : *hits) sorted[begin[byte_of(hit)]++] = hit;
    hits->swap(sorted);
  }
}

// The winning row per entity row; none where nothing held or the winner is too old.
Winners winners_of(const EntityRows& entities, const EntitySlots& slots, const SlotCandidates& candidates, TimeUs ttl_us) {
  std::vector<Hit> hits;
  for (int64_t i = 0; i < entities.rows; ++i) {
    int64_t slot = slots.slot_of_row(i);
    if (slot < 0) continue;
    const SlotCandidates::Candidate& candidate = candidates.at(slot);
    if (candidate.row == kNoRow) continue;
    TimeUs oldest = 0;
    bool expired =
        ttl_us > 0 && !__builtin_sub_overflow(entities.times[i], ttl_us, &oldest) && candidate.event_time < oldest;
    if (!expired) hits.push_back({candidate.row, static_cast<int32_t>(i)});
  }
  sort_by_row(&hits);
  Winners winners;
  winners.index.assign(static_cast<size_t>(entities.rows), -1);
  for (const Hit& hit : hits) {
    if (winners.rows.empty() || winners.rows.back() != hit.row) winners.rows.push_back(hit.row);
    winners.index[static_cast<size_t>(hit.entity)] = static_cast<int32_t>(winners.rows.size()) - 1;
  }
  return winners;
}

// Spreads the gathered rows over the entity rows.
Result<std::shared_ptr<arrow::Table>> spread(const Winners& winners, const std::shared_ptr<arrow::Table>& gathered,
                                             int threads) {
  arrow::Int32Builder indices;
  GN_ARROW_TRY("spreading rows", indices.Reserve(static_cast<int64_t>(winners.index.size())));
  for (int32_t index : winners.index) {
    if (index < 0) {
      indices.UnsafeAppendNull();
    } else {
      indices.UnsafeAppend(index);
    }
  }
  std::shared_ptr<arrow::Array> index_array;
  GN_ARROW_TRY("spreading rows", indices.Finish(&index_array));
  arrow::ChunkedArrayVector columns(static_cast<size_t>(gathered->num_columns()));
  GN_TRY(parallel_for(gathered->num_columns(), threads, [&](int, int64_t column) -> Status {
    GN_ARROW_ASSIGN(std::shared_ptr<arrow::Array> values, "spreading rows",
                    arrow::Concatenate(gathered->column(static_cast<int>(column))->chunks()));
    GN_ARROW_ASSIGN(arrow::Datum taken, "spreading rows",
                    arrow::compute::Take(values, index_array, arrow::compute::TakeOptions::NoBoundsCheck()));
    columns[static_cast<size_t>(column)] = std::make_shared<arrow::ChunkedArray>(taken.make_array());
    return Status();
  }));
  return arrow::Table::Make(gathered->schema(), columns, static_cast<int64_t>(winners.index.size()));
}

Result<std::shared_ptr<arrow::Table>> all_null(const PointInTimeView& view, int64_t rows) {
  arrow::FieldVector fields;
  arrow::ArrayVector columns;
  for (const std::string& name : view.features) {
    fields.push_back(view.feature_schema->GetFieldByName(name));
    GN_ARROW_ASSIGN(std::shared_ptr<arrow::Array> nulls, "making nulls",
                    arrow::MakeArrayOfNull(fields.back()->type(), rows));
    columns.push_back(std::move(nulls));
  }
  return arrow::Table::Make(arrow::schema(fields), columns, rows);
}

}  // namespace

Result<std::shared_ptr<arrow::Table>> point_in_time_join(const EntityRows& entities, const PointInTimeView& view,
                                                         int threads) {
  threads = thread_count(threads);
  std::vector<int32_t> groups_of_rows;
  GN_ASSIGN(KeyGroups groups, KeyGroups::build(entities.keys, &groups_of_rows));
  EntitySlots slots = EntitySlots::build(groups_of_rows, groups.group_count(), entities.times);
  if (slots.slot_count() == 0) return all_null(view, entities.rows);

  JoinedHistories histories(view.histories);
  GN_ASSIGN(SlotCandidates candidates, scan_candidates(histories, view, groups, slots, threads));
  GN_TRY(resolve_ties(histories, view, threads, slots.slot_count(), &candidates));

  Winners winners = winners_of(entities, slots, candidates, view.ttl_us);
  if (winners.rows.empty()) return all_null(view, entities.rows);
  GN_ASSIGN(std::shared_ptr<arrow::Table> gathered,
            gather_rows(histories, winners.rows, view.features, *view.feature_schema, threads));
  return spread(winners, gathered, threads);
}

}  // namespace gnomon

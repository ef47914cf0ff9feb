#include "features/windows/event_rows.h"

#include <algorithm>
#include <array>
#include <atomic>
#include <bit>
#include <numeric>
#include <span>

#include <arrow/api.h>
#include <arrow/compute/api.h>
#include <fmt/format.h>

#include "base/parallel.h"
#include "data/arrow_status.h"
#include "features/aggregations/algebra.h"
#include "features/windows/event_order.h"
#include "gnomon/online_store.h"

namespace gnomon {
namespace {

constexpr int64_t kScanBatchRows = 1 << 16;
constexpr int64_t kSparseShare = 4;  // a batch of which at most a quarter is wanted is copied down to that

// Where the words of one event go.
struct Place {
  int64_t row;  // in the batch
  uint64_t* words;
};

// Puts the values of a column down at word `at` of each place: the type is told once a block. Bytes take two words, where they are
// and how many.
void put_values(const arrow::Array& column, std::span<const Place> places, size_t at) {
  const auto put = [&](const auto& word_of) {
    if (column.null_count() == 0) {
      for (const Place& place : places) place.words[at] = word_of(place.row);
    } else {
      for (const Place& place : places) place.words[at] = column.IsValid(place.row) ? word_of(place.row) : 0;
    }
  };
  const auto put_numbers = [&](const auto* values, const auto& bits_of) {
    put([&](int64_t row) { return static_cast<uint64_t>(bits_of(values[row])); });
  };
  const auto as_int = [](auto value) { return int64_t{value}; };
  const auto as_double = [](auto value) { return std::bit_cast<uint64_t>(double{value}); };
  switch (column.type_id()) {
    case arrow::Type::INT32: return put_numbers(column.data()->GetValues<int32_t>(1), as_int);
    case arrow::Type::INT64:
    case arrow::Type::TIMESTAMP: return put_numbers(column.data()->GetValues<int64_t>(1), as_int);
    case arrow::Type::FLOAT: return put_numbers(column.data()->GetValues<float>(1), as_double);
    case arrow::Type::DOUBLE: return put_numbers(column.data()->GetValues<double>(1), as_double);
    case arrow::Type::BOOL:
      return put([&](int64_t row) { return uint64_t{static_cast<const arrow::BooleanArray&>(column).Value(row)}; });
    default:
      for (const Place& place : places) {
        const bool valid = column.IsValid(place.row);
        const std::string_view bytes =
            valid ? static_cast<const arrow::BinaryArray&>(column).GetView(place.row) : std::string_view();
        place.words[at] = reinterpret_cast<uint64_t>(bytes.data());
        place.words[at + 1] = bytes.size();
      }
  }
}

}  // namespace

ValueKind value_kind_of(const arrow::DataType& type) {
  switch (type.id()) {
    case arrow::Type::FLOAT:
    case arrow::Type::DOUBLE: return ValueKind::kFloat;
    case arrow::Type::STRING:
    case arrow::Type::BINARY: return ValueKind::kBytes;
    default: return ValueKind::kInt;
  }
}

// Where things are in an event's words: event_time, created_time?, visible_from?, flags?, the columns.
struct EventRows::Shape {
  bool created = false;
  bool visible = false;
  bool flagged = false;  // there are nulls or filters
  size_t filters = 0;
  std::vector<ValueKind> kinds;

  size_t flags() const { return 1 + static_cast<size_t>(created) + static_cast<size_t>(visible); }
  size_t values() const { return flags() + static_cast<size_t>(flagged); }
  size_t words() const {
    size_t result = values();
    for (ValueKind kind : kinds) result += kind == ValueKind::kBytes ? 2 : 1;
    return result;
  }
};

// One scanned batch with the group of each row, kNoGroup where the row does not count.
struct EventRows::Batch {
  std::shared_ptr<arrow::RecordBatch> rows;
  std::vector<int32_t> groups;
  std::vector<std::vector<uint8_t>> passes;
};

namespace {

struct Scan {
  const EventQuery& query;
  const KeyGroups& groups;

  std::vector<std::string> columns() const {
    std::vector<std::string> names = query.key_names;
    for (const auto* more : {&query.columns, &query.condition_columns}) {
      for (const std::string& name : *more) {
        if (std::find(names.begin(), names.end(), name) == names.end()) names.push_back(name);
      }
    }
    names.insert(names.end(), {kEventTime, kCreatedTime, kKnownAt});
    return names;
  }

  // Takes out rows without a usable time, of other groups, out of range, and those that the view's `where` does not pass.
  Result<int64_t> choose(const EventPart& part, const arrow::RecordBatch& batch, KeyGroups::Scratch* scratch,
                         std::vector<int32_t>* found) const {
    arrow::ArrayVector keys(batch.columns().begin(),
                            batch.columns().begin() + static_cast<std::ptrdiff_t>(query.key_names.size()));
    groups.find(keys, scratch, found);
    const auto& times = static_cast<const arrow::Int64Array&>(*batch.GetColumnByName(kEventTime));
    std::vector<uint8_t> passes;
    if (query.passes) {
      GN_ASSIGN(passes, query.passes(batch));
    }
    int64_t kept = 0;
    for (int64_t row = 0; row < batch.num_rows(); ++row) {
      int32_t& group = (*found)[static_cast<size_t>(row)];
      bool counts = group >= query.first_group && group < query.end_group && times.IsValid(row) &&
                    times.Value(row) >= part.from && times.Value(row) < part.to &&
                    (passes.empty() || passes[static_cast<size_t>(row)] != 0);
      if (!counts) group = kNoGroup;
      kept += static_cast<int64_t>(counts);
    }
    return kept;
  }
};

Result<std::shared_ptr<arrow::RecordBatch>> taken(const arrow::RecordBatch& batch, std::vector<int32_t>* groups,
                                                  int64_t kept) {
  arrow::Int32Builder indices;
  GN_ARROW_TRY("choosing events", indices.Reserve(kept));
  std::vector<int32_t> left;
  left.reserve(static_cast<size_t>(kept));
  for (size_t row = 0; row < groups->size(); ++row) {
    if ((*groups)[row] == kNoGroup) continue;
    indices.UnsafeAppend(static_cast<int32_t>(row));
    left.push_back((*groups)[row]);
  }
  GN_ARROW_ASSIGN(std::shared_ptr<arrow::Array> index_array, "choosing events", indices.Finish());
  auto owned = arrow::RecordBatch::Make(batch.schema(), batch.num_rows(), batch.columns());
  GN_ARROW_ASSIGN(arrow::Datum result, "choosing events",
                  arrow::compute::Take(owned, index_array, arrow::compute::TakeOptions::NoBoundsCheck()));
  *groups = std::move(left);
  return result.record_batch();
}

// Values of dictionaries (keys that are aggregated) in full.
Result<std::shared_ptr<arrow::Array>> plain(const std::shared_ptr<arrow::Array>& column) {
  if (column->type_id() != arrow::Type::DICTIONARY) return column;
  GN_ARROW_ASSIGN(arrow::Datum values, "reading events",
                  arrow::compute::Cast(column, static_cast<const arrow::DictionaryType&>(*column->type()).value_type()));
  return values.make_array();
}

// Reads the values whose words are at words_at(0) … words_at(count - 1).
template <class WordsAt>
void fill_values(size_t count, const WordsAt& words_at, GroupEvents::Column* column) {
  auto fill = [&](auto* values, const auto& read) {
    values->resize(count);
    for (size_t at = 0; at < count; ++at) (*values)[at] = read(words_at(at));
  };
  if (column->kind == ValueKind::kInt)
    fill(&column->ints, [](const uint64_t* words) { return static_cast<int64_t>(*words); });
  if (column->kind == ValueKind::kFloat)
    fill(&column->floats, [](const uint64_t* words) { return std::bit_cast<double>(*words); });
  if (column->kind == ValueKind::kBytes) {
    fill(&column->bytes,
         [](const uint64_t* words) { return std::string_view(reinterpret_cast<const char*>(words[0]), words[1]); });
  }
}

TimeUs later(TimeUs t, int64_t lag_us) {
  TimeUs result = 0;
  return __builtin_add_overflow(t, lag_us, &result) ? std::numeric_limits<TimeUs>::max() : result;
}

}  // namespace

int64_t EventRows::bytes_per_event(const EventQuery& query) {
  // As words, and once more as the batches that they are copied from.
  return static_cast<int64_t>(2 * 8 * (4 + 2 * query.columns.size()));
}

// Reads the events of one query: scans, counts by group, puts each event down at its place.
class EventRows::Reader {
 public:
  Reader(const EventQuery& query, const KeyGroups& groups, int threads)
      : query_(query), scan_{query, groups}, threads_(threads) {
    for (const EventPart& part : query.parts) {
      for (int64_t unit = 0; unit < part.history->unit_count(); ++unit) {
        if (part.from < part.to && part.history->unit_may_hold(unit, part.from, part.to - 1)) units_.push_back({part, unit});
      }
    }
    batches_.resize(units_.size());
    threads_ = static_cast<int>(std::clamp<int64_t>(static_cast<int64_t>(units_.size()), 1, threads_));
  }

  Status scan() {
    std::vector<std::string> columns = scan_.columns();
    std::vector<KeyGroups::Scratch> scratch(static_cast<size_t>(threads_));
    return parallel_for(static_cast<int64_t>(units_.size()), threads_, [&](int worker, int64_t index) {
      const Unit& unit = units_[static_cast<size_t>(index)];
      return unit.part.history->scan(unit.unit, columns, kScanBatchRows, [&](int64_t, const arrow::RecordBatch& rows) {
        return add_batch(unit.part, rows, &scratch[static_cast<size_t>(worker)], &batches_[static_cast<size_t>(index)]);
      });
    });
  }

  // REQUIRES: scan.
  Status find_shape() {
    shape_->filters = query_.filters.size();
    shape_->visible = query_.serving_lag_us != 0;
    shape_->flagged = !query_.filters.empty();
    for (const auto& of_unit : batches_) {
      for (const Batch& batch : of_unit) {
        auto used = [&](const char* name) {
          return batch.rows->GetColumnByName(name)->null_count() < batch.rows->num_rows();
        };
        shape_->created |= used(kCreatedTime);
        shape_->visible |= used(kKnownAt);
        for (const std::string& name : query_.columns)
          shape_->flagged |= batch.rows->GetColumnByName(name)->null_count() > 0;
        if (!shape_->kinds.empty()) continue;
        GN_ASSIGN(arrow::ArrayVector values, values_of(batch));
        for (const auto& column : values) shape_->kinds.push_back(value_kind_of(*column->type()));
      }
    }
    if (shape_->kinds.empty()) shape_->kinds.assign(query_.columns.size(), ValueKind::kInt);  // no event: any kind will do
    return Status();
  }

  // REQUIRES: find_shape.
  Result<EventRows> place() {
    EventRows result;
    result.first_group_ = query_.first_group;
    result.shape_ = shape_;
    size_t groups = static_cast<size_t>(query_.end_group - query_.first_group);
    result.begin_.assign(groups + 1, 0);
    for (const auto& of_unit : batches_) {
      for (const Batch& batch : of_unit) {
        for (int32_t group : batch.groups) {
          if (group != kNoGroup) ++result.begin_[result.index_of(group) + 1];
        }
      }
    }
    std::partial_sum(result.begin_.begin(), result.begin_.end(), result.begin_.begin());
    result.words_.resize(static_cast<size_t>(result.count()) * shape_->words());
    // Where in its group an event lands depends on the threads; sorting undoes that.
    std::vector<std::atomic<int64_t>> next(groups);
    for (size_t group = 0; group < groups; ++group) next[group].store(result.begin_[group], std::memory_order_relaxed);
    bool points_to_bytes = std::find(shape_->kinds.begin(), shape_->kinds.end(), ValueKind::kBytes) != shape_->kinds.end();
    GN_TRY(parallel_for(static_cast<int64_t>(units_.size()), threads_, [&](int, int64_t unit) -> Status {
      for (Batch& batch : batches_[static_cast<size_t>(unit)]) {
        GN_TRY(place_batch(batch, &next, &result));
        if (!points_to_bytes) batch = Batch();  // its memory serves what comes next
      }
      return Status();
    }));
    for (auto& of_unit : batches_) {
      for (Batch& batch : of_unit) {
        if (points_to_bytes) result.batches_.push_back(std::move(batch.rows));
      }
    }
    return result;
  }

 private:
  struct Unit {
    const EventPart& part;
    int64_t unit;
  };

  Status add_batch(const EventPart& part, const arrow::RecordBatch& rows, KeyGroups::Scratch* scratch,
                   std::vector<Batch>* batches) const {
    Batch batch;
    GN_ASSIGN(int64_t kept, scan_.choose(part, rows, scratch, &batch.groups));
    if (kept == 0) return Status();
    batch.rows = arrow::RecordBatch::Make(rows.schema(), rows.num_rows(), rows.columns());
    if (kept * kSparseShare <= rows.num_rows()) {
      GN_ASSIGN(batch.rows, taken(rows, &batch.groups, kept));
    }
    for (const EventFilter& filter : query_.filters) {
      GN_ASSIGN(std::vector<uint8_t> passes, filter(*batch.rows));
      batch.passes.push_back(std::move(passes));
    }
    batch.rows = kept_columns(*batch.rows);
    batches->push_back(std::move(batch));
    return Status();
  }

  // What an event is made of; the keys have become groups, and conditions bits.
  std::shared_ptr<arrow::RecordBatch> kept_columns(const arrow::RecordBatch& rows) const {
    arrow::FieldVector fields;
    arrow::ArrayVector columns;
    for (int at = 0; at < rows.num_columns(); ++at) {
      const std::string& name = rows.schema()->field(at)->name();
      const bool is_time = name == kEventTime || name == kCreatedTime || name == kKnownAt;
      if (!is_time && std::find(query_.columns.begin(), query_.columns.end(), name) == query_.columns.end()) continue;
      fields.push_back(rows.schema()->field(at));
      columns.push_back(rows.column(at));
    }
    return arrow::RecordBatch::Make(arrow::schema(fields), rows.num_rows(), std::move(columns));
  }

  Result<arrow::ArrayVector> values_of(const Batch& batch) const {
    arrow::ArrayVector values;
    for (const std::string& name : query_.columns) {
      GN_ASSIGN(auto column, plain(batch.rows->GetColumnByName(name)));
      values.push_back(std::move(column));
    }
    return values;
  }

  Status place_batch(const Batch& batch, std::vector<std::atomic<int64_t>>* next, EventRows* result) const {
    GN_ASSIGN(arrow::ArrayVector values, values_of(batch));
    const auto& event_times = static_cast<const arrow::Int64Array&>(*batch.rows->GetColumnByName(kEventTime));
    const auto& created_times = static_cast<const arrow::Int64Array&>(*batch.rows->GetColumnByName(kCreatedTime));
    const auto& known_times = static_cast<const arrow::Int64Array&>(*batch.rows->GetColumnByName(kKnownAt));
    // A block at a time: the memory of one event is on its way while the places of others are found.
    std::array<Place, 64> places;
    size_t stride = shape_->words();
    int64_t rows = batch.rows->num_rows();
    for (int64_t start = 0; start < rows; start += static_cast<int64_t>(places.size())) {
      size_t found = 0;
      for (int64_t row = start; row < std::min<int64_t>(rows, start + static_cast<int64_t>(places.size())); ++row) {
        int32_t group = batch.groups[static_cast<size_t>(row)];
        if (group == kNoGroup) continue;
        int64_t place = (*next)[result->index_of(group)].fetch_add(1, std::memory_order_relaxed);
        places[found] = {row, &result->words_[static_cast<size_t>(place) * stride]};
        __builtin_prefetch(places[found++].words, 1);
      }
      const std::span<const Place> block = std::span(places).first(found);
      for (const Place& place : block) {
        uint64_t* words = place.words;
        TimeUs event_time = event_times.Value(place.row);
        *words++ = static_cast<uint64_t>(event_time);
        if (shape_->created)
          *words++ =
              static_cast<uint64_t>(created_times.IsValid(place.row) ? created_times.Value(place.row) : kNoCreatedTime);
        if (shape_->visible) {
          TimeUs known = known_times.IsValid(place.row) ? known_times.Value(place.row) : event_time;
          *words++ = static_cast<uint64_t>(std::max(event_time, later(known, query_.serving_lag_us)));
        }
        if (shape_->flagged) *words = flags_of(batch, values, place.row);
      }
      size_t word = shape_->values();
      for (size_t column = 0; column < values.size(); ++column) {
        put_values(*values[column], block, word);
        word += shape_->kinds[column] == ValueKind::kBytes ? 2 : 1;
      }
    }
    return Status();
  }

  static uint64_t flags_of(const Batch& batch, const arrow::ArrayVector& values, int64_t row) {
    uint64_t flags = 0;
    for (size_t column = 0; column < values.size(); ++column)
      flags |= static_cast<uint64_t>(values[column]->IsValid(row)) << column;
    for (size_t filter = 0; filter < batch.passes.size(); ++filter)
      flags |= static_cast<uint64_t>(batch.passes[filter][static_cast<size_t>(row)] != 0) << (values.size() + filter);
    return flags;
  }

  const EventQuery& query_;
  Scan scan_;
  int threads_;
  std::vector<Unit> units_;
  std::vector<std::vector<Batch>> batches_;  // by unit
  std::shared_ptr<Shape> shape_ = std::make_shared<Shape>();
};

Result<EventRows> EventRows::read(const EventQuery& query, const KeyGroups& groups, int threads) {
  if (query.columns.size() + query.filters.size() > kMaxFlags) {
    return Status(Code::kInvalidArgument, "GN154",
                  fmt::format("{} columns and {} filters in one view", query.columns.size(), query.filters.size()),
                  fmt::format("Together they may be {}: split the view", kMaxFlags));
  }
  Reader reader(query, groups, threads);
  GN_TRY(reader.scan());
  GN_TRY(reader.find_shape());
  return reader.place();
}

void EventRows::load(int32_t group, GroupEvents* out) const {
  size_t stride = shape_->words();
  int64_t first = begin_[index_of(group)];
  size_t count = static_cast<size_t>(group_count_of_events(group));
  const uint64_t* rows = words_.data() + static_cast<size_t>(first) * stride;
  auto time_of = [&](uint32_t event, size_t word) { return static_cast<TimeUs>(rows[event * stride + word]); };

  std::vector<EventPlace>& order = out->order;
  order.resize(count);
  for (uint32_t event = 0; event < count; ++event) order[event] = {time_of(event, 0), event};
  if (shape_->created) {
    std::sort(order.begin(), order.end(), [&](const EventPlace& a, const EventPlace& b) {
      if (a.event_time != b.event_time) return a.event_time < b.event_time;
      return time_of(a.event, 1) < time_of(b.event, 1);
    });
  } else {
    sort_by_time(&order, &out->order_scratch);
  }

  out->count = static_cast<int64_t>(count);
  auto fill = [&](std::vector<TimeUs>* times, size_t word) {
    times->resize(count);
    for (size_t at = 0; at < count; ++at) (*times)[at] = time_of(order[at].event, word);
  };
  out->event_time.resize(count);
  for (size_t at = 0; at < count; ++at) out->event_time[at] = order[at].event_time;
  out->created_time.clear();
  out->visible_from.clear();
  if (shape_->created) fill(&out->created_time, 1);
  if (shape_->visible) fill(&out->visible_from, shape_->flags() - 1);

  size_t columns = shape_->kinds.size();
  auto flag = [&](size_t at, size_t bit) {
    return static_cast<uint8_t>(rows[order[at].event * stride + shape_->flags()] >> bit & 1);
  };
  out->columns.resize(columns);
  size_t word = shape_->values();
  for (size_t index = 0; index < columns; ++index) {
    GroupEvents::Column& column = out->columns[index];
    column.kind = shape_->kinds[index];
    column.has_nulls = false;
    column.valid.assign(count, 1);
    if (shape_->flagged) {
      for (size_t at = 0; at < count; ++at) column.valid[at] = flag(at, index);
      column.has_nulls = std::find(column.valid.begin(), column.valid.end(), 0) != column.valid.end();
    }
    fill_values(
        count, [&](size_t at) { return rows + order[at].event * stride + word; }, &column);
    word += column.kind == ValueKind::kBytes ? 2 : 1;
  }
  out->passes.resize(shape_->filters);
  for (size_t filter = 0; filter < shape_->filters; ++filter) {
    out->passes[filter].resize(count);
    for (size_t at = 0; at < count; ++at) out->passes[filter][at] = flag(at, columns + filter);
  }
}

}  // namespace gnomon

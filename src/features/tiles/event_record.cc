#include "features/tiles/event_record.h"

#include "features/aggregations/algebra.h"
#include "features/aggregations/state_bytes.h"
#include "features/aggregations/value_order.h"
#include "features/tiles/varint.h"

namespace gnomon {
namespace {

constexpr uint8_t kSomeCreated = 1;
constexpr uint8_t kAllCreated = 2;
constexpr uint8_t kSomeVisibleLater = 4;
constexpr uint8_t kAllParts = kSomeCreated | kAllCreated | kSomeVisibleLater;

enum class Validity : uint8_t { kAll = 0, kSome = 1, kNone = 2 };

TimeUs moved(TimeUs from, uint64_t distance) { return static_cast<TimeUs>(static_cast<uint64_t>(from) + distance); }

template <class IsSet>
void put_bits(int64_t begin, int64_t end, const IsSet& is_set, std::string* out) {
  for (int64_t first = begin; first < end; first += 8) {
    unsigned byte = 0;
    for (int64_t at = first; at < std::min(first + 8, end); ++at) byte |= static_cast<unsigned>(is_set(at)) << (at - first);
    out->push_back(static_cast<char>(byte));
  }
}

void put_times(const Tile& tile, const EventRange& range, uint8_t parts, std::string* out) {
  const StateEvents& events = range.events;
  TimeUs before = tile.start;
  for (int64_t at = range.begin; at < range.end; ++at) {
    put_varint(distance(before, events.event_time[at]), out);
    before = events.event_time[at];
  }
  if ((parts & kSomeCreated) != 0)
    put_bits(
        range.begin, range.end, [&](int64_t at) { return events.created_at(at) != kNoCreatedTime; }, out);
  if ((parts & (kSomeCreated | kAllCreated)) != 0) {
    for (int64_t at = range.begin; at < range.end; ++at) {
      if (events.created_at(at) == kNoCreatedTime) continue;
      put_varint(zigzag(static_cast<int64_t>(distance(events.event_time[at], events.created_at(at)))), out);
    }
  }
  if ((parts & kSomeVisibleLater) == 0) return;
  for (int64_t at = range.begin; at < range.end; ++at)
    put_varint(distance(events.event_time[at], events.visible_at(at)), out);
}

uint8_t parts_of(const EventRange& range) {
  int64_t created = 0;
  bool is_later = false;
  for (int64_t at = range.begin; at < range.end; ++at) {
    created += range.events.created_at(at) != kNoCreatedTime;
    is_later |= range.events.visible_at(at) != range.events.event_time[at];
    GN_ASSERT(range.events.visible_at(at) >= range.events.event_time[at]);
  }
  const uint8_t some = created == range.size() ? kAllCreated : (created > 0 ? kSomeCreated : 0);
  return static_cast<uint8_t>(some | (is_later ? kSomeVisibleLater : 0));
}

void put_column(const EventColumn& column, int64_t begin, int64_t end, std::string* out) {
  const auto is_valid = [&](int64_t at) { return column.valid == nullptr || column.valid[at] != 0; };
  int64_t valid = 0;
  for (int64_t at = begin; at < end; ++at) valid += is_valid(at);
  const Validity validity = valid == end - begin ? Validity::kAll : (valid > 0 ? Validity::kSome : Validity::kNone);
  out->push_back(static_cast<char>(validity));
  if (validity == Validity::kSome) put_bits(begin, end, is_valid, out);
  for (int64_t at = begin; at < end; ++at) {
    if (!is_valid(at)) continue;
    if (column.kind == ValueKind::kInt) put_varint(zigzag(column.ints[at]), out);
    if (column.kind == ValueKind::kFloat) put(content_form(column.floats[at]), out);
    if (column.kind == ValueKind::kBytes) put_varint(column.bytes[at].size(), out);
  }
  if (column.kind != ValueKind::kBytes) return;
  for (int64_t at = begin; at < end; ++at) {
    if (is_valid(at)) out->append(column.bytes[at]);
  }
}

// Decodes one record. Every read_… says whether the bytes made sense.
class EventReading {
 public:
  EventReading(int64_t count, RecordReader reader, EventBatch* batch)
      : count_(static_cast<size_t>(count)), reader_(reader), batch_(batch) {}

  bool read_times(const Tile& tile, uint8_t parts) {
    std::vector<TimeUs>& times = batch_->event_time;
    times.resize(count_);
    TimeUs before = tile.start;
    for (TimeUs& time : times) {
      uint64_t step = 0;
      if (!reader_.read_varint(&step) || step > distance(before, tile.last)) return false;
      time = before = moved(before, step);
    }
    return read_created(parts) && read_visible(parts) && is_sorted();
  }

  bool read_filters() {
    for (std::vector<uint8_t>& passes : batch_->passes) {
      if (!read_bits(&passes)) return false;
    }
    return true;
  }

  bool read_columns() {
    for (EventBatch::Column& column : batch_->columns) {
      uint8_t validity = 0;
      if (!reader_.read_fixed(&validity) || validity > static_cast<uint8_t>(Validity::kNone)) return false;
      if (validity == static_cast<uint8_t>(Validity::kSome) && !read_bits(&column.valid)) return false;
      if (validity == static_cast<uint8_t>(Validity::kNone)) column.valid.assign(count_, 0);
      if (!read_values(&column)) return false;
    }
    return reader_.remaining() == 0;
  }

 private:
  bool read_bits(std::vector<uint8_t>* bits) {
    std::string_view bytes;
    if (!reader_.read_bytes((count_ + 7) / 8, &bytes)) return false;
    bits->resize(count_);
    for (size_t at = 0; at < count_; ++at) (*bits)[at] = static_cast<uint8_t>(bytes[at / 8] >> (at % 8)) & 1;
    return count_ % 8 == 0 || static_cast<uint8_t>(bytes.back()) >> (count_ % 8) == 0;
  }

  bool read_created(uint8_t parts) {
    std::vector<TimeUs>& created = batch_->created_time;
    created.assign(count_, kNoCreatedTime);
    if ((parts & (kSomeCreated | kAllCreated)) == 0) return true;
    if ((parts & kSomeCreated) != 0 && ((parts & kAllCreated) != 0 || !read_bits(&bits_))) return false;
    for (size_t at = 0; at < count_; ++at) {
      if ((parts & kSomeCreated) != 0 && bits_[at] == 0) continue;
      uint64_t from_event = 0;
      if (!reader_.read_varint(&from_event)) return false;
      created[at] = moved(batch_->event_time[at], static_cast<uint64_t>(unzigzag(from_event)));
    }
    return true;
  }

  bool read_visible(uint8_t parts) {
    batch_->visible_from = batch_->event_time;
    if ((parts & kSomeVisibleLater) == 0) return true;
    for (TimeUs& visible : batch_->visible_from) {
      uint64_t later = 0;
      if (!reader_.read_varint(&later) || later > distance(visible, std::numeric_limits<TimeUs>::max())) return false;
      visible = moved(visible, later);
    }
    return true;
  }

  // Kernels rely on it.
  bool is_sorted() const {
    for (size_t at = 1; at < count_; ++at) {
      if (batch_->event_time[at - 1] == batch_->event_time[at] && batch_->created_time[at - 1] > batch_->created_time[at])
        return false;
    }
    return true;
  }

  bool read_values(EventBatch::Column* column) {
    const auto is_valid = [&](size_t at) { return column->valid.empty() || column->valid[at] != 0; };
    if (column->kind == ValueKind::kInt) {
      column->ints.assign(count_, 0);
      for (size_t at = 0; at < count_; ++at) {
        uint64_t value = 0;
        if (is_valid(at) && !reader_.read_varint(&value)) return false;
        column->ints[at] = unzigzag(value);
      }
      return true;
    }
    if (column->kind == ValueKind::kFloat) {
      column->floats.assign(count_, 0.0);
      for (size_t at = 0; at < count_; ++at) {
        if (is_valid(at) && !reader_.read_fixed(&column->floats[at])) return false;
      }
      return true;
    }
    return read_strings(is_valid, &column->bytes);
  }

  template <class IsValid>
  bool read_strings(const IsValid& is_valid, std::vector<std::string_view>* strings) {
    lengths_.assign(count_, 0);
    for (size_t at = 0; at < count_; ++at) {
      if (is_valid(at) && !reader_.read_varint(&lengths_[at])) return false;
    }
    strings->assign(count_, std::string_view());
    for (size_t at = 0; at < count_; ++at) {
      if (!reader_.read_bytes(lengths_[at], &(*strings)[at])) return false;
    }
    return true;
  }

  size_t count_;
  RecordReader reader_;
  EventBatch* batch_;
  std::vector<uint8_t> bits_;
  std::vector<uint64_t> lengths_;
};

}  // namespace

void encode_events(const StateLayout& layout, const Tile& tile, const EventRange& range, std::string* out) {
  GN_ASSERT(range.begin < range.end && tile.holds(range.events.event_time[range.begin]) &&
            tile.holds(range.events.event_time[range.end - 1]));
  const uint8_t parts = parts_of(range);
  out->push_back(kEventRecord);
  put(layout.fingerprint(), out);
  put_varint(static_cast<uint64_t>(range.size()), out);
  out->push_back(static_cast<char>(parts));
  put_times(tile, range, parts, out);
  for (const uint8_t* passes : range.events.passes)
    put_bits(
        range.begin, range.end, [&](int64_t at) { return passes[at] != 0; }, out);
  for (const EventColumn& column : range.events.columns) put_column(column, range.begin, range.end, out);
}

Status decode_events(const StateLayout& layout, const Tile& tile, std::string_view bytes, EventBatch* batch) {
  batch->reset(layout);
  RecordReader reader(bytes);
  char kind = 0;
  uint32_t fingerprint = 0;
  uint64_t count = 0;
  uint8_t parts = 0;
  if (!reader.read_fixed(&kind) || kind != kEventRecord || !reader.read_fixed(&fingerprint))
    return damaged_state("events", "no record of events");
  if (fingerprint != layout.fingerprint()) return damaged_state("events", "they have the columns of another state");
  if (!reader.read_varint(&count) || !reader.read_fixed(&parts))
    return damaged_state("events", "they end within the header");
  // An event takes a byte at least: what is allocated is bounded by what is there.
  if (count == 0 || count > reader.remaining() || (parts & ~kAllParts) != 0)
    return damaged_state("events", "an impossible number of them");
  EventReading reading(static_cast<int64_t>(count), reader, batch);
  if (!reading.read_times(tile, parts)) return damaged_state("events", "their times");
  if (!reading.read_filters()) return damaged_state("events", "their filters");
  if (!reading.read_columns()) return damaged_state("events", "their values");
  return Status();
}

}  // namespace gnomon

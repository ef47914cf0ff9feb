// The rows of one write, checked and resolved to raw columns, and gathered by entity.
// Ownership: both hold the batches' columns; RowRefs are valid for as long as they live.
// Thread-safety: used by one thread.
#pragma once

#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include <arrow/type_fwd.h>

#include "gnomon/online_store.h"
#include "stores/row_codec.h"
#include "stores/version_record.h"

namespace gnomon {

class IncomingRows {
 public:
  // ERRORS: GN515 InvalidArgument if a batch is not in the canonical form that OnlineStore::write asks for.
  static Result<IncomingRows> make(const OnlineViewSpec& view, const arrow::RecordBatchVector& batches);

  VersionTimes times(RowRef row) const;
  // > 0 if the content of `a` is the greater one.
  int compare_content_of(RowRef a, RowRef b) const;
  std::vector<FeatureReaders> feature_readers(const RowCodec& codec) const;
  const arrow::RecordBatchVector& batches() const { return batches_; }

 private:
  struct Times {
    ColumnReader event, created, known;
  };
  arrow::RecordBatchVector batches_;   // as given
  arrow::RecordBatchVector features_;  // the features alone, in declared order
  std::vector<Times> times_;
  std::vector<int> feature_columns_;
};

// The incoming rows of one entity that retention can still need.
struct IncomingEntity {
  size_t key_start = 0;  // in IncomingEntities::keys
  uint32_t key_bytes = 0;
  uint32_t first_later = kNone;  // chain of rows not visible at the cutoff
  uint64_t hash = 0;
  bool has_floor = false;
  RowRef floor;  // the greatest row visible at the cutoff
  VersionTimes floor_times;
  TimeUs dropped_from = kNothingDropped;  // when the first of the rows below it became visible

  static constexpr uint32_t kNone = ~uint32_t{0};
};

class IncomingEntities {
 public:
  // One pass over the rows by hash; then only entities are sorted, by their keys' bytes.
  static Result<IncomingEntities> gather(const OnlineViewSpec& view, const IncomingRows& rows, std::optional<TimeUs> cutoff);

  size_t size() const { return entities_.size(); }
  // In the order of keys.
  const IncomingEntity& operator[](size_t i) const { return entities_[order_[i]]; }
  std::string_view key(const IncomingEntity& entity) const {
    return std::string_view(keys_).substr(entity.key_start, entity.key_bytes);
  }

  struct Later {
    RowRef row;
    uint32_t next = IncomingEntity::kNone;
  };
  const Later& later(uint32_t i) const { return later_[i]; }

 private:
  IncomingEntity& entity_of(std::string_view key, uint64_t hash);
  // Of a slice of the rows with these hashes of keys: asks for memory that entity_of will need soon. Inlined, because g++ 12 takes
  // a function that only prefetches for one that does nothing.
  [[gnu::always_inline]] void prefetch(std::span<const uint64_t> hashes, size_t at) const;
  void grow_table();
  void add(IncomingEntity* entity, RowRef row, TimeUs serving_lag_us, std::optional<TimeUs> cutoff,
           const IncomingRows& rows);
  void sort_by_key();

  std::string keys_;
  std::vector<IncomingEntity> entities_;
  std::vector<uint32_t> table_;  // open addressing, a power of two; 0: free, else index + 1
  std::vector<Later> later_;
  std::vector<uint32_t> order_;
};

}  // namespace gnomon

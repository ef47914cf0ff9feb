// A naive online store: it keeps every row ever written and answers by the rules, word by word. The conformance suite
// compares real stores with it.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include <arrow/api.h>

#include "gnomon/online_store.h"

namespace gnomon {

// The bits of a cell as text: equal exactly if the cells are equal to the bit.
std::string cell_bits(const arrow::Array& column, int64_t row);
std::string row_bits(const arrow::RecordBatch& batch, int64_t row, const arrow::Schema& columns);

struct ModelAnswer {
  OnlineStatus status = OnlineStatus::kNotFound;
  TimeUs event_time = 0;
  std::string features;  // row_bits, if kPresent
  std::string text() const;
};

class OnlineStoreModel {
 public:
  explicit OnlineStoreModel(OnlineViewSpec view) : view_(std::move(view)) {}

  void write(const arrow::RecordBatch& rows, TimeUs now, TimeUs as_of_retention_us);
  // kInvalid exactly if the row that held at t need not be kept: a greater one was visible at the cutoff.
  ModelAnswer read(const arrow::RecordBatch& keys, int64_t row, TimeUs t) const;
  // What read() would say if everything were kept.
  ModelAnswer read_everything(const arrow::RecordBatch& keys, int64_t row, TimeUs t) const;
  // From when on the answers for this key must be known.
  std::optional<TimeUs> cutoff(const arrow::RecordBatch& keys, int64_t row) const;
  void set_ttl(TimeUs ttl_us) { view_.ttl_us = ttl_us; }

 private:
  struct Row {
    std::shared_ptr<arrow::RecordBatch> batch;
    TimeUs event_time, known_at;
    std::optional<TimeUs> created_time;
  };
  struct Entity {
    std::vector<Row> rows;
    std::optional<TimeUs> cutoff;
  };
  bool is_greater(const Row& a, const Row& b) const;
  TimeUs visible(const Row& row) const { return std::max(row.event_time, row.known_at + view_.serving_lag_us); }
  const Row* greatest_visible(const Entity& entity, TimeUs t) const;
  const Entity* find(const arrow::RecordBatch& keys, int64_t row) const;
  ModelAnswer answer(const Row* winner, TimeUs t) const;

  OnlineViewSpec view_;
  std::map<std::string, Entity> entities_;
};

// What a store answered, in the model's terms.
ModelAnswer store_answer(const OnlineRows& rows, int64_t row);

}  // namespace gnomon

#include "stores/incoming_rows.h"

#include <numeric>

#include <arrow/array.h>
#include <arrow/record_batch.h>
#include <arrow/type.h>
#include <fmt/format.h>

#include "data/content_order.h"

namespace gnomon {
namespace {

enum class Nulls { kAllowed, kForbidden };

Result<std::shared_ptr<arrow::Array>> canonical_column(const arrow::RecordBatch& batch, const std::string& name,
                                                       const arrow::DataType& type, Nulls nulls) {
  std::shared_ptr<arrow::Array> column = batch.GetColumnByName(name);
  if (column == nullptr) {
    return Status(Code::kInvalidArgument, "GN515", fmt::format("rows for the online store lack column \"{}\"", name));
  }
  if (!column->type()->Equals(type)) {
    return Status(Code::kInvalidArgument, "GN515",
                  fmt::format("column \"{}\" has type {}, expected {}", name, column->type()->ToString(), type.ToString()));
  }
  if (nulls == Nulls::kForbidden && column->null_count() > 0) {
    return Status(Code::kInvalidArgument, "GN515",
                  fmt::format("column \"{}\" holds {} nulls, expected none", name, column->null_count()),
                  "Such rows are bad data: quarantine them");
  }
  return column;
}

Result<ColumnReader> time_reader(const arrow::RecordBatch& batch, const char* name, Nulls nulls) {
  GN_ASSIGN(std::shared_ptr<arrow::Array> column, canonical_column(batch, name, *arrow::int64(), nulls));
  return ColumnReader::of(*column->data());
}

}  // namespace

Result<IncomingRows> IncomingRows::make(const OnlineViewSpec& view, const arrow::RecordBatchVector& batches) {
  IncomingRows rows;
  rows.batches_ = batches;
  rows.feature_columns_.resize(static_cast<size_t>(view.features->num_fields()));
  std::iota(rows.feature_columns_.begin(), rows.feature_columns_.end(), 0);
  for (const auto& batch : batches) {
    GN_ASSERT(batch->num_rows() <= std::numeric_limits<uint32_t>::max());
    for (const auto& key : view.keys->fields()) {
      GN_ASSIGN(std::shared_ptr<arrow::Array> column,
                canonical_column(*batch, key->name(), *key->type(), Nulls::kForbidden));
    }
    arrow::ArrayVector features;
    for (const auto& feature : view.features->fields()) {
      GN_ASSIGN(std::shared_ptr<arrow::Array> column,
                canonical_column(*batch, feature->name(), *feature->type(), Nulls::kAllowed));
      features.push_back(std::move(column));
    }
    rows.features_.push_back(arrow::RecordBatch::Make(view.features, batch->num_rows(), std::move(features)));
    Times times;
    GN_ASSIGN(times.event, time_reader(*batch, kEventTime, Nulls::kForbidden));
    GN_ASSIGN(times.created, time_reader(*batch, kCreatedTime, Nulls::kAllowed));
    GN_ASSIGN(times.known, time_reader(*batch, kKnownAt, Nulls::kAllowed));
    rows.times_.push_back(std::move(times));
  }
  return rows;
}

VersionTimes IncomingRows::times(RowRef row) const {
  const Times& columns = times_[row.batch];
  VersionTimes times;
  times.event_time = columns.event.word_at<TimeUs>(row.row);
  if (columns.created.is_valid(row.row)) times.created_time = columns.created.word_at<TimeUs>(row.row);
  times.known_at = columns.known.is_valid(row.row) ? columns.known.word_at<TimeUs>(row.row) : times.event_time;
  return times;
}

int IncomingRows::compare_content_of(RowRef a, RowRef b) const {
  return compare_content(*features_[a.batch], a.row, *features_[b.batch], b.row, feature_columns_);
}

std::vector<FeatureReaders> IncomingRows::feature_readers(const RowCodec& codec) const {
  std::vector<FeatureReaders> readers;
  for (const auto& batch : features_) readers.push_back(codec.readers_of(*batch));
  return readers;
}

}  // namespace gnomon

// Random views and rows in which everything that can tie does: few keys, few instants, few values.
#pragma once

#include <random>

#include <arrow/api.h>
#include <arrow/util/logging.h>

#include "gnomon/online_store.h"

namespace gnomon {

using Generator = std::mt19937_64;

inline constexpr TimeUs kLastDrawnTime = 20;  // event times are in [0, kLastDrawnTime]

int64_t draw(Generator* generator, int64_t from, int64_t to);  // both inclusive

// A column of `type` with values from a small pool: extremes, NaNs of several bits, both zeros, NUL and empty strings.
std::shared_ptr<arrow::Array> draw_column(Generator* generator, const std::shared_ptr<arrow::DataType>& type, int64_t rows,
                                          bool nulls);

// All feature types, and the key types.
std::vector<std::shared_ptr<arrow::DataType>> all_feature_types();

OnlineViewSpec draw_view(Generator* generator, const std::string& id);

// Canonical rows of the view.
std::shared_ptr<arrow::RecordBatch> draw_rows(Generator* generator, const OnlineViewSpec& view, int64_t rows);

// The rows of `batch` in the given order, cut into batches at random places.
arrow::RecordBatchVector split_rows(Generator* generator, const arrow::RecordBatch& batch,
                                    const std::vector<int64_t>& order);

}  // namespace gnomon

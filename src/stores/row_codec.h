// RowCodec: the features of a row as bytes and back. The layout is described in docs/internals/online-store.md.
//
//   validity bitmap | fixed-width values in declared order | variable-width values in declared order
//
// Whole columns are encoded and decoded at a time; what a column needs is resolved once a batch.
// Ownership: the codec is self-contained; readers and rows point into the caller's batches.
// Thread-safety: const after make(); any thread.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <arrow/type_fwd.h>

#include "gnomon/status.h"
#include "stores/column_reader.h"
#include "stores/packed_bytes.h"

namespace gnomon {

// A row of one of several batches.
struct RowRef {
  uint32_t batch = 0;
  uint32_t row = 0;
};

using FeatureReaders = std::vector<ColumnReader>;  // one a feature, in declared order

class RowCodec {
 public:
  // ERRORS: GN515 InvalidArgument for a column that is no feature type.
  static Result<RowCodec> make(std::shared_ptr<arrow::Schema> features);

  // The readers of a batch whose columns are exactly the features, in order.
  FeatureReaders readers_of(const arrow::RecordBatch& features) const;

  // out[i] := the bytes of rows[i], where `batches` is indexed by RowRef::batch.
  void encode(std::span<const FeatureReaders> batches, std::span<const RowRef> rows, PackedBytes* out) const;

  // Row i of the answer holds rows[i], or nulls where rows[i].data() is null.
  // ERRORS: GN511 DataLoss for bytes that encode() cannot have made; reads stay within the given bytes.
  Result<std::shared_ptr<arrow::RecordBatch>> decode(std::span<const std::string_view> rows) const;

  const std::shared_ptr<arrow::Schema>& features() const { return features_; }

 private:
  struct Column {
    ValueLayout layout;
    size_t place = 0;  // of a fixed-width value in the row
  };

  void encode_column(size_t column, std::span<const FeatureReaders> batches, std::span<const RowRef> rows,
                     std::vector<size_t>* cursors, PackedBytes* out) const;
  Result<std::shared_ptr<arrow::Array>> decode_column(size_t column, std::span<const std::string_view> rows,
                                                      std::vector<size_t>* cursors) const;

  std::shared_ptr<arrow::Schema> features_;
  std::vector<Column> columns_;
  size_t fixed_bytes_ = 0;  // bitmap and fixed-width values
};

}  // namespace gnomon

// One variable-width value as bytes and back, and the builder that a decoded column grows in.
//
//   bytes, strings:  u32 length | bytes
//   arrays:          u32 length of the rest | u32 items | validity bitmap | items: fixed-width, or u32 length | bytes each
//                    (a null item takes no bytes if variable-width, zeros if fixed-width)
//
// All integers are little endian.
// Thread-safety: a ColumnWriter is used by one thread.
#pragma once

#include <bit>
#include <cstdint>
#include <cstring>
#include <memory>
#include <string_view>

#include <arrow/type_fwd.h>

#include "gnomon/status.h"
#include "stores/column_reader.h"

namespace gnomon {

static_assert(std::endian::native == std::endian::little, "the byte formats are written as memory lies");

template <class Word>
void store_little(char* to, Word word) {
  std::memcpy(to, &word, sizeof word);
}

template <class Word>
Word load_little(const char* from) {
  Word word;
  std::memcpy(&word, from, sizeof word);
  return word;
}

Status undecodable_row();  // GN511

// REQUIRES for both: the value is of layout kBytes or kList and not null.
size_t variable_bytes(const ColumnReader& reader, int64_t row);
// Writes exactly variable_bytes() bytes, over zeros, and returns their number.
size_t put_variable(const ColumnReader& reader, int64_t row, char* to);

class ColumnWriter {
 public:
  explicit ColumnWriter(const arrow::DataType& type);

  // Room for `rows` appended values; append_fixed relies on it.
  Status reserve(int64_t rows);
  Status append_null();
  // REQUIRES: layout kBool, kFixed4 or kFixed8; that many bytes at `from`.
  void append_fixed(const char* from);
  // Reads at *cursor within `row` and moves it on. ERRORS: GN511 if the value does not lie within `row`.
  Status append_variable(std::string_view row, size_t* cursor);
  Result<std::shared_ptr<arrow::Array>> finish(const std::shared_ptr<arrow::DataType>& type);

 private:
  Status append_bytes(std::string_view bytes);
  Status append_items(std::string_view list);

  ValueLayout layout_;
  std::shared_ptr<arrow::ArrayBuilder> builder_;  // shared: a list's builder holds that of its items
  std::unique_ptr<ColumnWriter> items_;           // kList
};

}  // namespace gnomon

// PlainPages: the values of a Parquet column chunk where they lie in its pages, if they are plain numbers of 64 bits without nulls.
//
// Arrow's reader expands the levels of every value, copies it into an array and makes a bitmap of what is null. Who wants a few
// values of each page, as a join does of its winners, can do without.
// Thread-safety: an object belongs to one thread. Throws parquet::ParquetException for a damaged chunk, as the library does.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>

#include <arrow/io/type_fwd.h>
#include <parquet/type_fwd.h>

namespace parquet {
class Page;
class PageReader;
}  // namespace parquet

namespace gnomon {

class PlainPages {
 public:
  struct Page {
    enum class Kind : uint8_t { kValues, kEnd, kOther };
    Kind kind = Kind::kEnd;  // kOther: the chunk holds something else after all
    int64_t first_row = 0;   // in the row group
    int64_t rows = 0;
    const uint8_t* values = nullptr;  // of 8 bytes each, not aligned; until the next call of next()
  };
  // Whether any of the rows [first, first + rows) of the row group is wanted: other pages are not decompressed.
  using Wanted = std::function<bool(int64_t first, int64_t rows)>;

  // Nothing where the metadata tell that the chunk is something else.
  static std::unique_ptr<PlainPages> open(const std::shared_ptr<arrow::io::RandomAccessFile>& input,
                                          const std::shared_ptr<parquet::FileMetaData>& metadata, int row_group, int leaf,
                                          Wanted wanted);
  ~PlainPages();

  Page next();

 private:
  PlainPages() = default;

  std::unique_ptr<parquet::ParquetFileReader> file_;
  std::unique_ptr<parquet::PageReader> pages_;
  std::shared_ptr<parquet::Page> page_;  // the values of next() may live in it
  Wanted wanted_;
  int64_t next_row_ = 0;
  bool has_levels_ = false;
};

}  // namespace gnomon

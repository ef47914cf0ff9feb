#include "data/plain_pages.h"

#include <algorithm>
#include <cstring>

#include <parquet/column_page.h>
#include <parquet/column_reader.h>
#include <parquet/exception.h>
#include <parquet/file_reader.h>
#include <parquet/metadata.h>
#include <parquet/properties.h>
#include <parquet/statistics.h>

namespace gnomon {
namespace {

constexpr int64_t kValueBytes = 8;
constexpr int64_t kReadBytes = 1 << 16;  // at a time, beside whole pages

bool has_plain_values(const parquet::ColumnChunkMetaData& chunk) {
  if (chunk.type() != parquet::Type::INT64 && chunk.type() != parquet::Type::DOUBLE) return false;
  if (chunk.has_dictionary_page() || !chunk.is_stats_set()) return false;
  const std::shared_ptr<parquet::Statistics> statistics = chunk.statistics();
  if (statistics == nullptr || !statistics->HasNullCount() || statistics->null_count() != 0) return false;
  const auto& encodings = chunk.encodings();
  return std::find(encodings.begin(), encodings.end(), parquet::Encoding::PLAIN) != encodings.end();
}

// Whether levels of one bit, in Parquet's hybrid of runs and packed bits, say of `rows` rows that all have values.
bool all_defined(const uint8_t* at, const uint8_t* end, int64_t rows) {
  while (rows > 0) {
    uint64_t header = 0;
    int shift = 0;
    do {
      if (at == end || shift > 28) return false;
      header |= static_cast<uint64_t>(*at & 0x7f) << shift;
      shift += 7;
    } while ((*at++ & 0x80) != 0);
    const int64_t count = static_cast<int64_t>(header >> 1);
    if (count == 0) return false;
    if ((header & 1) == 0) {
      if (at == end || *at++ != 1) return false;
      rows -= count;
      continue;
    }
    for (int64_t group = 0; group < count && rows > 0; ++group, rows -= 8) {
      const unsigned used = rows >= 8 ? 0xffu : (1u << rows) - 1;
      if (at == end || (*at++ & used) != used) return false;
    }
  }
  return true;
}

// Where the values of a page begin, or a null pointer if it holds anything but plain values.
const uint8_t* values_of(const parquet::DataPage& page, bool has_levels) {
  const uint8_t* at = page.data();
  const uint8_t* const end = at + page.size();
  if (page.encoding() != parquet::Encoding::PLAIN) return nullptr;
  if (page.type() == parquet::PageType::DATA_PAGE_V2) {
    const auto& second = static_cast<const parquet::DataPageV2&>(page);
    if (second.num_nulls() != 0 || second.repetition_levels_byte_length() != 0) return nullptr;
    at += std::min<int64_t>(page.size(), std::max(0, second.definition_levels_byte_length()));
  } else if (has_levels) {
    const auto& first = static_cast<const parquet::DataPageV1&>(page);
    uint32_t size = 0;
    if (first.definition_level_encoding() != parquet::Encoding::RLE || page.size() < 4) return nullptr;
    std::memcpy(&size, at, sizeof size);
    at += sizeof size;
    if (size > static_cast<uint64_t>(end - at) || !all_defined(at, at + size, page.num_values())) return nullptr;
    at += size;
  }
  if (end - at < page.num_values() * kValueBytes) throw parquet::ParquetException("a data page ends within its values");
  return at;
}

}  // namespace

PlainPages::~PlainPages() = default;

std::unique_ptr<PlainPages> PlainPages::open(const std::shared_ptr<arrow::io::RandomAccessFile>& input,
                                             const std::shared_ptr<parquet::FileMetaData>& metadata, int row_group, int leaf,
                                             Wanted wanted) {
  const parquet::ColumnDescriptor& column = *metadata->schema()->Column(leaf);
  if (column.max_repetition_level() > 0 || column.max_definition_level() > 1) return nullptr;
  if (!has_plain_values(*metadata->RowGroup(row_group)->ColumnChunk(leaf))) return nullptr;
  std::unique_ptr<PlainPages> result(new PlainPages());
  result->has_levels_ = column.max_definition_level() > 0;
  result->wanted_ = std::move(wanted);
  parquet::ReaderProperties properties = parquet::default_reader_properties();
  properties.enable_buffered_stream();  // a page at a time and not the chunk: it stays in the processor's cache
  properties.set_buffer_size(kReadBytes);
  result->file_ = parquet::ParquetFileReader::Open(input, properties, metadata);
  result->pages_ = result->file_->RowGroup(row_group)->GetColumnPageReader(leaf);
  result->pages_->set_data_page_filter([pages = result.get()](const parquet::DataPageStats& page) {
    if (pages->wanted_(pages->next_row_, page.num_values)) return false;
    pages->next_row_ += page.num_values;
    return true;
  });
  return result;
}

PlainPages::Page PlainPages::next() {
  page_ = pages_->NextPage();
  if (page_ == nullptr) return {Page::Kind::kEnd, next_row_, 0, nullptr};
  if (page_->type() != parquet::PageType::DATA_PAGE && page_->type() != parquet::PageType::DATA_PAGE_V2)
    return {Page::Kind::kOther, next_row_, 0, nullptr};
  const auto& data = static_cast<const parquet::DataPage&>(*page_);
  const uint8_t* values = values_of(data, has_levels_);
  if (values == nullptr) return {Page::Kind::kOther, next_row_, 0, nullptr};
  const int64_t first = next_row_;
  next_row_ += data.num_values();
  return {Page::Kind::kValues, first, data.num_values(), values};
}

}  // namespace gnomon

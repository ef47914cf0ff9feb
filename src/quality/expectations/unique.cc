// unique: no two rows hold the same tuple. Every member of a group of equals is unexpected; a row with a null among the
// columns is left out; NaN equals NaN and -0.0 equals 0.0.
//
// Rows are hashed column by column, split by the hash's upper bits into parts that fit the cache, and looked up in one
// small open-addressing table a part; equal hashes are compared in full.
#include <bit>
#include <cmath>

#include "quality/column_scan.h"
#include "quality/expectation.h"
#include "quality/row_keys.h"

namespace gnomon {
namespace {

constexpr int64_t kPartRows = 16'384;  // 16-byte entries and 4-byte slots: about half a megabyte
constexpr int kMostPartBits = 12;

struct Entry {
  uint64_t hash;
  int64_t row;
};

int part_bits_for(int64_t rows) {
  int bits = 0;
  while (bits < kMostPartBits && (rows >> bits) > kPartRows) ++bits;
  return bits;
}

// Entries of counted rows, grouped by the upper bits of their hash; `starts` has one more element than parts.
std::vector<Entry> split_by_hash(const RowKeys& keys, int part_bits, std::vector<size_t>* starts) {
  auto part_of = [part_bits](uint64_t hash) { return part_bits == 0 ? 0 : hash >> (64 - part_bits); };
  starts->assign((size_t{1} << part_bits) + 1, 0);
  for (int64_t row = 0; row < keys.rows(); ++row) {
    if (keys.counted(row)) ++(*starts)[part_of(keys.hash(row)) + 1];
  }
  for (size_t part = 1; part < starts->size(); ++part) (*starts)[part] += (*starts)[part - 1];
  std::vector<Entry> entries(starts->back());
  std::vector<size_t> next(starts->begin(), starts->end() - 1);
  for (int64_t row = 0; row < keys.rows(); ++row) {
    if (keys.counted(row)) entries[next[part_of(keys.hash(row))]++] = {keys.hash(row), row};
  }
  return entries;
}

// Marks every entry of the part that equals another one. Slots hold the first of each group, as index + 1.
void mark_repeated(const RowKeys& keys, std::span<const Entry> part, std::vector<uint32_t>* slots,
                   std::vector<uint8_t>* repeated) {
  size_t mask = std::bit_ceil(part.size() * 2 + 1) - 1;
  slots->assign(mask + 1, 0);
  for (size_t i = 0; i < part.size(); ++i) {
    for (size_t at = part[i].hash & mask;; at = (at + 1) & mask) {
      uint32_t& slot = (*slots)[at];
      if (slot == 0) {
        slot = static_cast<uint32_t>(i + 1);
        break;
      }
      const Entry& first = part[slot - 1];
      if (first.hash == part[i].hash && keys.equal(first.row, part[i].row)) {
        (*repeated)[static_cast<size_t>(first.row)] = 1;
        (*repeated)[static_cast<size_t>(part[i].row)] = 1;
        break;
      }
    }
  }
}

Status check_params(const v1::Check&) { return Status(); }

Result<Verdict> evaluate(std::span<const CheckedColumn> columns, const v1::Check&) {
  GN_ASSIGN(RowKeys keys, RowKeys::build(columns));
  std::vector<size_t> starts;
  std::vector<Entry> entries = split_by_hash(keys, part_bits_for(keys.rows()), &starts);
  std::vector<uint8_t> repeated(static_cast<size_t>(keys.rows()), 0);
  std::vector<uint32_t> slots;
  for (size_t part = 0; part + 1 < starts.size(); ++part) {
    mark_repeated(keys, std::span(entries).subspan(starts[part], starts[part + 1] - starts[part]), &slots, &repeated);
  }
  Verdict verdict;
  verdict.considered = static_cast<int64_t>(entries.size());
  for (size_t row = 0; row < repeated.size(); ++row) {
    if (repeated[row] != 0) verdict.unexpected.push_back(static_cast<int64_t>(row));
  }
  return verdict;
}

}  // namespace

Expectation unique_expectation() {
  Expectation expectation;
  expectation.info = {"unique",
                      {},
                      "No two rows hold the same values in the columns together; rows with a null among them are left out.",
                      {R"({"type": "unique", "columns": ["txn_id"]})", "Int64", "[1, 2, 1, null, null]", {0, 2}}};
  expectation.scope = ColumnScope::kTogether;
  expectation.check_params = check_params;
  expectation.evaluate = evaluate;
  return expectation;
}

}  // namespace gnomon

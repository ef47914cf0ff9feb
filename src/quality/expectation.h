// What an expectation is to this room: a description, a check of its parameters, and a kernel over columns.
// Thread-safety: pure functions; the list of expectations never changes.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "gnomon/quality.h"
#include "gnomon/status.h"
#include "gnomon/v1/manifest.pb.h"
#include "quality/checked_column.h"

namespace gnomon {

// What a kernel found. Row numbers count through all chunks and ascend.
struct Verdict {
  int64_t considered = 0;  // values looked at: the denominator of `mostly`
  std::vector<int64_t> unexpected;
};

// Whether a check over several columns means each of them, or the tuples they form.
enum class ColumnScope : uint8_t { kEach, kTogether };

struct Expectation {
  ExpectationInfo info;
  ColumnScope scope = ColumnScope::kEach;
  // Looks only at this expectation's own parameters. ERRORS: GN130.
  Status (*check_params)(const v1::Check& check);
  // `columns` holds one column for kEach, and all columns of the check, equally long, for kTogether.
  // REQUIRES: check_params(check).ok(). ERRORS: GN132 for a column type the expectation has no meaning for.
  Result<Verdict> (*evaluate)(std::span<const CheckedColumn> columns, const v1::Check& check);
};

// Each is defined in the file of its name.
Expectation between_expectation();
Expectation in_set_expectation();
Expectation not_null_expectation();
Expectation regex_expectation();
Expectation unique_expectation();

// By name; null if there is none.
const Expectation* find_expectation(std::string_view type);

}  // namespace gnomon

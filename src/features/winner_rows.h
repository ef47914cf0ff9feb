// Reading chosen rows of histories: what the join does once it knows its winners.
// Thread-safety: pure functions.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include <arrow/type_fwd.h>

#include "data/row_history.h"
#include "gnomon/status.h"

namespace gnomon {

// Several histories seen as one: row numbers run through them in order.
class JoinedHistories {
 public:
  struct Unit {
    const RowHistory* history;
    int64_t unit;
    int64_t first_row;  // over all histories
    int64_t rows;
  };

  explicit JoinedHistories(const std::vector<const RowHistory*>& histories);
  const std::vector<Unit>& units() const { return units_; }

 private:
  std::vector<Unit> units_;
};

// Rows `rows` (ascending, distinct, over all histories) of the given columns, in that order, as one table.
Result<std::shared_ptr<arrow::Table>> gather_rows(const JoinedHistories& histories, const std::vector<int64_t>& rows,
                                                  const std::vector<std::string>& columns, const arrow::Schema& types,
                                                  int threads);

}  // namespace gnomon

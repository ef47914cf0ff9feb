// The quarantine: rejected rows with their reasons, a table like any other (<project>/.gnomon/offline/quarantine).
// Thread-safety: one call at a time per project.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include <arrow/type_fwd.h>

#include "engine/project.h"
#include "gnomon/quality.h"

namespace gnomon {

struct QuarantineBatch {
  int64_t run_id = 0;
  std::string target;                  // "source weather" | "view weather_now"
  std::string stage;                   // ingest | transform | push
  std::shared_ptr<arrow::Table> rows;  // that `rejected` numbers
  std::vector<Rejected> rejected;
};

// Appends one row per (row, reason): run, at, target, stage, row, check, column, value, row_json. The same rejected rows of the same
// target are recorded once, however often a run finds them.
Status quarantine_rows(Engine::Impl& project, const QuarantineBatch& batch);

// One row of a table as a JSON object.
std::string row_json(const arrow::Table& table, int64_t row);

}  // namespace gnomon

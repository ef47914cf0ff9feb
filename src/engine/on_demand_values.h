// On-demand features of many rows: the same code for a training set and for a request.
// Thread-safety: pure functions over the arguments.
#pragma once

#include <map>
#include <string>
#include <utility>
#include <vector>

#include <arrow/type_fwd.h>

#include "engine/asked_features.h"
#include "gnomon/env.h"

namespace gnomon {

// Why a value is INVALID. 0: it is not.
enum InvalidReason : uint8_t {
  kValid = 0,
  kOverflow,    // an integer outgrew Int64
  kInput,       // a value that it reads is INVALID
  kMisfit,      // it does not fit the declared dtype
  kFunction,    // the Python function raised
  kNoFunction,  // the process of the Python function gave no answer
};
const char* invalid_reason_name(InvalidReason reason);  // "INTEGER_OVERFLOW"

// One column, as features are read and made.
struct FeatureColumn {
  std::shared_ptr<arrow::Array> values;
  std::vector<uint8_t> invalid;     // an InvalidReason a row; empty: every value is valid
  std::vector<TimeUs> event_time;   // of the newest fact behind each value, 0: none; empty: nobody asks
  std::vector<std::string> causes;  // of a Python function: "ZeroDivisionError: division by zero (row 3)", the first few
};

// By (view, feature).
using FeatureColumns = std::map<std::pair<std::string, std::string>, FeatureColumn>;

// Computes what a Python function makes of its inputs, whole columns at once; the answer has the view's features in order.
using RunFunction =
    std::function<Result<std::vector<FeatureColumn>>(const OnDemandView& view, const arrow::RecordBatch& inputs)>;

struct OnDemandWork {
  const AskedFeatures* asked;
  const arrow::Table* rows;  // the entity rows: columns of the request, and join keys
  RunFunction run_function;
  int threads = 1;
};

// Adds the computed features to `columns`, which holds the stored ones that they read. ERRORS: GN216 for a missing column of the
// request; GN205 for one of another kind; what run_function returns.
Status compute_on_demand(const OnDemandWork& work, FeatureColumns* columns);

}  // namespace gnomon

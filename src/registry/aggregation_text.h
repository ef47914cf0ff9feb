// Aggregations as text in plans and messages.
// Thread-safety: pure functions.
#pragma once

#include <string>

#include "gnomon/v1/manifest.pb.h"

namespace gnomon {

// "mean(amount)", "last_n(amount, n=5)", "count(*)": a function and what it is asked of, without windows.
std::string function_text(const v1::Aggregation& aggregation);

// All that decides about values: "sum(amount) over [1h, 1d] offset=1d where amount > 0". Windows of one are written without [].
std::string aggregation_text(const v1::Aggregation& aggregation);
std::string windows_text(const v1::Aggregation& aggregation);  // "1h", "[1h, calendar(month, Europe/Berlin)]"

}  // namespace gnomon

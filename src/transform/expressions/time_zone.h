// Time zones of the machine's tz database, as functions of times take them.
// Thread-safety: pure functions.
#pragma once

#include <memory>
#include <string>

#include <arrow/datum.h>

#include "gnomon/status.h"

namespace gnomon {

// ERRORS: GN168 for a name that the database does not know.
Status check_zone(const std::string& zone);

// The same instants, whose calendar fields are those of `zone`. REQUIRES: timestamp[us, UTC]; a known zone.
Result<arrow::Datum> in_zone(const arrow::Datum& times, const std::string& zone);

}  // namespace gnomon

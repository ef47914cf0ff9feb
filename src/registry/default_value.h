// Whether a default that a definition gives is a value of a feature's type.
// Thread-safety: pure functions.
#pragma once

#include <arrow/type_fwd.h>

#include "gnomon/v1/manifest.pb.h"

namespace gnomon {

// Integers fit floats that hold them exactly; times are ISO 8601 text; text fits String and Bytes; lists fit Array, element by
// element. Nothing is rounded, parsed from text or cut.
bool fits_type(const v1::Value& value, const arrow::DataType& type);

}  // namespace gnomon

// The data types a feature can have, and their Arrow counterparts.
//
// Thread-safety: pure functions.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include <arrow/type_fwd.h>

#include "gnomon/status.h"

namespace gnomon {

// Int32 Int64 Float32 Float64 String Bool Bytes UnixTimestamp, Array(<one of these>) <-> Arrow.
// UnixTimestamp is timestamp[us, UTC]; Array(T) is list<T>; String utf8; Bytes binary.
// ERRORS: GN110 InvalidArgument for an unknown name, with the list of the known ones.
Result<std::shared_ptr<arrow::DataType>> arrow_type_of(std::string_view dtype);

// The dtype whose declared column would hold values of `type`, widening small integers, large strings, dictionaries and
// any timestamp. ERRORS: GN111 InvalidArgument if there is none (e.g. struct, decimal).
Result<std::string> dtype_of(const arrow::DataType& type);

}  // namespace gnomon

// Join keys as bytes: equal keys have equal bytes, and no key's bytes are a prefix of another's.
//
// Columns one after another in declared order: Bool one byte; Int32, Int64 and UnixTimestamp big endian with the sign bit
// flipped (so that bytes sort as numbers do); String and Bytes a big-endian u32 length and the bytes.
// Thread-safety: pure functions.
#pragma once

#include <memory>
#include <vector>

#include <arrow/type_fwd.h>

#include "gnomon/status.h"
#include "stores/packed_bytes.h"

namespace gnomon {

struct EntityKeys {
  PackedBytes bytes;           // one a row
  std::vector<bool> has_null;  // such a row matches nothing; its bytes mean nothing
};

// Encodes the columns of `batch` named in `keys`; other columns are ignored.
// ERRORS: GN515 InvalidArgument if a key column is missing or has another type than declared.
Status encode_entity_keys(const arrow::Schema& keys, const arrow::RecordBatch& batch, EntityKeys* out);

}  // namespace gnomon

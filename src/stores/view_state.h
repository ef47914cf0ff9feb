// What a store knows of a view: the number that stands for it in keys, and what its rows were written under.
// Thread-safety: immutable once made; pure functions.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "gnomon/online_store.h"
#include "stores/row_codec.h"

namespace gnomon {

struct ViewState {
  uint32_t number = 0;       // first four bytes of its keys, big endian; never used again after a drop
  uint64_t fingerprint = 0;  // of keys and features: names and types in order
  TimeUs serving_lag_us = 0;
  RowCodec codec;
  std::shared_ptr<arrow::Schema> keys;

  std::string prefix() const;
  std::string end() const;  // the first key that is greater than all of the view
};

// shared: a reader may finish with a view that is dropped meanwhile.
using ViewStatePtr = std::shared_ptr<const ViewState>;

// Of a view that was never written; without a number.
Result<std::shared_ptr<ViewState>> new_view_state(const OnlineViewSpec& view);

// number u32 | fingerprint u64 | serving_lag i64
inline constexpr size_t kViewStateBytes = 4 + 8 + 8;
std::string encode_view(const ViewState& state);
// REQUIRES: kViewStateBytes bytes. ERRORS: GN513 FailedPrecondition if the rows were written under another schema.
Result<ViewStatePtr> decode_view(const OnlineViewSpec& view, std::string_view bytes);

// `state` if `view` means the same. ERRORS: GN513 for another schema or serving lag: what was kept depends on both.
Result<ViewStatePtr> check_view(const OnlineViewSpec& view, const ViewStatePtr& state);

}  // namespace gnomon

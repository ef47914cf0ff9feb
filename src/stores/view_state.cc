#include "stores/view_state.h"

#include <arrow/type.h>
#include <fmt/format.h>

#include "base/hash.h"
#include "gnomon/types.h"
#include "stores/sorted_bytes.h"
#include "stores/value_bytes.h"

namespace gnomon {
namespace {

Result<uint64_t> fingerprint_of(const OnlineViewSpec& view) {
  std::string text;
  for (const auto& schema : {view.keys, view.features}) {
    for (const auto& field : schema->fields()) {
      GN_ASSIGN(std::string dtype, dtype_of(*field->type()));
      text += fmt::format("{}:{}\n", field->name(), dtype);
    }
    text += "\n";
  }
  return hash64(text);
}

Status written_otherwise(const std::string& view_id, const std::string& what) {
  return Status(Code::kFailedPrecondition, "GN513",
                fmt::format("the online rows of {} were written under another {}", view_id, what),
                "Drop the view's online rows and materialize it again");
}

}  // namespace

std::string ViewState::prefix() const {
  std::string bytes(sizeof number, '\0');
  store_big(bytes.data(), number);
  return bytes;
}

std::string ViewState::end() const {
  std::string bytes(sizeof number, '\0');
  store_big(bytes.data(), number + 1);
  return bytes;
}

Result<std::shared_ptr<ViewState>> new_view_state(const OnlineViewSpec& view) {
  auto state = std::make_shared<ViewState>();
  GN_ASSIGN(state->codec, RowCodec::make(view.features));
  GN_ASSIGN(state->fingerprint, fingerprint_of(view));
  state->serving_lag_us = view.serving_lag_us;
  state->keys = view.keys;
  return state;
}

std::string encode_view(const ViewState& state) {
  std::string bytes(kViewStateBytes, '\0');
  store_little(bytes.data(), state.number);
  store_little(bytes.data() + 4, state.fingerprint);
  store_little(bytes.data() + 12, state.serving_lag_us);
  return bytes;
}

Result<ViewStatePtr> decode_view(const OnlineViewSpec& view, std::string_view bytes) {
  GN_ASSIGN(std::shared_ptr<ViewState> state, new_view_state(view));
  if (state->fingerprint != load_little<uint64_t>(bytes.data() + 4)) return written_otherwise(view.id, "schema");
  state->number = load_little<uint32_t>(bytes.data());
  state->serving_lag_us = load_little<TimeUs>(bytes.data() + 12);
  return ViewStatePtr(std::move(state));
}

Result<ViewStatePtr> check_view(const OnlineViewSpec& view, const ViewStatePtr& state) {
  if (view.serving_lag_us != state->serving_lag_us) {
    return written_otherwise(view.id,
                             fmt::format("serving_lag ({} us, now {} us)", state->serving_lag_us, view.serving_lag_us));
  }
  // The very schemas that were checked before need no second look: this is on the path of every request.
  if (view.keys == state->keys && view.features == state->codec.features()) return state;
  GN_ASSIGN(uint64_t fingerprint, fingerprint_of(view));
  if (fingerprint != state->fingerprint) return written_otherwise(view.id, "schema");
  return state;
}

}  // namespace gnomon

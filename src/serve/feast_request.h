// Request bodies of Feast's routes: untrusted bytes in, checked structs out.
//
// Every function is pure and total: any bytes give a struct or an error, in time and memory linear in their length.
// ERRORS: GN610 not JSON or not UTF-8; GN611 a wrong, missing, doubled or unknown member; GN612 columns
// that are not columns (unequal lengths, mixed types, integers outside int64), naming column and row; Unimplemented (GN613) for
// members of Feast's that are not supported yet.
// Thread-safety: may be called from any number of threads.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <arrow/type_fwd.h>

#include "engine/engine.h"
#include "gnomon/env.h"
#include "gnomon/status.h"
#include "serve/request_body.h"

namespace gnomon {

// Columns come as JSON shows them: integers int64, other numbers float64, text utf8, booleans, arrays list<…>, all null: null.
struct OnlineBody {
  FeatureRequest features;
  std::shared_ptr<arrow::RecordBatch> entities;
  std::optional<TimeUs> as_of;  // ours, beyond Feast's members
  TimeLimit time_limit;         // this too: "timeout_ms"
};
// `is_request_column` tells which of the entities' columns are values of the request; the others are join keys.
using IsRequestColumn = std::function<bool(const std::string& name)>;
Result<OnlineBody> parse_online_body(std::string_view bytes, const IsRequestColumn& is_request_column = nullptr);

struct RowsBody {
  std::string target;  // the push source, or the feature view
  std::shared_ptr<arrow::RecordBatch> rows;
  PushTo to = PushTo::kOnline;  // Feast's default for /push
};
Result<RowsBody> parse_push_body(std::string_view bytes);
Result<RowsBody> parse_write_body(std::string_view bytes);

struct MaterializeBody {
  std::optional<TimeUs> start;  // absent in the incremental form
  TimeUs end = 0;
  std::vector<std::string> views;  // empty: all
};
enum class MaterializeForm { kInterval, kIncremental };
Result<MaterializeBody> parse_materialize_body(std::string_view bytes, MaterializeForm form);

}  // namespace gnomon

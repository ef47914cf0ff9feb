// A /v1 body that carries rows: JSON with the rows as an object of columns, or an Arrow IPC stream with the other members as JSON
// in its schema's metadata. Untrusted bytes in, checked values out.
// ERRORS: those of RequestBody; GN618 for a stream that is none.
// Thread-safety: pure functions.
#pragma once

#include <memory>
#include <string_view>
#include <vector>

#include <arrow/type_fwd.h>

#include "gnomon/status.h"
#include "serve/http_message.h"
#include "serve/request_body.h"

namespace gnomon {

struct RowsRequest {
  RequestBody members;                 // all but the rows
  std::shared_ptr<arrow::Table> rows;  // one chunk
  bool typed = false;                  // columns have the types they are meant to have: they came as Arrow
};

// `rows_member`: the rows' name in JSON. `known`: the names of the other members.
Result<RowsRequest> read_rows_request(const HttpRequest& request, std::string_view rows_member, const RuleOfColumn& rule_of,
                                      std::vector<std::string_view> known);

}  // namespace gnomon

#include "serve/rows_request.h"

#include <arrow/api.h>

#include "data/arrow_status.h"
#include "serve/arrow_body.h"

namespace gnomon {

Result<RowsRequest> read_rows_request(const HttpRequest& request, std::string_view rows_member, const RuleOfColumn& rule_of,
                                      std::vector<std::string_view> known) {
  RowsRequest read;
  if (names_arrow_stream(request.content_type)) {
    GN_ASSIGN(ArrowBody body, read_arrow_body(request.body, kRequestEntry));
    GN_ASSIGN(read.members, RequestBody::parse(body.entry.empty() ? "{}" : body.entry, known));
    GN_ARROW_ASSIGN(read.rows, "reading an Arrow stream", body.table->CombineChunks());
    read.typed = true;
    return read;
  }
  known.push_back(rows_member);
  GN_ASSIGN(read.members, RequestBody::parse(request.body, known));
  GN_ASSIGN(auto batch, read.members.columns(rows_member, rule_of));
  read.rows = arrow::Table::Make(batch->schema(), batch->columns(), batch->num_rows());
  return read;
}

}  // namespace gnomon

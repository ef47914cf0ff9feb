#include "serve/feast_request.h"

#include <arrow/api.h>

namespace gnomon {
namespace {

Result<RowsBody> rows_body(const RequestBody& body, std::string_view target) {
  RowsBody rows;
  GN_ASSIGN(rows.target, body.text(target));
  GN_ASSIGN(rows.rows, body.columns("df", all_values));
  return rows;
}

}  // namespace

Result<OnlineBody> parse_online_body(std::string_view bytes, const IsRequestColumn& is_request_column) {
  GN_ASSIGN(RequestBody body,
            RequestBody::parse(bytes, {"features", "feature_service", "entities", "full_feature_names", "as_of",
                                       "timeout_ms", "include_feature_view_version_metadata", "query_embedding"}));
  GN_TRY(body.refuse_if_set({"include_feature_view_version_metadata", "query_embedding"}));
  OnlineBody online;
  GN_ASSIGN(online.features, body.features());
  GN_ASSIGN(online.time_limit, body.time_limit());
  if (body.find("as_of")) {
    GN_ASSIGN(online.as_of, body.time("as_of"));
  }
  GN_ASSIGN(online.entities, body.columns("entities", [&](const std::string& name) {
    return is_request_column != nullptr && is_request_column(name) ? ColumnRule::kValues : ColumnRule::kKeys;
  }));
  return online;
}

Result<RowsBody> parse_push_body(std::string_view bytes) {
  GN_ASSIGN(RequestBody body,
            RequestBody::parse(bytes, {"push_source_name", "df", "to", "allow_registry_cache", "transform_on_write"}));
  GN_ASSIGN(RowsBody push, rows_body(body, "push_source_name"));
  GN_ASSIGN(push.to, body.push_to(PushTo::kOnline));
  return push;
}

Result<RowsBody> parse_write_body(std::string_view bytes) {
  GN_ASSIGN(RequestBody body,
            RequestBody::parse(bytes, {"feature_view_name", "df", "allow_registry_cache", "transform_on_write"}));
  return rows_body(body, "feature_view_name");
}

Result<MaterializeBody> parse_materialize_body(std::string_view bytes, MaterializeForm form) {
  GN_ASSIGN(RequestBody body, RequestBody::parse(bytes, {"start_ts", "end_ts", "feature_views", "disable_event_timestamp",
                                                         "full_feature_names", "version"}));
  GN_TRY(body.refuse_if_set({"disable_event_timestamp", "version"}));
  MaterializeBody materialize;
  if (form == MaterializeForm::kInterval) {
    GN_ASSIGN(materialize.start, body.time("start_ts"));
  } else if (body.find("start_ts")) {
    return bad_member("\"start_ts\" has no place here: an incremental materialization starts where the last one ended");
  }
  GN_ASSIGN(materialize.end, body.time("end_ts"));
  GN_ASSIGN(materialize.views, body.texts("feature_views"));
  return materialize;
}

}  // namespace gnomon

#include "serve/feast_request.h"

#include <arrow/api.h>
#include <fmt/format.h>

#include "base/time_text.h"
#include "serve/json_columns.h"
#include "serve/request_members.h"

namespace gnomon {
namespace {

// The members of a body by name; one that is null counts as absent.
class Body {
 public:
  static Result<Body> parse(std::string_view bytes, const std::vector<std::string_view>& known) {
    Body body;
    GN_ASSIGN(body.members_, parse_members(bytes, known));
    return body;
  }

  const Member* find(std::string_view name) const {
    for (const Member& member : members_) {
      if (member.name == name && member.kind != MemberKind::kNull) return &member;
    }
    return nullptr;
  }

  Result<std::string> text(std::string_view name) const {
    GN_ASSIGN(const Member* member, required(name));
    if (member->kind != MemberKind::kText) return bad_member(fmt::format("member \"{}\" is not text", name));
    return member->text;
  }

  Result<bool> flag(std::string_view name) const {
    const Member* member = find(name);
    if (member == nullptr) return false;
    if (member->kind != MemberKind::kBool) return bad_member(fmt::format("member \"{}\" is neither true nor false", name));
    return bool(member->flag);
  }

  Result<std::vector<std::string>> texts(std::string_view name) const {
    const Member* member = find(name);
    if (member == nullptr) return std::vector<std::string>();
    if (member->kind != MemberKind::kTexts) return bad_member(fmt::format("member \"{}\" is not a list of texts", name));
    return member->texts;
  }

  Result<TimeUs> time(std::string_view name) const {
    GN_ASSIGN(std::string iso, text(name));
    return parse_time(iso);
  }

  Result<std::shared_ptr<arrow::RecordBatch>> columns(std::string_view name, ColumnRule rule) const {
    GN_ASSIGN(const Member* member, required(name));
    if (member->kind != MemberKind::kColumns) {
      return bad_member(fmt::format("member \"{}\" is not an object of columns", name), "Write {\"column\": [values]}");
    }
    return build_columns(*member, rule);
  }

  // Members of Feast's that mean something which is not there yet: refused when set, never ignored.
  Status refuse_if_set(std::initializer_list<std::string_view> names) const {
    for (std::string_view name : names) {
      const Member* member = find(name);
      if (member == nullptr || (member->kind == MemberKind::kBool && !member->flag)) continue;
      return Status(Code::kUnimplemented, "GN613", fmt::format("member \"{}\" is not supported", name), "Leave it out");
    }
    return {};
  }

 private:
  Result<const Member*> required(std::string_view name) const {
    const Member* member = find(name);
    if (member == nullptr) return bad_member(fmt::format("member \"{}\" is missing", name));
    return member;
  }

  std::vector<Member> members_;
};

Result<RowsBody> rows_body(const Body& body, std::string_view target) {
  RowsBody rows;
  GN_ASSIGN(rows.target, body.text(target));
  GN_ASSIGN(rows.rows, body.columns("df", ColumnRule::kValues));
  return rows;
}

}  // namespace

Result<OnlineBody> parse_online_body(std::string_view bytes) {
  GN_ASSIGN(Body body, Body::parse(bytes, {"features", "feature_service", "entities", "full_feature_names", "as_of",
                                           "include_feature_view_version_metadata", "query_embedding"}));
  GN_TRY(body.refuse_if_set({"include_feature_view_version_metadata", "query_embedding"}));
  OnlineBody online;
  GN_ASSIGN(online.features.features, body.texts("features"));
  if (body.find("feature_service")) {
    GN_ASSIGN(online.features.feature_service, body.text("feature_service"));
  }
  if (online.features.features.empty() == online.features.feature_service.empty()) {
    return bad_member("give either \"features\" or \"feature_service\"");
  }
  GN_ASSIGN(online.features.full_feature_names, body.flag("full_feature_names"));
  if (body.find("as_of")) {
    GN_ASSIGN(online.as_of, body.time("as_of"));
  }
  GN_ASSIGN(online.entities, body.columns("entities", ColumnRule::kKeys));
  return online;
}

Result<RowsBody> parse_push_body(std::string_view bytes) {
  GN_ASSIGN(Body body, Body::parse(bytes, {"push_source_name", "df", "to", "allow_registry_cache", "transform_on_write"}));
  GN_ASSIGN(RowsBody push, rows_body(body, "push_source_name"));
  if (!body.find("to")) return push;
  GN_ASSIGN(std::string to, body.text("to"));
  if (to == "online")
    push.to = PushTo::kOnline;
  else if (to == "offline")
    push.to = PushTo::kOffline;
  else if (to == "online_and_offline")
    push.to = PushTo::kOnlineAndOffline;
  else
    return bad_member(fmt::format("\"to\" is \"{}\"", to), "It is online, offline or online_and_offline");
  return push;
}

Result<RowsBody> parse_write_body(std::string_view bytes) {
  GN_ASSIGN(Body body, Body::parse(bytes, {"feature_view_name", "df", "allow_registry_cache", "transform_on_write"}));
  return rows_body(body, "feature_view_name");
}

Result<MaterializeBody> parse_materialize_body(std::string_view bytes, MaterializeForm form) {
  GN_ASSIGN(Body body, Body::parse(bytes, {"start_ts", "end_ts", "feature_views", "disable_event_timestamp",
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

#include "serve/request_body.h"

#include <arrow/api.h>
#include <fmt/format.h>

#include "base/time_text.h"

namespace gnomon {

Result<RequestBody> RequestBody::parse(std::string_view bytes, const std::vector<std::string_view>& known) {
  RequestBody body;
  GN_ASSIGN(body.members_, parse_members(bytes, known));
  return body;
}

const Member* RequestBody::find(std::string_view name) const {
  for (const Member& member : members_) {
    if (member.name == name && member.kind != MemberKind::kNull) return &member;
  }
  return nullptr;
}

Result<const Member*> RequestBody::required(std::string_view name) const {
  const Member* member = find(name);
  if (member == nullptr) return bad_member(fmt::format("member \"{}\" is missing", name));
  return member;
}

Result<std::string> RequestBody::text(std::string_view name) const {
  GN_ASSIGN(const Member* member, required(name));
  if (member->kind != MemberKind::kText) return bad_member(fmt::format("member \"{}\" is not text", name));
  return member->text;
}

Result<std::string> RequestBody::text_or(std::string_view name, std::string_view otherwise) const {
  if (find(name) == nullptr) return std::string(otherwise);
  return text(name);
}

Result<bool> RequestBody::flag(std::string_view name) const {
  const Member* member = find(name);
  if (member == nullptr) return false;
  if (member->kind != MemberKind::kBool) return bad_member(fmt::format("member \"{}\" is neither true nor false", name));
  return bool(member->flag);
}

Result<std::vector<std::string>> RequestBody::texts(std::string_view name) const {
  const Member* member = find(name);
  if (member == nullptr) return std::vector<std::string>();
  if (member->kind != MemberKind::kTexts) return bad_member(fmt::format("member \"{}\" is not a list of texts", name));
  return member->texts;
}

Result<TimeUs> RequestBody::time(std::string_view name) const {
  GN_ASSIGN(std::string iso, text(name));
  return parse_time(iso);
}

Result<std::shared_ptr<arrow::RecordBatch>> RequestBody::columns(std::string_view name, const RuleOfColumn& rule_of) const {
  GN_ASSIGN(const Member* member, required(name));
  if (member->kind != MemberKind::kColumns) {
    return bad_member(fmt::format("member \"{}\" is not an object of columns", name), "Write {\"column\": [values]}");
  }
  return build_columns(*member, rule_of);
}

Result<FeatureRequest> RequestBody::features() const {
  FeatureRequest request;
  GN_ASSIGN(request.features, texts("features"));
  GN_ASSIGN(request.feature_service, text_or("feature_service", ""));
  if (request.features.empty() == request.feature_service.empty()) {
    return bad_member("give either \"features\" or \"feature_service\"");
  }
  GN_ASSIGN(request.full_feature_names, flag("full_feature_names"));
  return request;
}

Result<TimeLimit> RequestBody::time_limit() const {
  const Member* member = find("timeout_ms");
  if (member == nullptr) return TimeLimit();
  if (member->kind != MemberKind::kNumber || !member->integer.has_value() || *member->integer < 1 ||
      *member->integer > kMaxTimeoutMs) {
    return bad_member(
        fmt::format("member \"timeout_ms\" is not a whole number of milliseconds from 1 to {}", kMaxTimeoutMs));
  }
  return TimeLimit(std::chrono::milliseconds(*member->integer));
}

Result<PushTo> RequestBody::push_to(PushTo otherwise) const {
  if (find("to") == nullptr) return otherwise;
  GN_ASSIGN(std::string to, text("to"));
  if (to == "online") return PushTo::kOnline;
  if (to == "offline") return PushTo::kOffline;
  if (to == "online_and_offline") return PushTo::kOnlineAndOffline;
  return bad_member(fmt::format("\"to\" is \"{}\"", to), "It is online, offline or online_and_offline");
}

Status RequestBody::refuse_if_set(std::initializer_list<std::string_view> names) const {
  for (std::string_view name : names) {
    const Member* member = find(name);
    if (member == nullptr || (member->kind == MemberKind::kBool && !member->flag)) continue;
    return Status(Code::kUnimplemented, "GN613", fmt::format("member \"{}\" is not supported", name), "Leave it out");
  }
  return {};
}

}  // namespace gnomon

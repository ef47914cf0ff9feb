#include "serve/error_reply.h"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "serve/json_writer.h"

namespace gnomon {
namespace {

constexpr size_t kShownBytes = 200;

Code code_named(const std::string& name) {
  for (int code = static_cast<int>(Code::kInvalidArgument); code <= static_cast<int>(Code::kUnimplemented); ++code) {
    if (name == code_name(static_cast<Code>(code))) return static_cast<Code>(code);
  }
  return Code::kOk;
}

}  // namespace

std::string error_json(const Status& status) {
  const ErrorInfo& info = status.info();
  std::string out = "{\"code\":";
  append_json_string(&out, code_name(info.code));
  for (const auto& [name, value] :
       {std::pair{"id", &info.id}, {"message", &info.message}, {"where", &info.where}, {"hint", &info.hint}}) {
    out.append(",\"").append(name).append("\":");
    append_json_string(&out, *value);
  }
  return out + "}";
}

Status error_of(const std::string& address, const HttpReply& reply) {
  auto said = nlohmann::json::parse(reply.body, nullptr, /*allow_exceptions=*/false);
  auto text = [&](const char* name) { return said.value(name, std::string()); };
  try {
    if (said.is_object() && code_named(text("code")) != Code::kOk)
      return Status(code_named(text("code")), text("id"), text("message"), text("hint"), text("where"));
  } catch (const nlohmann::json::exception&) {  // a member of another type: not our form either
  }
  return Status(
      Code::kDataLoss, "GN636",
      fmt::format("{} answered {}, and not as Gnomon does: {}", address, reply.status, reply.body.substr(0, kShownBytes)));
}

}  // namespace gnomon

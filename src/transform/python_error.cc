#include "transform/python_error.h"

#include <fmt/format.h>
#include <google/protobuf/struct.pb.h>
#include <google/protobuf/util/json_util.h>

namespace gnomon {
namespace {

std::string_view without_end_blanks(std::string_view text) {
  size_t last = text.find_last_not_of(" \t\r\n");
  return text.substr(0, last == std::string_view::npos ? 0 : last + 1);
}

std::string_view last_line(std::string_view text) {
  text = without_end_blanks(text);
  size_t newline = text.rfind('\n');
  return newline == std::string_view::npos ? text : text.substr(newline + 1);
}

// The tail begins somewhere in a line, perhaps within a character: from its first whole line on.
std::string_view whole_lines(std::string_view tail) {
  size_t newline = tail.size() < kErrorTailBytes ? std::string_view::npos : tail.find('\n');
  return without_end_blanks(newline == std::string_view::npos ? tail : tail.substr(newline + 1));
}

Code code_of(const std::string& name) {
  for (int code = static_cast<int>(Code::kInvalidArgument); code <= static_cast<int>(Code::kUnimplemented); ++code) {
    if (name == code_name(static_cast<Code>(code))) return static_cast<Code>(code);
  }
  return Code::kInvalidArgument;
}

}  // namespace

Status python_not_started(const Status& cause) {
  return Status(Code::kFailedPrecondition, "GN332", cause.info().message,
                "Set GNOMON_PYTHON to the interpreter of the project's environment");
}

Status python_failed(const std::string& id, const std::string& what, const std::string& python, const ChildResult& child) {
  std::string_view tail = child.error_tail;
  if (last_line(tail).find("No module named gnomon") != std::string_view::npos ||
      last_line(tail).find("No module named 'gnomon") != std::string_view::npos) {
    return Status(
        Code::kFailedPrecondition, "GN332", fmt::format("{} has no gnomon: {}", python, last_line(tail)),
        "Install gnomon in that environment, or set GNOMON_PYTHON to the interpreter of the project's environment");
  }
  std::string message = fmt::format("{} {}", what, child.ending());
  if (!last_line(tail).empty()) message += fmt::format(": {}\n{}", last_line(tail), whole_lines(tail));
  return Status(Code::kInvalidArgument, id, message);
}

std::optional<Status> raised_error(std::string_view error_tail) {
  std::string_view line = last_line(error_tail);
  if (line.empty() || line[0] != '{') return std::nullopt;
  google::protobuf::Struct object;
  if (!google::protobuf::util::JsonStringToMessage(std::string(line), &object).ok()) return std::nullopt;
  auto text = [&](const char* name) {
    auto field = object.fields().find(name);
    return field == object.fields().end() ? std::string() : field->second.string_value();
  };
  if (text("id").empty()) return std::nullopt;
  return Status(code_of(text("code")), text("id"), text("message"), text("hint"), text("where"));
}

}  // namespace gnomon

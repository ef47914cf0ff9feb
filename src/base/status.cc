#include "gnomon/status.h"

namespace gnomon {
namespace {

struct CodeRow {
  const char* name;
  int http_status;
};

constexpr CodeRow kCodes[] = {
    {"Ok", 200},
    {"InvalidArgument", 400},
    {"Unauthenticated", 401},
    {"PermissionDenied", 403},
    {"NotFound", 404},
    {"AlreadyExists", 409},
    {"FailedPrecondition", 412},
    {"Aborted", 409},
    {"Unavailable", 503},
    {"ResourceExhausted", 429},
    {"DeadlineExceeded", 504},
    {"DataLoss", 500},
    {"Unimplemented", 501},
};

}  // namespace

const char* code_name(Code code) { return kCodes[static_cast<int>(code)].name; }
int code_http_status(Code code) { return kCodes[static_cast<int>(code)].http_status; }

Status::Status(Code code, std::string id, std::string message, std::string hint, std::string where)
    : info_(std::make_shared<ErrorInfo>(
          ErrorInfo{code, std::move(id), std::move(message), std::move(where), std::move(hint)})) {
  GN_ASSERT(code != Code::kOk);  // an error without a code would pass for neither success nor failure
}

Status Status::with_where(const std::string& where) const {
  if (ok() || !info_->where.empty()) return *this;
  return Status(info_->code, info_->id, info_->message, info_->hint, where);
}

std::string Status::to_string() const {
  if (ok()) return "ok";
  std::string text = info_->id;
  if (!info_->where.empty()) text += " " + info_->where + " ";
  text += " " + info_->message;
  if (info_->hint.empty()) return text;
  bool sentence_ended = text.back() == '.' || text.back() == '?' || text.back() == '!';
  return text + (sentence_ended ? " " : ". ") + info_->hint;
}

}  // namespace gnomon

#include "access/audit_log.h"

#include <unistd.h>

#include <filesystem>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "base/private_file.h"
#include "base/time_text.h"

namespace gnomon {
namespace {

using nlohmann::ordered_json;

constexpr size_t kMostBytes = 300;  // of one text: lines stay short, whatever somebody calls himself

std::string text_of(const ordered_json& line) {
  return line.dump(-1, ' ', false, ordered_json::error_handler_t::replace) + "\n";
}

std::string text_of(const AuditLine& line, TimeUs now_us) {
  auto cut = [](const std::string& text) { return text.substr(0, kMostBytes); };
  ordered_json out = {
      {"time", format_time(now_us)},    {"principal", cut(line.principal)}, {"action", action_name(line.action)},
      {"resource", cut(line.resource)}, {"outcome", line.outcome},          {"peer", cut(line.peer)}};
  if (!line.reason.empty()) out["reason"] = cut(line.reason);
  return text_of(out);
}

}  // namespace

AuditLog::AuditLog(std::string project_dir, Env* env) : path_(std::move(project_dir) + "/.gnomon/audit.ndjson"), env_(env) {}

Status AuditLog::allow(const AuditLine& line) {
  GN_TRY(env_->make_dirs(std::filesystem::path(path_).parent_path().string()));
  return append_private_file(path_, text_of(line, env_->now_us()), Durability::kFsync);
}

void AuditLog::deny(const AuditLine& line) {
  std::lock_guard lock(mutex_);
  if (denials_.size() >= kMostDenials) {
    ++dropped_;
    return;
  }
  denials_.push_back(text_of(line, env_->now_us()));
}

void AuditLog::flush() {
  std::string lines;
  {
    std::lock_guard lock(mutex_);
    for (const std::string& line : denials_) lines += line;
    if (dropped_ > 0) {
      lines += text_of(ordered_json{{"time", format_time(env_->now_us())}, {"outcome", "denied"}, {"not_listed", dropped_}});
    }
    denials_.clear();
    dropped_ = 0;
  }
  // A refusal that cannot be written is a refusal all the same.
  if (!lines.empty()) (void)append_private_file(path_, lines, Durability::kWhenTheSystemLikes);
}

std::string own_user() { return fmt::format("user {}", ::getuid()); }

}  // namespace gnomon

#include "stores/store_owner.h"

#include <unistd.h>

#include <algorithm>

#include <fmt/format.h>

namespace gnomon {
namespace {

std::string owner_file(const std::string& folder) { return folder + "/OWNER"; }

// "gnomon serve --port 6566", or nothing where the system does not tell.
std::string own_command(Env* env) {
  Result<std::string> arguments = env->read_file("/proc/self/cmdline");
  if (!arguments.ok()) return "";
  std::string command = *arguments;
  while (!command.empty() && command.back() == '\0') command.pop_back();
  std::replace(command.begin(), command.end(), '\0', ' ');
  std::replace(command.begin(), command.end(), '\n', ' ');
  return command;
}

}  // namespace

void record_owner(const std::string& folder, Env* env) {
  Status ignored = env->write_file_atomic(owner_file(folder), fmt::format("{}\n{}\n", ::getpid(), own_command(env)));
  static_cast<void>(ignored);
}

void forget_owner(const std::string& folder, Env* env) {
  Status ignored = env->remove_file(owner_file(folder));
  static_cast<void>(ignored);
}

Status owned_by_another(const std::string& folder, Env* env) {
  std::string owner = "another process";
  Result<std::string> recorded = env->read_file(owner_file(folder));
  if (recorded.ok() && recorded->find('\n') != std::string::npos) {
    size_t line_end = recorded->find('\n');
    std::string command = recorded->substr(line_end + 1);
    while (!command.empty() && command.back() == '\n') command.pop_back();
    owner = fmt::format("process {}", recorded->substr(0, line_end));
    if (!command.empty()) owner += fmt::format(" ({})", command);
  }
  return Status(Code::kFailedPrecondition, "GN510", fmt::format("the online store {} is owned by {}", folder, owner),
                "Stop that process, ask it over HTTP, or open the store read-only");
}

Status check_writable(const std::string& folder, OpenMode mode) {
  if (mode == OpenMode::kOwn) return Status();
  return Status(Code::kFailedPrecondition, "GN514", "the online store " + folder + " was opened read-only",
                "Open it as its owner to write");
}

}  // namespace gnomon

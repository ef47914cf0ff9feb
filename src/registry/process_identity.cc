#include "registry/process_identity.h"

#include <unistd.h>

#include <sstream>

#include <fmt/format.h>

namespace gnomon {
namespace {

constexpr int kFieldsBeforeStart = 19;  // of /proc/PID/stat, counted after the command's name: start time is field 22

// Empty if there is no such process, or if it has ended and only waits to be collected.
std::string start_time(const std::string& pid, Env* env) {
  Result<std::string> stat = env->read_file("/proc/" + pid + "/stat");
  if (!stat.ok()) return "";
  size_t name_end = stat->rfind(')');  // the name may hold spaces and brackets itself
  if (name_end == std::string::npos) return "";
  std::istringstream fields(stat->substr(name_end + 1));
  std::string state, field;
  fields >> state;
  if (state == "Z" || state == "X") return "";
  for (int i = 0; i < kFieldsBeforeStart; ++i) fields >> field;
  return field;
}

std::string boot_id(Env* env) {
  Result<std::string> id = env->read_file("/proc/sys/kernel/random/boot_id");
  if (!id.ok()) return "unknown";
  return id->substr(0, id->find('\n'));
}

}  // namespace

std::string current_process(Env* env) {
  std::string pid = fmt::format("{}", ::getpid());
  return fmt::format("{} {} {}", pid, start_time(pid, env), boot_id(env));
}

bool is_running(const std::string& process, Env* env) {
  std::string pid = process.substr(0, process.find(' '));
  std::string start = start_time(pid, env);
  return !start.empty() && process == fmt::format("{} {} {}", pid, start, boot_id(env));
}

}  // namespace gnomon

// backup and restore: the state of a project, as of one point.
#include <filesystem>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "cli/commands.h"
#include "cli/text_table.h"
#include "engine/backup.h"

namespace gnomon::cli {
namespace {

using nlohmann::ordered_json;

std::string to_json(const BackupReport& report) {
  return ordered_json{
      {"files", report.files}, {"bytes", report.bytes}, {"online_store", report.online_store}, {"sequence", report.sequence}}
      .dump();
}

std::string to_text(const char* what, const BackupReport& report) {
  const std::string store =
      report.online_store == "redis"
          ? "the online store in Redis is not among them: copy it with Redis's own means, or materialize again"
          : fmt::format("the online store is at sequence {}", report.sequence);
  return fmt::format("{} {} files, {} bytes; {}", what, with_thousands(report.files), with_thousands(report.bytes), store);
}

// Paths on the command line start where it is typed.
std::string here(const std::string& path) { return std::filesystem::absolute(path).lexically_normal().string(); }

Result<Exit> run_backup(const Arguments& arguments, const Terminal& terminal) {
  GN_ASSIGN(BackupReport report, backup_project(terminal.project_dir, here(arguments.text("folder")), Env::real()));
  terminal.print(terminal.json() ? to_json(report) : to_text("Backed up", report));
  return Exit::kOk;
}

Result<Exit> run_restore(const Arguments& arguments, const Terminal& terminal) {
  GN_ASSIGN(BackupReport report, restore_project(here(arguments.text("folder")), terminal.project_dir, Env::real()));
  terminal.print(terminal.json() ? to_json(report) : to_text("Restored", report));
  return Exit::kOk;
}

}  // namespace

Command backup_command() {
  return {"backup",
          "Copy the project's state to a new folder, as of one point, whoever writes meanwhile",
          {{"folder", "FOLDER", "Where to; it must not be there", Arity::kOne, Presence::kRequired}},
          run_backup};
}

Command restore_command() {
  return {"restore",
          "Make a project's state from a backup; what is there is never overwritten",
          {{"folder", "FOLDER", "A backup", Arity::kOne, Presence::kRequired}},
          run_restore};
}

}  // namespace gnomon::cli

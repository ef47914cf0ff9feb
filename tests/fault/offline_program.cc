// Commits sample rows to an offline table, one command a run:
//
//   offline_program append|overwrite PATH START COUNT [APP_ID APP_VERSION]     prints "version N"
//   offline_program append_loop PATH START TIMES                               one row a commit; prints each id once it is committed
//   offline_program append_log_first PATH START COUNT                          the negative control: a commit in the wrong order
//   offline_program snapshot PATH [VERSION]                                    prints "version N", then "ROWS FILE" a line
//
// It exits with 0, or with 1 and the error on stderr. GNOMON_CRASH_AT ends it at a kill point.
#include <cstdio>
#include <filesystem>
#include <string>
#include <vector>

#include <arrow/api.h>
#include <fmt/format.h>

#include "gnomon/offline_table.h"
#include "unit/offline_sample_rows.h"

namespace gnomon {
namespace {

using Arguments = std::vector<std::string>;

Status commit(const Arguments& arguments, CommitMode mode) {
  CommitOptions options{mode, "", -1};
  if (arguments.size() > 5) options = {mode, arguments[4], std::stoll(arguments[5])};
  OfflineTable table(arguments[1], Env::real());
  auto rows = test::sample_rows(std::stoll(arguments[2]), std::stoll(arguments[3]));
  GN_ASSIGN(OfflineSnapshot snapshot, table.commit(*rows, options));
  fmt::print("version {}\n", snapshot.version);
  return Status();
}

Status append_loop(const Arguments& arguments) {
  OfflineTable table(arguments[1], Env::real());
  int64_t start = std::stoll(arguments[2]);
  for (int64_t id = start; id < start + std::stoll(arguments[3]); ++id) {
    GN_TRY(table.commit(*test::id_rows(id, 1), {}).status());
    fmt::print("{}\n", id);
    std::fflush(stdout);
  }
  return Status();
}

// Lets a copy of the table do the commit, then takes over its entry before its data file.
Status append_log_first(const Arguments& arguments) {
  namespace fs = std::filesystem;
  std::string copy = arguments[1] + ".copy";
  fs::copy(arguments[1], copy, fs::copy_options::recursive);
  OfflineTable table(copy, Env::real());
  GN_ASSIGN(OfflineSnapshot snapshot,
            table.commit(*test::sample_rows(std::stoll(arguments[2]), std::stoll(arguments[3])), {}));
  std::string entry = fmt::format("/_delta_log/{:020}.json", snapshot.version);
  fs::copy_file(copy + entry, arguments[1] + entry);
  Env::real()->kill_point("offline.log_first");
  fs::path file = snapshot.files.back();
  fs::copy_file(file, arguments[1] / file.filename());
  return Status();
}

Status print_snapshot(const Arguments& arguments) {
  OfflineTable table(arguments[1], Env::real());
  std::optional<int64_t> version;
  if (arguments.size() > 2) version = std::stoll(arguments[2]);
  GN_ASSIGN(OfflineSnapshot snapshot, table.snapshot(version));
  GN_TRY(table.verify(version));
  fmt::print("version {}\n", snapshot.version);
  for (size_t i = 0; i < snapshot.files.size(); ++i) fmt::print("{} {}\n", snapshot.file_rows[i], snapshot.files[i]);
  return Status();
}

Status run(const Arguments& arguments) {
  const std::string& command = arguments[0];
  if (command == "snapshot" && arguments.size() >= 2) return print_snapshot(arguments);
  if (arguments.size() < 4) return Status(Code::kInvalidArgument, "GN100", "too few arguments");
  if (command == "append") return commit(arguments, CommitMode::kAppend);
  if (command == "overwrite") return commit(arguments, CommitMode::kOverwrite);
  if (command == "append_loop") return append_loop(arguments);
  if (command == "append_log_first") return append_log_first(arguments);
  return Status(Code::kInvalidArgument, "GN100", "unknown command: " + command);
}

}  // namespace
}  // namespace gnomon

int main(int argc, char** argv) {
  gnomon::Arguments arguments(argv + 1, argv + argc);
  if (arguments.empty()) arguments.push_back("");
  gnomon::Status status = gnomon::run(arguments);
  if (!status.ok()) fmt::print(stderr, "{}\n", status.to_string());
  return status.ok() ? 0 : 1;
}

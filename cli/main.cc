// gnomon: the command line. Commands are listed here and implemented one group a file; nothing is opened before the arguments
// have been understood.
#include <cstdio>

#include "cli/commands.h"
#include "cli/parse_arguments.h"

namespace gnomon::cli {
namespace {

constexpr const char* kGateFailedId = "GN310";

std::vector<Command> all_commands() {
  return {init_command(),       plan_command(),        apply_command(),
          run_command(),        runs_command(),        validate_command(),
          dataset_command(),    materialize_command(), materialize_incremental_command(),
          compact_command(),    push_command(),        get_command(),
          explain_command(),    serve_command(),       key_command(),
          verify_command(),     backup_command(),      restore_command(),
          quarantine_command(), list_command(),        describe_command(),
          doctor_command(),     version_command()};
}

Exit exit_for(const Status& status) {
  if (status.info().id == kUsageErrorId) return Exit::kUsage;
  return status.info().id == kGateFailedId ? Exit::kGateFailed : Exit::kError;
}

Exit run(int count, char** values) {
  std::vector<Command> commands = all_commands();
  auto parsed = parse_arguments(count, values, commands);
  if (auto* exit = std::get_if<Exit>(&parsed)) return *exit;
  auto& invocation = std::get<Invocation>(parsed);
  Result<Exit> exit = invocation.command->run(invocation.arguments, invocation.terminal);
  if (exit.ok()) return *exit;
  invocation.terminal.print_error(exit.status());
  return exit_for(exit.status());
}

}  // namespace
}  // namespace gnomon::cli

int main(int count, char** values) { return static_cast<int>(gnomon::cli::run(count, values)); }

// argv → the chosen command and its arguments.
#pragma once

#include <variant>
#include <vector>

#include "cli/command.h"

namespace gnomon::cli {

struct Invocation {
  const Command* command;
  Arguments arguments;
  Terminal terminal;
};

// An invocation to run, or the exit code when all is said: help was asked for and printed, or a usage error was.
std::variant<Invocation, Exit> parse_arguments(int count, char** values, const std::vector<Command>& commands);

}  // namespace gnomon::cli

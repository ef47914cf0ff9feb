#include "cli/terminal.h"

#include <unistd.h>

#include <cstdio>
#include <iostream>

#include "serve/error_reply.h"

namespace gnomon::cli {
void Terminal::print(std::string_view text) const {
  std::fwrite(text.data(), 1, text.size(), stdout);
  if (text.empty() || text.back() != '\n') std::fputc('\n', stdout);
}

void Terminal::print_error(const Status& status) const {
  std::string text = json() ? error_json(status) + "\n" : "error: " + status.to_string() + "\n";
  std::fflush(stdout);
  std::fwrite(text.data(), 1, text.size(), stderr);
}

bool Terminal::confirm(std::string_view question) const {
  if (json() || isatty(STDIN_FILENO) == 0 || isatty(STDERR_FILENO) == 0) return false;
  std::fprintf(stderr, "%.*s [y/N] ", static_cast<int>(question.size()), question.data());
  std::string answer;
  std::getline(std::cin, answer);
  return answer == "y" || answer == "Y" || answer == "yes";
}

}  // namespace gnomon::cli

// Where output goes, and in which form: results to stdout, everything else to stderr.
#pragma once

#include <string>
#include <string_view>

#include "gnomon/status.h"

namespace gnomon::cli {

inline constexpr const char* kUsageErrorId = "GN700";

enum class Form { kText, kJson };

struct Terminal {
  Form form = Form::kText;
  std::string project_dir = ".";

  bool json() const { return form == Form::kJson; }
  // Writes to stdout; a newline is added if there is none.
  void print(std::string_view text) const;
  // "error: GN101 …" on stderr, or {"code","id","message","where","hint"} under --json.
  void print_error(const Status& status) const;
  // Asks a person. No terminal, or --json: no.
  bool confirm(std::string_view question) const;
};

}  // namespace gnomon::cli

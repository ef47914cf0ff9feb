// How a Python child failed, as a Status.
// Thread-safety: pure functions.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/child_process.h"
#include "gnomon/status.h"

namespace gnomon {

// GN332: the interpreter does not start.
Status python_not_started(const Status& cause);

// `id` with how `what` ended, the exception (stderr's last line), and the end of stderr. GN332 if gnomon is not installed.
// REQUIRES: !child.ok()
Status python_failed(const std::string& id, const std::string& what, const std::string& python, const ChildResult& child);

// The error that the SDK wrote as JSON on stderr's last line: id, code, where, message, hint. Nothing if there is none.
std::optional<Status> raised_error(std::string_view error_tail);

}  // namespace gnomon

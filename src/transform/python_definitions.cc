#include "base/child_process.h"
#include "gnomon/python_transform.h"
#include "transform/python_error.h"

namespace gnomon {

Result<std::string> evaluate_python_definitions(const std::string& python, const std::string& project_dir) {
  Result<ChildResult> child = run_child_process({{python, "-m", "gnomon.evaluate", project_dir}, {}});
  if (!child.ok()) return python_not_started(child.status());
  if (child->ok()) return std::move(child->output);
  if (std::optional<Status> raised = raised_error(child->error_tail)) return *raised;
  return python_failed("GN331", "the evaluation of Python definitions", python, *child);
}

}  // namespace gnomon

// Python beside the engine: a project's transforms and definitions run in a child process of the project's own
// environment. No code object crosses over, only a function's place and Arrow data.
// Thread-safety: may be called from any thread; each call has a process of its own.
#pragma once

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include <arrow/type_fwd.h>

#include "gnomon/status.h"

namespace gnomon {

struct PythonTransformCall {
  std::string python;       // the interpreter: a path, or a name in PATH
  std::string project_dir;  // put on sys.path; the function's working directory
  std::string function;     // "features/plane.py:plane": a file of the project and a function in it
  std::string mode;         // pandas | polars | arrow: what the function takes and returns
  // The sources by name, in the order in which the function takes them.
  std::vector<std::pair<std::string, std::shared_ptr<arrow::Table>>> inputs;
};

// Calls the function on the whole inputs and returns its whole result, with the types Python gave it.
// ERRORS: GN330 InvalidArgument when the function fails or returns no frame, with the exception and the end of stderr;
// GN332 FailedPrecondition when the interpreter cannot be started or has no gnomon.
Result<std::shared_ptr<arrow::Table>> run_python_transform(const PythonTransformCall& call);

// Evaluates every Python definition of a project and returns the manifest as JSON.
// ERRORS: those of the definitions, with their place, as the SDK raised them; GN331 InvalidArgument when the evaluation
// broke down in another way; GN332 as above.
Result<std::string> evaluate_python_definitions(const std::string& python, const std::string& project_dir);

}  // namespace gnomon

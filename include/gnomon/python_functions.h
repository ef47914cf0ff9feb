// On-demand features written in Python: a supervised process beside the engine calls a project's functions, row by row.
//
// The process is started by the first call and kept. When it dies, hangs or cannot be started, the call says so; the next one starts another,
// after a pause that doubles while that keeps happening. No code object crosses over, only a function's place and Arrow data.
// Thread-safety: any thread; calls wait for each other, no longer than their deadline.
#pragma once

#include <chrono>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include <arrow/type_fwd.h>

#include "gnomon/status.h"

namespace gnomon {

struct PythonFunctionCall {
  std::string function;     // "features/risk.py:score": a file of the project and a function in it
  std::string source_hash;  // of its text when it was applied
  std::shared_ptr<arrow::RecordBatch> inputs;
  std::shared_ptr<arrow::Schema> outputs;
};

struct PythonFunctionAnswer {
  std::shared_ptr<arrow::RecordBatch> values;  // of the outputs' types, a row for each of the inputs
  // Rows for which the function raised, or returned what does not fit, and what it said. Their values are null.
  std::vector<std::pair<int64_t, std::string>> failed;
};

class PythonFunctions {
 public:
  // Starts nothing. `python`: the interpreter; `project_dir`: put on sys.path, the functions' working directory.
  PythonFunctions(std::string python, std::string project_dir);
  ~PythonFunctions();

  // `patience` is for the call itself; starting the process and importing the function's file have kStartPatience.
  // ERRORS: GN332 the interpreter cannot be started or has no gnomon; GN333 the file cannot be imported, or has no such function;
  // GN171 FailedPrecondition the function is not the one that was applied; GN334 Unavailable or DeadlineExceeded: the process died, gave no
  // answer in time, or is not started again yet.
  Result<PythonFunctionAnswer> call(const PythonFunctionCall& call, std::chrono::milliseconds patience);

  static constexpr std::chrono::milliseconds kStartPatience{30'000};

 private:
  struct Process;
  std::unique_ptr<Process> process_;
};

}  // namespace gnomon

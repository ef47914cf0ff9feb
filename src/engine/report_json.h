// Reports as JSON text: one form for the command line's --json, the server and Python.
// Thread-safety: pure functions.
#pragma once

#include <string>
#include <vector>

#include "engine/engine.h"

namespace gnomon {

const char* on_fail_name(OnFail on_fail);  // "block"

std::string to_json(const Run& run);
std::string to_json(const std::vector<Run>& runs);
std::string to_json(const RunReport& report);  // the run's, with "blocked"
std::string to_json(const MaterializeReport& report);
std::string to_json(const CompactReport& report);
std::string to_json(const PushReport& report);
std::string to_json(const std::vector<ValidationReport>& reports);
std::string to_json(const VerifyReport& report);

// The functions of the expression language: a list of name, signature, description, example and answer.
std::string functions_json();

// The inverse, for whoever got a report over HTTP. ERRORS: GN618 DataLoss.
Result<RunReport> run_report_of(const std::string& text);
Result<MaterializeReport> materialize_report_of(const std::string& text);
Result<PushReport> push_report_of(const std::string& text);

}  // namespace gnomon

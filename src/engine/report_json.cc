#include "engine/report_json.h"

#include <nlohmann/json.hpp>

#include "base/time_text.h"

namespace gnomon {
namespace {

using json = nlohmann::ordered_json;

json run_json(const Run& run) {
  json steps = json::array();
  for (const RunStep& step : run.steps) {
    steps.push_back({{"view", step.view},
                     {"step", step.step},
                     {"status", step.status},
                     {"rows_in", step.rows_in},
                     {"rows_out", step.rows_out},
                     {"rows_quarantined", step.rows_quarantined},
                     {"bytes", step.bytes},
                     {"seconds", step.seconds},
                     {"message", step.message}});
  }
  json ended = run.ended_us == 0 ? json(nullptr) : json(format_time(run.ended_us));
  return {{"id", run.id},   {"kind", run.kind}, {"status", run.status}, {"started", format_time(run.started_us)},
          {"ended", ended}, {"steps", steps}};
}

json check_json(const CheckResult& result) {
  json first = json::array();
  for (const Rejected& rejected : result.first_unexpected)
    first.push_back({{"row", rejected.row}, {"column", rejected.column}, {"value", rejected.value}});
  json entry{{"check", result.check},
             {"on_fail", on_fail_name(result.on_fail)},
             {"success", result.success},
             {"element_count", result.element_count},
             {"unexpected_count", result.unexpected_count},
             {"first_unexpected", first}};
  if (!result.exception.empty()) entry["exception"] = result.exception;
  return entry;
}

// Values come from data and may hold anything: bytes that are no UTF-8 are replaced, never thrown at the reader.
std::string text_of(const json& value) { return value.dump(-1, ' ', false, json::error_handler_t::replace); }

}  // namespace

const char* on_fail_name(OnFail on_fail) {
  switch (on_fail) {
    case OnFail::kBlock: return "block";
    case OnFail::kQuarantine: return "quarantine";
    case OnFail::kPass: return "pass";
  }
  GN_ASSERT(false);
}

std::string to_json(const Run& run) { return text_of(run_json(run)); }

std::string to_json(const std::vector<Run>& runs) {
  json list = json::array();
  for (const Run& run : runs) list.push_back(run_json(run));
  return text_of(list);
}

std::string to_json(const RunReport& report) {
  json answer = run_json(report.run);
  answer["blocked"] = report.blocked;
  return text_of(answer);
}

std::string to_json(const MaterializeReport& report) {
  json views = json::array();
  for (const ViewReport& view : report.views) {
    views.push_back({{"view", view.view},
                     {"rows_read", view.rows_read},
                     {"rows_written", view.rows_written},
                     {"rows_quarantined", view.rows_quarantined},
                     {"seconds", view.seconds}});
  }
  return text_of({{"run_id", report.run_id}, {"views", views}});
}

std::string to_json(const PushReport& report) {
  return text_of({{"rows", report.rows}, {"rows_quarantined", report.rows_quarantined}, {"views", report.views}});
}

std::string to_json(const std::vector<ValidationReport>& reports) {
  json list = json::array();
  for (const ValidationReport& report : reports) {
    json results = json::array();
    for (const CheckResult& result : report.report.results) results.push_back(check_json(result));
    list.push_back(
        {{"target", report.target}, {"rows", report.rows}, {"blocked", report.report.blocked}, {"results", results}});
  }
  return text_of(list);
}

}  // namespace gnomon

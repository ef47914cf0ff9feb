#include "engine/report_json.h"

#include <nlohmann/json.hpp>

#include "base/time_text.h"
#include "gnomon/expression.h"

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

std::string to_json(const CompactReport& report) {
  json views = json::array();
  for (const CompactedView& view : report.views) {
    views.push_back({{"view", view.view},
                     {"as_of", view.as_of.has_value() ? json(format_time(*view.as_of)) : json(nullptr)},
                     {"removed", view.removed},
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

namespace {

Status unreadable(const json::exception& error) {
  return Status(Code::kDataLoss, "GN618", std::string("a report is unreadable: ") + error.what());
}

RunStep step_of(const json& step) {
  RunStep read;
  step.at("view").get_to(read.view);
  step.at("step").get_to(read.step);
  step.at("status").get_to(read.status);
  step.at("rows_in").get_to(read.rows_in);
  step.at("rows_out").get_to(read.rows_out);
  step.at("rows_quarantined").get_to(read.rows_quarantined);
  step.at("bytes").get_to(read.bytes);
  step.at("seconds").get_to(read.seconds);
  step.at("message").get_to(read.message);
  return read;
}

}  // namespace

Result<PushReport> push_report_of(const std::string& text) try {
  json report = json::parse(text);
  return PushReport{report.at("rows").get<int64_t>(), report.at("rows_quarantined").get<int64_t>(),
                    report.at("views").get<std::vector<std::string>>()};
} catch (const json::exception& error) {
  return unreadable(error);
}

Result<MaterializeReport> materialize_report_of(const std::string& text) try {
  json report = json::parse(text);
  MaterializeReport read{report.at("run_id").get<int64_t>(), {}};
  for (const json& view : report.at("views")) {
    read.views.push_back({view.at("view").get<std::string>(), view.at("rows_read").get<int64_t>(),
                          view.at("rows_written").get<int64_t>(), view.at("rows_quarantined").get<int64_t>(),
                          view.at("seconds").get<double>()});
  }
  return read;
} catch (const json::exception& error) {
  return unreadable(error);
}

namespace {

json feature_json(const VerifiedFeature& feature) {
  json first = json::array();
  for (const DifferingValue& value : feature.first) {
    first.push_back({{"as_of", format_time(value.t)},
                     {"served_at", format_time(value.served_at)},
                     {"row", value.row},
                     {"served", value.served},
                     {"expected", value.expected},
                     {"reason", value.reason}});
  }
  json rate = nullptr;
  if (feature.compared > 0) rate = static_cast<double>(feature.matched) / static_cast<double>(feature.compared);
  return {{"name", feature.name},     {"compared", feature.compared},       {"matched", feature.matched},
          {"match_rate", rate},       {"not_covered", feature.not_covered}, {"reasons", feature.reasons},
          {"first_differing", first}, {"as_trained", feature.as_trained},   {"training_differs", feature.training_differs}};
}

}  // namespace

std::string to_json(const VerifyReport& report) {
  json features = json::array();
  for (const VerifiedFeature& feature : report.features) features.push_back(feature_json(feature));
  return text_of(json{{"answers", report.answers},
                      {"rows", report.rows},
                      {"all_match", report.all_match()},
                      {"features", features},
                      {"gone", report.gone}});
}

std::string functions_json() {
  json rows = json::array();
  for (const FunctionInfo& info : builtin_functions()) {
    rows.push_back({{"name", info.name},
                    {"signature", info.signature},
                    {"description", info.description},
                    {"example", info.example},
                    {"answer", info.answer}});
  }
  return rows.dump();
}

Result<RunReport> run_report_of(const std::string& text) try {
  json report = json::parse(text);
  RunReport read;
  report.at("id").get_to(read.run.id);
  report.at("kind").get_to(read.run.kind);
  report.at("status").get_to(read.run.status);
  report.at("blocked").get_to(read.blocked);
  GN_ASSIGN(read.run.started_us, parse_time(report.at("started").get<std::string>()));
  if (!report.at("ended").is_null()) {
    GN_ASSIGN(read.run.ended_us, parse_time(report.at("ended").get<std::string>()));
  }
  for (const json& step : report.at("steps")) read.run.steps.push_back(step_of(step));
  return read;
} catch (const json::exception& error) {
  return unreadable(error);
}

}  // namespace gnomon

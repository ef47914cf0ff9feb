#include "serve/feast_response.h"

#include <arrow/api.h>

#include "base/time_text.h"
#include "serve/json_writer.h"

namespace gnomon {
namespace {

constexpr TimeUs kNoEventTime = 0;

// Appends `[f(0),f(1),…]`, where equal neighbours are rendered once.
template <class T, class Render>
void append_runs(std::string* out, const std::vector<T>& values, Render render) {
  std::string text;
  out->push_back('[');
  for (size_t i = 0; i < values.size(); ++i) {
    if (i == 0 || values[i] != values[i - 1]) text = render(values[i]);
    if (i > 0) out->push_back(',');
    out->append(text);
  }
  out->push_back(']');
}

std::string quoted_status(OnlineStatus status) { return std::string("\"") + online_status_name(status) + "\""; }
std::string quoted_time(TimeUs time) { return "\"" + format_time(time) + "\""; }

void append_vector(std::string* out, const arrow::Array& values, std::string_view statuses, std::string_view times) {
  out->append(out->back() == '[' ? "{\"values\":" : ",{\"values\":");
  append_json_array(out, values, TimeForm::kEpochSeconds);
  out->append(",\"statuses\":").append(statuses).append(",\"event_timestamps\":").append(times).push_back('}');
}

void append_names(std::string* out, const OnlineAnswer& answer) {
  out->append("\"feature_names\":[");
  bool first = true;
  auto append = [&](const std::string& name) {
    if (!first) out->push_back(',');
    first = false;
    append_json_string(out, name);
  };
  for (const auto& field : answer.keys->schema()->fields()) append(field->name());
  for (const OnlineColumn& column : answer.columns) append(column.name);
  out->push_back(']');
}

void append_errors(std::string* out, const std::vector<std::string>& errors) {
  out->append(",\"errors\":[");
  for (size_t i = 0; i < errors.size(); ++i) {
    if (i > 0) out->push_back(',');
    append_json_string(out, errors[i]);
  }
  out->push_back(']');
}

}  // namespace

std::string online_answer_json(const OnlineAnswer& answer) {
  auto rows = static_cast<size_t>(answer.keys->num_rows());
  std::string statuses, times, out = "{\"results\":[";
  append_runs(&statuses, std::vector<OnlineStatus>(rows, OnlineStatus::kPresent), quoted_status);
  append_runs(&times, std::vector<TimeUs>(rows, kNoEventTime), quoted_time);
  for (const auto& key : answer.keys->columns()) append_vector(&out, *key, statuses, times);

  // The features of one view share their event times, and most often their statuses: text is made again only on a change.
  const OnlineColumn* before = nullptr;
  for (const OnlineColumn& column : answer.columns) {
    if (before == nullptr || column.status != before->status) {
      statuses.clear();
      append_runs(&statuses, column.status, quoted_status);
    }
    if (before == nullptr || column.event_time != before->event_time) {
      times.clear();
      append_runs(&times, column.event_time, quoted_time);
    }
    append_vector(&out, *column.values, statuses, times);
    before = &column;
  }
  out.append("],\"metadata\":{");
  append_names(&out, answer);
  if (!answer.errors.empty()) append_errors(&out, answer.errors);
  out.append("}}");
  return out;
}

std::string feast_error_json(std::string_view class_name, std::string_view message) {
  std::string detail = "{\"module\":\"feast.errors\",\"class\":", out;
  append_json_string(&detail, class_name);
  detail.append(",\"message\":");
  append_json_string(&detail, message);
  detail.push_back('}');
  append_json_string(&out, detail);
  return out;
}

std::string feast_error_json(const Status& status, std::string_view not_found_class) {
  std::string_view class_name = "FeastError";
  if (status.code() == Code::kNotFound && !not_found_class.empty()) class_name = not_found_class;
  if (status.code() == Code::kPermissionDenied) class_name = "FeastPermissionError";
  return feast_error_json(class_name, status.to_string());
}

}  // namespace gnomon

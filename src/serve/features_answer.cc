#include "serve/features_answer.h"

#include <arrow/api.h>

#include "base/time_text.h"
#include "engine/answer_table.h"
#include "serve/json_writer.h"

namespace gnomon {
namespace {

void append_name(std::string* out, bool first, std::string_view name) {
  if (!first) out->push_back(',');
  append_json_string(out, name);
  out->push_back(':');
}

// Appends `[f(0),f(1),…]`.
template <class Append>
void append_each(std::string* out, size_t rows, Append append) {
  out->push_back('[');
  for (size_t row = 0; row < rows; ++row) {
    if (row > 0) out->push_back(',');
    append(row);
  }
  out->push_back(']');
}

void append_feature(std::string* out, const OnlineColumn& column, TimeUs t) {
  size_t rows = column.status.size();
  out->append("{\"name\":");
  append_json_string(out, column.name);
  out->append(",\"values\":");
  append_json_array(out, *column.values, TimeForm::kIso);
  out->append(",\"statuses\":");
  append_each(out, rows, [&](size_t row) { out->append("\"").append(online_status_name(column.status[row])).append("\""); });
  out->append(",\"event_times\":");
  append_each(out, rows, [&](size_t row) {
    if (!has_event_time(column, row)) return void(out->append("null"));
    out->append("\"").append(format_time(column.event_time[row])).append("\"");
  });
  out->append(",\"ages_seconds\":");
  append_each(out, rows, [&](size_t row) {
    if (!has_event_time(column, row)) return void(out->append("null"));
    append_json_double(out, static_cast<double>(t - column.event_time[row]) / kSecondUs);
  });
  out->push_back('}');
}

// A column of any number of chunks as one JSON list.
void append_chunks(std::string* out, const arrow::ChunkedArray& column) {
  out->push_back('[');
  bool first = true;
  for (const auto& chunk : column.chunks()) {
    for (int64_t row = 0; row < chunk->length(); ++row) {
      if (!first) out->push_back(',');
      first = false;
      append_json_value(out, *chunk, row, TimeForm::kIso);
    }
  }
  out->push_back(']');
}

}  // namespace

std::string features_answer_json(const OnlineAnswer& answer) {
  std::string out = "{\"as_of\":\"" + format_time(answer.t) + "\",\"sequence\":" + std::to_string(answer.sequence);
  out.append(",\"entities\":{");
  for (int i = 0; i < answer.keys->num_columns(); ++i) {
    append_name(&out, i == 0, answer.keys->column_name(i));
    append_json_array(&out, *answer.keys->column(i), TimeForm::kIso);
  }
  out.append("},\"features\":");
  append_each(&out, answer.columns.size(), [&](size_t i) { append_feature(&out, answer.columns[i], answer.t); });
  out.append(",\"errors\":");
  append_each(&out, answer.errors.size(), [&](size_t i) { append_json_string(&out, answer.errors[i]); });
  out.push_back('}');
  return out;
}

std::string columns_json(const arrow::Table& table) {
  std::string out = "{";
  for (int i = 0; i < table.num_columns(); ++i) {
    append_name(&out, i == 0, table.field(i)->name());
    append_chunks(&out, *table.column(i));
  }
  return out + "}";
}

std::string training_set_json(const arrow::Table& table, const std::string& manifest_json) {
  return "{\"columns\":" + columns_json(table) + ",\"manifest\":" + manifest_json + "}";
}

}  // namespace gnomon

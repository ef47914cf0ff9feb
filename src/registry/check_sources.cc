// The rules for sources.
#include <algorithm>
#include <map>

#include <fmt/format.h>

#include "registry/expectation_rules.h"
#include "registry/manifest_rules.h"
#include "registry/objects.h"

namespace gnomon {
namespace {

std::string owner_of(const v1::Source& source) { return "source " + source.name(); }

void check_column(const v1::Source& source, const std::string& role, const std::string& column, Problems* problems) {
  std::optional<std::vector<std::string>> columns = columns_of(source);
  if (column.empty() || !columns || std::find(columns->begin(), columns->end(), column) != columns->end()) return;
  problems->add(source.origin(), "GN101", fmt::format("unknown column \"{}\" in {} ({})", column, owner_of(source), role),
                suggest(column, *columns, ""));
}

void check_file(const v1::Source& source, Problems* problems) {
  if (source.file().path().empty()) {
    problems->add(source.origin(), "GN108", fmt::format("{} has no path", owner_of(source)),
                  "Name a file, a folder or a glob");
  }
  static const std::vector<std::string> kFormats = {"parquet", "csv", "ndjson"};
  const std::string& format = source.file().format();
  if (format.empty() || std::find(kFormats.begin(), kFormats.end(), format) != kFormats.end()) return;
  problems->add(source.origin(), "GN109", fmt::format("unknown format \"{}\" of {}", format, owner_of(source)),
                suggest(format, kFormats, ""));
}

void check_push(const v1::Source& source, const v1::Manifest& manifest, Problems* problems) {
  const std::string& name = source.push().batch_source();
  if (name.empty()) {
    if (source.timestamp_field().empty()) {
      problems->add(source.origin(), "GN108",
                    fmt::format("{} has no timestamp_field and no batch_source that has one", owner_of(source)),
                    "Name the column of the event time");
    }
    return;
  }
  const v1::Source* batch = find_source(manifest, name);
  if (batch == nullptr) {
    problems->add(source.origin(), "GN105", fmt::format("unknown source \"{}\": batch_source of {}", name, owner_of(source)),
                  suggest(name, names_of(manifest.sources()), ""));
    return;
  }
  const v1::Source* at = batch;
  for (int hops = 0; at != nullptr && at->has_push() && hops <= manifest.sources_size(); ++hops) {
    if (at->name() == source.name()) {
      problems->add(source.origin(), "GN107",
                    fmt::format("{} is its own batch_source, through \"{}\"", owner_of(source), name),
                    "A batch_source is a file source that holds the history");
      return;
    }
    at = find_source(manifest, at->push().batch_source());
  }
  if (!batch->has_file()) {
    problems->add(source.origin(), "GN109",
                  fmt::format("batch_source \"{}\" of {} is not a file source", name, owner_of(source)),
                  "A batch_source is a file source that holds the history");
  } else if (time_columns_of(source, manifest).event_time.empty()) {
    problems->add(source.origin(), "GN108",
                  fmt::format("{} has no timestamp_field, and neither has its batch_source \"{}\"", owner_of(source), name),
                  "Name the column of the event time");
  }
}

// An id counts once on every path. Pushes are not told apart by their ids yet: a source that takes them may have none, not even behind it.
void check_event_id(const v1::Source& source, const v1::Manifest& manifest, Problems* problems) {
  const v1::Source* batch = source.has_push() ? find_source(manifest, source.push().batch_source()) : nullptr;
  if (source.has_push() && (!source.event_id().empty() || (batch != nullptr && !batch->event_id().empty())))
    problems->add_unsupported(source.origin(), "event_id", owner_of(source));
  check_column(source, "event_id", source.event_id(), problems);
}

// A request has no history: only its columns mean something.
void check_request(const v1::Source& source, Problems* problems) {
  if (source.schema().empty()) {
    problems->add(source.origin(), "GN108", fmt::format("{} has no schema", owner_of(source)),
                  "List the columns that every request brings, with their types");
  }
  for (const v1::Field& field : source.schema()) {
    if (field.dtype().empty())
      problems->add(source.origin(), "GN108", fmt::format("column {} of {} has no dtype", field.name(), owner_of(source)),
                    "Declare it: there is no data that could tell");
  }
  const bool has_more = !source.timestamp_field().empty() || !source.event_id().empty() ||
                        !source.created_timestamp_column().empty() || !source.known_at_field().empty() ||
                        !source.field_mapping().empty() || source.expect_size() > 0;
  if (has_more)
    problems->add(source.origin(), "GN109", fmt::format("{} has more than a schema", owner_of(source)),
                  "A request has neither times nor checks of its own: leave them out");
}

void check_field_mapping(const v1::Source& source, Problems* problems) {
  std::map<std::string, std::string> by_column(source.field_mapping().begin(), source.field_mapping().end());
  std::map<std::string, std::string> taken;  // new name -> column
  for (const auto& [column, name] : by_column) {
    problems->check_name(source.origin(), fmt::format("mapped column of {}", owner_of(source)), name);
    auto [first, is_new] = taken.emplace(name, column);
    if (is_new) continue;
    problems->add(source.origin(), "GN106",
                  fmt::format("field_mapping of {} gives \"{}\" and \"{}\" the same name \"{}\"", owner_of(source),
                              first->second, column, name),
                  "Give each column a name of its own");
  }
}

}  // namespace

std::optional<std::vector<std::string>> columns_of(const v1::Source& source) {
  if (source.schema().empty()) return std::nullopt;
  std::vector<std::string> columns;
  for (const v1::Field& field : source.schema()) {
    auto mapped = source.field_mapping().find(field.name());
    columns.push_back(mapped == source.field_mapping().end() ? field.name() : mapped->second);
  }
  return columns;
}

TimeColumns time_columns_of(const v1::Source& source, const v1::Manifest& manifest) {
  TimeColumns columns{source.timestamp_field(), source.created_timestamp_column(), source.known_at_field()};
  const v1::Source* batch = source.has_push() ? find_source(manifest, source.push().batch_source()) : nullptr;
  if (batch == nullptr) return columns;
  if (columns.event_time.empty()) columns.event_time = batch->timestamp_field();
  if (columns.created_time.empty()) columns.created_time = batch->created_timestamp_column();
  if (columns.known_at.empty()) columns.known_at = batch->known_at_field();
  return columns;
}

void check_source(const v1::Source& source, const v1::Manifest& manifest, Problems* problems) {
  problems->check_name(source.origin(), "source", source.name());
  if (source.has_file()) {
    check_file(source, problems);
  } else if (source.has_push()) {
    check_push(source, manifest, problems);
  } else if (source.has_request()) {
    check_request(source, problems);
  } else {
    problems->add(source.origin(), "GN108", fmt::format("{} has no kind", owner_of(source)),
                  "Use FileSource, PushSource or RequestSource");
  }
  check_schema(source.schema(), source.origin(), owner_of(source), problems);
  check_field_mapping(source, problems);
  check_column(source, "timestamp_field", source.timestamp_field(), problems);
  check_column(source, "created_timestamp_column", source.created_timestamp_column(), problems);
  check_column(source, "known_at_field", source.known_at_field(), problems);
  check_event_id(source, manifest, problems);
  if (source.event_id_retention_us() != 0)
    problems->add_unsupported(source.origin(), "event_id_retention", owner_of(source));
  for (const v1::Check& check : source.expect()) {
    check_expectation(check, source.origin(), owner_of(source), columns_of(source), problems);
  }
}

}  // namespace gnomon

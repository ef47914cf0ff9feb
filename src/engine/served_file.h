// A file of served answers: Parquet, a row an entity row of a request. docs/serving.md tells users its columns.
//
// Columns, by position: __answer, __t, __served_at, __sequence, __sequence_end, __errors; then those of the entity rows; then for each feature
// its value, <name>__status and <name>__event_time. What all its answers share is JSON in the file's metadata, under kServedEntry.
// Thread-safety: pure functions.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include <arrow/type_fwd.h>

#include "engine/served_answer.h"
#include "gnomon/status.h"

namespace gnomon {

inline constexpr const char* kServedEntry = "gnomon.served";

// Answers of equal shape can be in one file.
std::string shape_of(const ServedAnswer& served);

// REQUIRES: at least one answer; all of one shape.
Result<std::string> served_file_bytes(std::span<const ServedAnswer> answers);

struct ServedFeature {
  std::string view;
  std::string feature;
  std::string name;     // in the answer
  std::string meaning;  // meaning_of_served

  std::string ref() const { return view + ":" + feature; }
};

// A file, read back.
struct ServedRows {
  std::string service;  // empty: features were named one by one
  int64_t revision = 0;
  std::string store;
  std::map<std::string, std::string> data;  // by view that was read: which of its rows the store held, data_of_view()
  std::vector<ServedFeature> features;
  std::shared_ptr<arrow::Table> rows;  // the columns of the entity rows
  std::vector<TimeUs> t;               // one a row, as all that follow
  std::vector<int64_t> answer;
  std::vector<TimeUs> served_at;
  std::vector<uint64_t> sequence;
  std::vector<uint64_t> sequence_end;
  std::vector<std::string> errors;
  std::vector<std::shared_ptr<arrow::Array>> values;        // by feature
  std::vector<std::shared_ptr<arrow::StringArray>> status;  // by feature
};

// ERRORS: GN420 DataLoss names a file that is none or is damaged.
Result<ServedRows> read_served_file(const std::string& path);

// Some of its rows. REQUIRES: `rows` ascend.
Result<ServedRows> rows_of(const ServedRows& served, const std::vector<size_t>& rows);

// Tells the rows that a view has under one definition from those under another that changes them.
std::string data_of_view(const ViewDefinition& definition);

}  // namespace gnomon

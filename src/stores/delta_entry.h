// One entry of a Delta log: the actions of one commit, as text and back. The format is described in
// docs/internals/offline-table.md.
// Thread-safety: values and pure functions.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "gnomon/env.h"
#include "gnomon/status.h"

namespace gnomon {

// A data file as the log names it.
struct DeltaFile {
  std::string path;  // relative to the table's folder
  int64_t size_bytes = 0;
  int64_t rows = -1;  // -1: its writer did not say
};

struct DeltaTransaction {
  std::string app_id;
  int64_t version = 0;
};

struct DeltaProtocol {
  int reader_version = 1;
  int writer_version = 2;
};

struct DeltaMetadata {
  std::string action;        // the whole metaData action as JSON: what another writer put there must survive a new schema
  std::string schema;        // schemaString
  bool append_only = false;  // delta.appendOnly
};

struct DeltaEntry {
  std::optional<DeltaProtocol> protocol;
  std::optional<DeltaMetadata> metadata;
  std::vector<DeltaFile> removed;
  std::vector<DeltaFile> added;
  std::vector<DeltaTransaction> transactions;
};

// What commitInfo tells people about a commit; no reader depends on it.
struct DeltaCommitInfo {
  TimeUs committed_time = 0;
  std::string mode;  // "Append" or "Overwrite"
};

// The metaData action of a new table. `id` is a UUID.
DeltaMetadata new_delta_metadata(const std::string& id, const std::string& schema, TimeUs created_time);
// The same table with another schema.
DeltaMetadata with_delta_schema(const DeltaMetadata& metadata, const std::string& schema);

// One JSON object a line, the first is commitInfo and carries a checksum of the entry.
// ERRORS: InvalidArgument (GN522) for text that is not UTF-8.
Result<std::string> format_delta_entry(const DeltaEntry& entry, const DeltaCommitInfo& info);

// `path` is the entry's file, for messages. ERRORS: DataLoss (GN521) for what cannot be parsed or does not match its
// checksum; Unimplemented (GN524) for features of Delta that would make us read wrong data.
Result<DeltaEntry> parse_delta_entry(std::string_view bytes, const std::string& path);

}  // namespace gnomon

// Writing a log entry. Each action is one line; nlohmann sorts the keys, so equal actions are equal bytes.
#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "stores/delta_checksum.h"
#include "stores/delta_entry.h"

namespace gnomon {
namespace {

using nlohmann::json;

int64_t milliseconds(TimeUs time_us) { return time_us / 1000; }

json commit_info_action(const DeltaEntry& entry, const DeltaCommitInfo& info) {
  json body = {{"engineInfo", kDeltaEngineName},
               {kDeltaChecksumKey, std::string(kDeltaChecksumDigits, '0')},
               {"isBlindAppend", entry.removed.empty()},
               {"operation", "WRITE"},
               {"operationParameters", {{"mode", info.mode}}},
               {"timestamp", milliseconds(info.committed_time)}};
  return {{"commitInfo", body}};
}

json add_action(const DeltaFile& file, TimeUs time) {
  return {{"add",
           {{"path", file.path},
            {"partitionValues", json::object()},
            {"size", file.size_bytes},
            {"modificationTime", milliseconds(time)},
            {"dataChange", true},
            {"stats", json{{"numRecords", file.rows}}.dump()}}}};
}

json remove_action(const DeltaFile& file, TimeUs time) {
  return {{"remove",
           {{"path", file.path},
            {"deletionTimestamp", milliseconds(time)},
            {"dataChange", true},
            {"extendedFileMetadata", true},
            {"partitionValues", json::object()},
            {"size", file.size_bytes}}}};
}

std::string lines_of(const DeltaEntry& entry, const DeltaCommitInfo& info) {
  std::string lines = commit_info_action(entry, info).dump() + "\n";
  if (entry.protocol) {
    json versions = {{"minReaderVersion", entry.protocol->reader_version},
                     {"minWriterVersion", entry.protocol->writer_version}};
    lines += json{{"protocol", versions}}.dump() + "\n";
  }
  if (entry.metadata) lines += json{{"metaData", json::parse(entry.metadata->action)}}.dump() + "\n";
  for (const DeltaTransaction& transaction : entry.transactions) {
    json body = {
        {"appId", transaction.app_id}, {"version", transaction.version}, {"lastUpdated", milliseconds(info.committed_time)}};
    lines += json{{"txn", body}}.dump() + "\n";
  }
  for (const DeltaFile& file : entry.removed) lines += remove_action(file, info.committed_time).dump() + "\n";
  for (const DeltaFile& file : entry.added) lines += add_action(file, info.committed_time).dump() + "\n";
  return lines;
}

}  // namespace

DeltaMetadata new_delta_metadata(const std::string& id, const std::string& schema, TimeUs created_time) {
  json action = {{"id", id},
                 {"format", {{"provider", "parquet"}, {"options", json::object()}}},
                 {"schemaString", schema},
                 {"partitionColumns", json::array()},
                 {"configuration", json::object()},
                 {"createdTime", milliseconds(created_time)}};
  return {action.dump(), schema, false};
}

DeltaMetadata with_delta_schema(const DeltaMetadata& metadata, const std::string& schema) {
  json action = json::parse(metadata.action);
  action["schemaString"] = schema;
  return {action.dump(), schema, metadata.append_only};
}

Result<std::string> format_delta_entry(const DeltaEntry& entry, const DeltaCommitInfo& info) {
  try {
    std::string bytes = lines_of(entry, info);
    seal_delta_entry(&bytes);
    return bytes;
  } catch (const json::exception& error) {
    return Status(Code::kInvalidArgument, "GN522", fmt::format("a log entry cannot be written: {}", error.what()));
  }
}

}  // namespace gnomon

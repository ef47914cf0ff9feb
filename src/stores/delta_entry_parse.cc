// Reading a log entry, ours or another writer's. What may be ignored is ignored; what would change the rows is refused.
#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "stores/delta_checksum.h"
#include "stores/delta_entry.h"

namespace gnomon {
namespace {

using nlohmann::json;

constexpr int kReaderVersion = 1;

Status damaged(const std::string& path, const std::string& what) {
  return Status(Code::kDataLoss, "GN521", fmt::format("log entry {} cannot be read: {}", path, what),
                "Restore the file from a backup, or ask for a version before it");
}

Status unsupported(const std::string& path, const std::string& what) {
  return Status(Code::kUnimplemented, "GN524", fmt::format("log entry {} {}", path, what),
                "Rewrite the table without this feature of Delta; tables that Gnomon writes do not use it");
}

bool is_set(const json& body, const char* key) {
  auto member = body.find(key);
  return member != body.end() && !member->is_null() && !(member->is_structured() && member->empty());
}

int hex_digit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

// Delta stores paths as URIs: "a%20b.parquet" is the file "a b.parquet".
std::string percent_decoded(const std::string& text) {
  std::string decoded;
  for (size_t i = 0; i < text.size(); ++i) {
    int high = text[i] == '%' && i + 2 < text.size() ? hex_digit(text[i + 1]) : -1;
    int low = high >= 0 ? hex_digit(text[i + 2]) : -1;
    if (low < 0) {
      decoded += text[i];
      continue;
    }
    decoded += static_cast<char>(high * 16 + low);
    i += 2;
  }
  return decoded;
}

// Only files inside the table's folder: a log is data, and must not make us read or list anything else.
bool leaves_folder(const std::string& path) {
  if (path.empty() || path[0] == '/' || path.find(':') != std::string::npos || path.find('\0') != std::string::npos)
    return true;
  return path == ".." || path.starts_with("../") || path.ends_with("/..") || path.find("/../") != std::string::npos;
}

int64_t rows_in_stats(const json& add) {
  if (!is_set(add, "stats")) return -1;
  json stats = json::parse(add.at("stats").get<std::string>(), nullptr, false);
  if (!stats.is_object() || !stats.contains("numRecords")) return -1;
  return stats["numRecords"].get<int64_t>();
}

struct EntryParser {
  const std::string& path;
  DeltaEntry entry;

  Status add(const json& body) {
    DeltaFile file{percent_decoded(body.at("path").get<std::string>()), body.at("size").get<int64_t>(), rows_in_stats(body)};
    if (leaves_folder(file.path))
      return unsupported(path, fmt::format("names a file outside the table's folder: {}", file.path));
    if (file.size_bytes < 0) return damaged(path, fmt::format("{} has a size of {} bytes", file.path, file.size_bytes));
    if (is_set(body, "deletionVector")) return unsupported(path, "uses deletion vectors");
    if (is_set(body, "partitionValues")) return unsupported(path, "partitions the table");
    entry.added.push_back(std::move(file));
    return Status();
  }

  Status remove(const json& body) {
    entry.removed.push_back({percent_decoded(body.at("path").get<std::string>())});
    return Status();
  }

  Status metadata(const json& body) {
    if (is_set(body, "partitionColumns")) return unsupported(path, "partitions the table");
    DeltaMetadata metadata{body.dump(), body.at("schemaString").get<std::string>(), false};
    json schema = json::parse(metadata.schema, nullptr, false);
    if (!schema.is_object() || !schema.contains("fields") || !schema["fields"].is_array())
      return damaged(path, "the schema is not one");
    if (is_set(body, "configuration")) metadata.append_only = body["configuration"].value("delta.appendOnly", "") == "true";
    entry.metadata = std::move(metadata);
    return Status();
  }

  Status protocol(const json& body) {
    entry.protocol = DeltaProtocol{body.at("minReaderVersion").get<int>(), body.at("minWriterVersion").get<int>()};
    if (entry.protocol->reader_version <= kReaderVersion) return Status();
    return unsupported(path, fmt::format("asks for a reader of version {}, this one has {}", entry.protocol->reader_version,
                                         kReaderVersion));
  }

  Status action(const json& line) {
    for (const auto& [name, body] : line.items()) {
      if (name == "add") GN_TRY(add(body));
      if (name == "remove") GN_TRY(remove(body));
      if (name == "metaData") GN_TRY(metadata(body));
      if (name == "protocol") GN_TRY(protocol(body));
      if (name == "txn")
        entry.transactions.push_back({body.at("appId").get<std::string>(), body.at("version").get<int64_t>()});
    }
    return Status();
  }

  Status lines(std::string_view bytes) {
    int number = 0;
    while (!bytes.empty()) {
      std::string_view text = bytes.substr(0, bytes.find('\n'));
      bytes.remove_prefix(std::min(bytes.size(), text.size() + 1));
      ++number;
      if (text.find_first_not_of(" \t\r") == std::string_view::npos) continue;
      json line = json::parse(text, nullptr, false);
      if (!line.is_object()) return damaged(path, fmt::format("line {} is not a JSON object", number));
      GN_TRY(action(line));
    }
    return Status();
  }
};

}  // namespace

Result<DeltaEntry> parse_delta_entry(std::string_view bytes, const std::string& path) {
  if (!delta_entry_is_intact(bytes)) return damaged(path, "its checksum does not match");
  if (bytes.find('{') == std::string_view::npos) return damaged(path, "it is empty");
  EntryParser parser{path, {}};
  try {
    GN_TRY(parser.lines(bytes));
  } catch (const json::exception& error) {
    return damaged(path, error.what());
  }
  return std::move(parser.entry);
}

}  // namespace gnomon

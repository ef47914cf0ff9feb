#include "transform/refused_functions.h"

#include <algorithm>
#include <iterator>
#include <string_view>

namespace gnomon {
namespace {

constexpr const char* kClock = "it reads the clock, and a feature must mean the same tomorrow";
constexpr const char* kChance = "its answer changes from call to call, and a feature must mean the same tomorrow";
constexpr const char* kState = "it reads the engine's own state, not the data";
constexpr const char* kFile = "it reads files or runs text; the data come from the named sources";

struct Refused {
  std::string_view name;
  const char* reason;
};

// DuckDB 1.5's functions that it calls volatile or consistent only within a query, and its table functions over files.
// Sorted, for the binary search.
constexpr Refused kFunctions[] = {
    {"arrow_scan", kFile},
    {"arrow_scan_dumb", kFile},
    {"checkpoint", kState},
    {"current_connection_id", kState},
    {"current_database", kState},
    {"current_date", kClock},
    {"current_localtime", kClock},
    {"current_localtimestamp", kClock},
    {"current_query", kState},
    {"current_query_id", kState},
    {"current_role", kState},
    {"current_schema", kState},
    {"current_schemas", kState},
    {"current_setting", kState},
    {"current_time", kClock},
    {"current_timestamp", kClock},
    {"current_transaction_id", kState},
    {"current_user", kState},
    {"currval", kState},
    {"force_checkpoint", kState},
    {"gen_random_uuid", kChance},
    {"get_current_time", kClock},
    {"get_current_timestamp", kClock},
    {"getenv", kState},
    {"getvariable", kState},
    {"glob", kFile},
    {"json_execute_serialized_sql", kFile},
    {"localtime", kClock},
    {"localtimestamp", kClock},
    {"nextval", kState},
    {"now", kClock},
    {"query", kFile},
    {"query_table", kFile},
    {"random", kChance},
    {"seq_scan", kFile},
    {"session_user", kState},
    {"setseed", kChance},
    {"sleep_ms", kClock},
    {"sniff_csv", kFile},
    {"today", kClock},
    {"transaction_timestamp", kClock},
    {"txid_current", kState},
    {"user", kState},
    {"uuid", kChance},
    {"uuidv4", kChance},
    {"uuidv7", kChance},
    {"version", kState},
    {"which_secret", kState},
    {"write_log", kState},
};
static_assert(std::is_sorted(std::begin(kFunctions), std::end(kFunctions),
                             [](const Refused& a, const Refused& b) { return a.name < b.name; }));

constexpr Refused kPrefixes[] = {
    {"disable_", kState}, {"duckdb_", kState}, {"enable_", kState}, {"iceberg_", kFile},          {"parquet_", kFile},
    {"pragma_", kState},  {"read_", kFile},    {"sqlite_", kFile},  {"truncate_duckdb_", kState}, {"postgres_", kFile},
};

constexpr std::string_view kKeywords[] = {"current_date", "current_role", "current_time",   "current_timestamp",
                                          "current_user", "localtime",    "localtimestamp", "session_user"};

}  // namespace

const char* refused_function(std::string_view name) {
  const Refused* found = std::lower_bound(std::begin(kFunctions), std::end(kFunctions), name,
                                          [](const Refused& a, std::string_view b) { return a.name < b; });
  if (found != std::end(kFunctions) && found->name == name) return found->reason;
  for (const Refused& prefix : kPrefixes) {
    if (name.substr(0, prefix.name.size()) == prefix.name) return prefix.reason;
  }
  return nullptr;
}

const char* refused_keyword(std::string_view name) {
  bool is_keyword = std::find(std::begin(kKeywords), std::end(kKeywords), name) != std::end(kKeywords);
  return is_keyword ? refused_function(name) : nullptr;
}

}  // namespace gnomon

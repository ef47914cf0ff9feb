#include "engine/load_log.h"

#include <map>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "engine/window_state.h"

namespace gnomon {
namespace {

using nlohmann::json;

constexpr const char* kStoreMark = "load_log";

std::string count_mark(const std::string& name) { return name + "|loads"; }
std::string entry_mark(const std::string& name, int64_t number) { return fmt::format("{}|load|{}", name, number); }

Status unreadable(const std::string& name) {
  return Status(Code::kDataLoss, "GN511", fmt::format("the online store's mark {} is unreadable", name),
                "Move the store's folder away and materialize again");
}

Result<json> read_json(OnlineStore& store, const std::string& name) {
  GN_ASSIGN(std::optional<std::string> text, store.get_mark(name));
  if (!text.has_value()) return json();
  json value = json::parse(*text, nullptr, false);
  if (value.is_discarded()) return unreadable(name);
  return value;
}

// Parts that share a range are named together: a materialization has one range for many files.
json ranges_json(const std::vector<LoadedRange>& ranges) {
  std::map<std::pair<TimeUs, TimeUs>, json> by_range;
  for (const LoadedRange& range : ranges) {
    if (range.from >= range.to) continue;
    json& parts = by_range[{range.from, range.to}];
    if (parts.is_null()) parts = json::array();
    parts.push_back(range.part);
  }
  json all = json::array();
  for (auto& [range, parts] : by_range)
    all.push_back({{"from", range.first}, {"to", range.second}, {"parts", std::move(parts)}});
  return all;
}

std::string text_of(const LoadEntry& entry) {
  return json{{"after", entry.after}, {"starts_anew", entry.starts_anew}, {"ranges", ranges_json(entry.ranges)}}.dump();
}

LoadEntry entry_of(const json& value) {
  LoadEntry entry;
  entry.after = value.at("after").get<uint64_t>();
  entry.starts_anew = value.at("starts_anew").get<bool>();
  for (const json& range : value.at("ranges")) {
    for (const json& part : range.at("parts"))
      entry.ranges.push_back({part.get<std::string>(), range.at("from").get<TimeUs>(), range.at("to").get<TimeUs>()});
  }
  return entry;
}

}  // namespace

std::string load_log_name(const ViewDefinition& definition) {
  return definition.aggregated != nullptr ? window_state_name(definition) : definition.online.id;
}

Result<std::vector<OnlineMark>> load_marks(OnlineStore& store, Env* env, const std::string& name, LoadEntry entry) {
  std::vector<OnlineMark> marks;
  entry.after = store.sequence();
  GN_ASSIGN(json known, read_json(store, kStoreMark));
  if (known.is_null()) {
    json made = {{"store", fmt::format("{:016x}", env->random_u64())}, {"since", entry.after}};
    marks.push_back({kStoreMark, made.dump()});
  }
  GN_ASSIGN(json count, read_json(store, count_mark(name)));
  const int64_t number = count.is_number_integer() ? count.get<int64_t>() : 0;
  marks.push_back({entry_mark(name, number), text_of(entry)});
  marks.push_back({count_mark(name), json(number + 1).dump()});
  return marks;
}

Result<LoadLog> read_load_log(OnlineStore& store, const std::string& name) {
  LoadLog log;
  GN_ASSIGN(json known, read_json(store, kStoreMark));
  GN_ASSIGN(json count, read_json(store, count_mark(name)));
  const int64_t entries = count.is_number_integer() ? count.get<int64_t>() : 0;
  for (int64_t number = 0; number < entries; ++number) {
    GN_ASSIGN(json value, read_json(store, entry_mark(name, number)));
    try {
      log.entries.push_back(entry_of(value));
    } catch (const json::exception&) {
      return unreadable(entry_mark(name, number));
    }
  }
  // A store that was written to before it had a log holds rows that no entry tells of, until a view's state is built anew.
  const bool is_old = known.is_object() ? known.value("since", uint64_t{0}) > 0 : store.sequence() > 0;
  log.is_whole = !is_old || (!log.entries.empty() && log.entries.front().starts_anew);
  return log;
}

Result<std::string> load_log_store(OnlineStore& store) {
  GN_ASSIGN(json known, read_json(store, kStoreMark));
  return known.is_object() ? known.value("store", "") : std::string();
}

}  // namespace gnomon

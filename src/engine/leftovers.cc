#include "engine/leftovers.h"

#include <filesystem>

#include <arrow/table.h>
#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "data/files.h"
#include "engine/window_state.h"

namespace gnomon {
namespace {

using nlohmann::json;

constexpr const char* kDoneUpTo = "leftovers/done";  // the last revision whose leftovers are gone

std::string note_name(int64_t revision) { return fmt::format("leftovers/{}", revision); }

// What of `before` no longer belongs to a view of its name, which `after` is; null: it was removed.
json leftover_of(const ViewDefinition& before, const ViewDefinition* after) {
  json left = {{"view", before.view.name()}};
  const bool had_rows = before.aggregated == nullptr;
  const bool has_rows = after != nullptr && after->aggregated == nullptr;
  if (had_rows && (!has_rows || after->online.id != before.online.id)) left["rows"] = before.online.id;
  // A state that still stands under the view's name serves until another one is built.
  const bool has_state =
      after != nullptr && after->aggregated != nullptr && window_state_name(*after) == window_state_name(before);
  if (before.aggregated != nullptr && !has_state) left["windows"] = window_state_name(before);
  if (after == nullptr) left["log"] = true;
  return left;
}

// Rows that were written online only: they go with their view.
Status empty_log(OfflineTable log) {
  GN_ASSIGN(OfflineSnapshot snapshot, log.snapshot());
  if (snapshot.version < 0) return Status();
  GN_ASSIGN(auto rows, read_files(snapshot.files, FileFormat::kParquet, {}, {}));
  if (rows->num_rows() == 0) return Status();
  CommitOptions options;
  options.mode = CommitMode::kOverwrite;
  return log.commit(*rows->Slice(0, 0), options).status();
}

Status remove_one(const Engine::Impl& project, const json& left, Registry* registry, OnlineStore* store) {
  const std::string view = left["view"].get<std::string>();
  if (left.contains("rows")) GN_TRY(store->drop_view(left["rows"].get<std::string>()));
  if (left.contains("windows")) GN_TRY(drop_windows(*store, left["windows"].get<std::string>()));
  if (left.contains("log")) GN_TRY(empty_log(project.online_only_table(view)));
  // Answers of a smaller sequence were read from rows that nothing tells of any more.
  return registry->set_values({{"forgotten/" + view, std::to_string(store->sequence())}});
}

}  // namespace

Registry::NamedValues leftovers_of(const Definitions& before, const Definitions& after, int64_t revision) {
  json all = json::array();
  Registry::NamedValues values;
  for (const auto& [name, view] : before.views()) {
    auto found = after.views().find(name);
    const bool is_removed = found == after.views().end();
    json left = leftover_of(view, is_removed ? nullptr : &found->second);
    if (left.size() > 1) all.push_back(std::move(left));
    if (is_removed) values.emplace_back("published/" + name, "{}");
  }
  if (!all.empty()) values.emplace_back(note_name(revision), all.dump());
  return values;
}

Status remove_leftovers(const Engine::Impl& project, Registry* registry, OnlineStore* store) {
  int64_t revision = 0;
  GN_TRY(registry->manifest(&revision).status());
  GN_ASSIGN(std::optional<std::string> done, registry->get_value(kDoneUpTo));
  bool found_any = false;
  for (int64_t next = done.has_value() ? std::stoll(*done) + 1 : 1; next <= revision; ++next) {
    GN_ASSIGN(std::optional<std::string> note, registry->get_value(note_name(next)));
    if (!note.has_value()) continue;
    found_any = true;
    for (const json& left : json::parse(*note)) GN_TRY(remove_one(project, left, registry, store));
    project.env->kill_point("apply.while_removing");
  }
  return found_any ? registry->set_values({{kDoneUpTo, std::to_string(revision)}}) : Status();
}

}  // namespace gnomon

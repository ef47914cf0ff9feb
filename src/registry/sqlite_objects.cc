#include "registry/sqlite_objects.h"

#include <fmt/format.h>

#include "base/hash.h"
#include "registry/manifest_json.h"

namespace gnomon {
namespace {

Status altered(const SqliteDatabase& database, const std::string& what) {
  return Status(Code::kDataLoss, "GN511", fmt::format("registry {} is damaged: {}", database.path(), what),
                "Restore it from a backup, or move it away and apply the project again");
}

Result<std::vector<SqlRow>> current_rows(SqliteDatabase* database) {
  return database->query(
      "SELECT kind, name, version, definition FROM object_versions WHERE ended_revision IS NULL ORDER BY kind, name");
}

// Lengths keep neighbours apart: ("ab", "c") and ("a", "bc") hash differently.
std::string state_hash(int64_t revision, const std::string& project, const std::vector<SqlRow>& rows) {
  std::string bytes = fmt::format("{} {}:{}", revision, project.size(), project);
  for (const SqlRow& row : rows) {
    for (int column : {0, 1, 3})
      bytes +=
          fmt::format(" {}:{}", text_of(row[static_cast<size_t>(column)]).size(), text_of(row[static_cast<size_t>(column)]));
    bytes += fmt::format(" {}", integer_of(row[2]));
  }
  return hash128_hex(bytes);
}

std::map<ObjectKey, ObjectRef> target_objects(const Plan& plan) {
  std::map<ObjectKey, ObjectRef> objects;
  for (const ObjectRef& object : objects_of(plan.target)) objects.emplace(object.key, object);
  return objects;
}

Status end_version(const Change& change, int64_t revision, SqliteDatabase* database) {
  GN_TRY(
      database->run("UPDATE object_versions SET ended_revision = ? WHERE kind = ? AND name = ? AND ended_revision IS NULL",
                    {revision, change.object_kind, change.name}));
  if (database->changed_rows() != 1)
    return altered(*database, fmt::format("{} {} has no version that holds", change.object_kind, change.name));
  return Status();
}

Status insert_version(const Change& change, const ObjectRef& object, const Plan& plan, int64_t revision, TimeUs now_us,
                      SqliteDatabase* database) {
  return database->run("INSERT INTO object_versions VALUES (?, ?, ?, ?, ?, ?, ?, NULL)",
                       {object.key.kind, object.key.name, change.new_version, message_to_json(*object.message),
                        hash128_hex(meaning_of(object, plan.target)), revision, now_us});
}

Status write_change(const Change& change, const Plan& plan, const std::map<ObjectKey, ObjectRef>& target, int64_t revision,
                    TimeUs now_us, SqliteDatabase* database) {
  if (change.kind == ChangeKind::kChange && change.old_version == change.new_version)
    return Status();  // refreshed with the rest
  if (change.kind != ChangeKind::kAdd) GN_TRY(end_version(change, revision, database));
  if (change.kind == ChangeKind::kRemove) return Status();
  return insert_version(change, target.at({change.object_kind, change.name}), plan, revision, now_us, database);
}

// Descriptions, owners, tags and places move without a new version.
Status refresh_definitions(const std::map<ObjectKey, ObjectRef>& target, SqliteDatabase* database) {
  for (const auto& [key, object] : target) {
    std::string definition = message_to_json(*object.message);
    GN_TRY(
        database->run("UPDATE object_versions SET definition = ?1 WHERE kind = ?2 AND name = ?3 AND ended_revision IS NULL "
                      "AND definition <> ?1",
                      {definition, key.kind, key.name}));
  }
  return Status();
}

}  // namespace

Result<Applied> read_applied(SqliteDatabase* database) {
  Applied applied;
  applied.manifest.set_format_version(1);
  GN_ASSIGN(std::vector<SqlRow> rows, current_rows(database));
  GN_ASSIGN(std::vector<SqlRow> last,
            database->query("SELECT revision, project, state_hash FROM revisions ORDER BY revision DESC LIMIT 1"));
  if (last.empty()) {
    if (!rows.empty()) return altered(*database, "it has objects and no revision");
    return applied;
  }
  applied.revision = integer_of(last[0][0]);
  applied.manifest.set_project(text_of(last[0][1]));
  if (state_hash(applied.revision, applied.manifest.project(), rows) != text_of(last[0][2])) {
    return altered(*database, fmt::format("the objects of revision {} are not those that were applied", applied.revision));
  }
  std::map<ObjectKey, std::string> definitions;
  for (const SqlRow& row : rows) definitions[{text_of(row[0]), text_of(row[1])}] = text_of(row[3]);
  for (const auto& [key, definition] : definitions) {
    GN_TRY(message_from_json(definition, add_object(key.kind, &applied.manifest)));
  }
  GN_ASSIGN(std::vector<SqlRow> versions,
            database->query("SELECT kind, name, max(version) FROM object_versions GROUP BY kind, name"));
  for (const SqlRow& row : versions) applied.latest_versions[{text_of(row[0]), text_of(row[1])}] = integer_of(row[2]);
  return applied;
}

Status write_plan(const Plan& plan, TimeUs now_us, SqliteDatabase* database) {
  const int64_t revision = plan.base_revision + 1;
  const std::map<ObjectKey, ObjectRef> target = target_objects(plan);
  for (const Change& change : plan.changes) GN_TRY(write_change(change, plan, target, revision, now_us, database));
  GN_TRY(refresh_definitions(target, database));
  GN_ASSIGN(std::vector<SqlRow> rows, current_rows(database));
  return database->run("INSERT INTO revisions VALUES (?, ?, ?, ?)",
                       {revision, plan.target.project(), now_us, state_hash(revision, plan.target.project(), rows)});
}

}  // namespace gnomon

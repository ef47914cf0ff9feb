// The tables of the registry. A changed layout is a new kSchemaVersion; the numbers of older ones are never given again.
//
// revisions        one row for each apply; the greatest is what holds now. `state_hash` covers every object of that revision,
//                  so that a lost or altered row is noticed, not served
// object_versions  every version of every object. Of one (kind, name) at most one row has ended_revision NULL: the one that
//                  holds now. A version holds in [revision, ended_revision)
// runs, run_steps  what was run. `process` is "pid start boot" of the one that runs it
// named_values     small facts, each with a hash of name and value
#pragma once

namespace gnomon {

inline constexpr int kSchemaVersion = 1;           // PRAGMA user_version
inline constexpr int kApplicationId = 0x476e6d6e;  // PRAGMA application_id: "Gnmn"

inline constexpr const char* kSchemaSql = R"sql(
BEGIN;
CREATE TABLE revisions (
  revision      INTEGER PRIMARY KEY,
  project       TEXT NOT NULL,
  applied_at_us INTEGER NOT NULL,
  state_hash    TEXT NOT NULL
) STRICT;
CREATE TABLE object_versions (
  kind           TEXT NOT NULL,
  name           TEXT NOT NULL,
  version        INTEGER NOT NULL,
  definition     TEXT NOT NULL,
  meaning_hash   TEXT NOT NULL,
  revision       INTEGER NOT NULL,
  applied_at_us  INTEGER NOT NULL,
  ended_revision INTEGER,
  PRIMARY KEY (kind, name, version)
) STRICT;
CREATE UNIQUE INDEX current_objects ON object_versions (kind, name) WHERE ended_revision IS NULL;
CREATE TABLE runs (
  id         INTEGER PRIMARY KEY AUTOINCREMENT,
  kind       TEXT NOT NULL,
  status     TEXT NOT NULL,
  started_us INTEGER NOT NULL,
  ended_us   INTEGER NOT NULL,
  process    TEXT NOT NULL
) STRICT;
CREATE INDEX running_runs ON runs (id) WHERE status = 'running';
CREATE TABLE run_steps (
  run              INTEGER NOT NULL REFERENCES runs (id),
  position         INTEGER NOT NULL,
  view             TEXT NOT NULL,
  step             TEXT NOT NULL,
  status           TEXT NOT NULL,
  rows_in          INTEGER NOT NULL,
  rows_out         INTEGER NOT NULL,
  rows_quarantined INTEGER NOT NULL,
  bytes            INTEGER NOT NULL,
  seconds          REAL NOT NULL,
  message          TEXT NOT NULL,
  PRIMARY KEY (run, position)
) STRICT;
CREATE TABLE named_values (
  name  TEXT PRIMARY KEY,
  value TEXT NOT NULL,
  hash  TEXT NOT NULL
) STRICT;
)sql";

}  // namespace gnomon

#include "serve/openapi.h"

namespace gnomon {

namespace {

// A value is null, a boolean, a number, text, or a list of those; a special float is "NaN", "Infinity" or "-Infinity", bytes are base64.
constexpr const char* kSchemas = R"json({
"Value": {"type": ["null", "boolean", "number", "string", "array"]},
"Key": {"type": ["null", "boolean", "number", "string"], "description": "A join key, or a value of the request itself"},
"Columns": {"type": "object", "additionalProperties": {"type": "array", "items": {"$ref": "#/components/schemas/Value"}}},
"KeyColumns": {"type": "object", "minProperties": 1,
  "additionalProperties": {"type": "array", "items": {"$ref": "#/components/schemas/Key"}}},
"Names": {"type": "array", "items": {"type": "string"}},
"Time": {"type": "string", "format": "date-time"},
"OptionalTime": {"type": ["string", "null"]},
"OptionalText": {"type": ["string", "null"]},
"TimeoutMs": {"type": ["integer", "null"], "minimum": 1, "maximum": 3600000},
"OnlineStatus": {"enum": ["PRESENT", "NULL_VALUE", "NOT_FOUND", "OUTSIDE_MAX_AGE", "INVALID"]},
"Document": {"type": "object"},
"DocumentList": {"type": "array", "items": {"type": "object"}},
"DocumentOrList": {"type": ["object", "array"]},
"Error": {"type": "object", "required": ["code", "id", "message", "where", "hint"], "properties": {
  "code": {"enum": ["InvalidArgument", "Unauthenticated", "PermissionDenied", "NotFound", "AlreadyExists", "FailedPrecondition",
    "Aborted", "Unavailable", "ResourceExhausted", "DeadlineExceeded", "DataLoss", "Unimplemented"]},
  "id": {"type": "string", "pattern": "^GN[0-9]+$"}, "message": {"type": "string"}, "where": {"type": "string"},
  "hint": {"type": "string"}}},
"FeastError": {"type": "string", "description": "JSON text of {module, class, message}"},
"Done": {"type": "null"},
"FeastOnlineRequest": {"type": "object", "required": ["entities"], "additionalProperties": false, "properties": {
  "features": {"$ref": "#/components/schemas/Names"}, "feature_service": {"$ref": "#/components/schemas/OptionalText"},
  "entities": {"$ref": "#/components/schemas/Columns"}, "full_feature_names": {"type": "boolean"},
  "include_feature_view_version_metadata": {"const": false}, "query_embedding": {"type": "null"},
  "as_of": {"$ref": "#/components/schemas/OptionalTime"}, "timeout_ms": {"$ref": "#/components/schemas/TimeoutMs"}}},
"FeastOnlineAnswer": {"type": "object", "required": ["results", "metadata"], "properties": {
  "results": {"type": "array", "items": {"type": "object", "required": ["values", "statuses", "event_timestamps"], "properties": {
    "values": {"type": "array", "items": {"$ref": "#/components/schemas/Value"}},
    "statuses": {"type": "array", "items": {"$ref": "#/components/schemas/OnlineStatus"}},
    "event_timestamps": {"type": "array", "items": {"$ref": "#/components/schemas/Time"}}}}},
  "metadata": {"type": "object", "required": ["feature_names"], "properties": {
    "feature_names": {"$ref": "#/components/schemas/Names"}, "errors": {"$ref": "#/components/schemas/Names"}}}}},
"FeastPush": {"type": "object", "required": ["push_source_name", "df"], "additionalProperties": false, "properties": {
  "push_source_name": {"type": "string"}, "df": {"$ref": "#/components/schemas/Columns"},
  "to": {"enum": ["online", "offline", "online_and_offline", null]}, "allow_registry_cache": {"type": "boolean"},
  "transform_on_write": {"type": "boolean"}}},
"FeastWrite": {"type": "object", "required": ["feature_view_name", "df"], "additionalProperties": false, "properties": {
  "feature_view_name": {"type": "string"}, "df": {"$ref": "#/components/schemas/Columns"},
  "allow_registry_cache": {"type": "boolean"}, "transform_on_write": {"type": "boolean"}}},
"FeastMaterialize": {"type": "object", "required": ["start_ts", "end_ts"], "additionalProperties": false, "properties": {
  "start_ts": {"$ref": "#/components/schemas/Time"}, "end_ts": {"$ref": "#/components/schemas/Time"},
  "feature_views": {"type": ["array", "null"], "items": {"type": "string"}}, "disable_event_timestamp": {"const": false},
  "full_feature_names": {"type": "boolean"}, "version": {"type": "null"}}},
"FeastMaterializeIncremental": {"type": "object", "required": ["end_ts"], "additionalProperties": false, "properties": {
  "end_ts": {"$ref": "#/components/schemas/Time"}, "feature_views": {"type": ["array", "null"], "items": {"type": "string"}},
  "full_feature_names": {"type": "boolean"}, "version": {"type": "null"}}},
"FeaturesRequest": {"type": "object", "required": ["entities"], "additionalProperties": false, "properties": {
  "features": {"$ref": "#/components/schemas/Names"}, "feature_service": {"$ref": "#/components/schemas/OptionalText"},
  "entities": {"$ref": "#/components/schemas/Columns"}, "full_feature_names": {"type": "boolean"},
  "as_of": {"$ref": "#/components/schemas/OptionalTime"}, "timeout_ms": {"$ref": "#/components/schemas/TimeoutMs"}}},
"FeaturesAnswer": {"type": "object", "required": ["as_of", "sequence", "entities", "features", "errors"], "properties": {
  "as_of": {"$ref": "#/components/schemas/Time"}, "sequence": {"type": "integer"},
  "entities": {"$ref": "#/components/schemas/Columns"}, "errors": {"$ref": "#/components/schemas/Names"},
  "features": {"type": "array", "items": {"type": "object",
    "required": ["name", "values", "statuses", "event_times", "ages_seconds"], "properties": {
      "name": {"type": "string"}, "values": {"type": "array", "items": {"$ref": "#/components/schemas/Value"}},
      "statuses": {"type": "array", "items": {"$ref": "#/components/schemas/OnlineStatus"}},
      "event_times": {"type": "array", "items": {"$ref": "#/components/schemas/OptionalTime"}},
      "ages_seconds": {"type": "array", "items": {"type": ["number", "null"]}}}}}}},
"ExplainRequest": {"type": "object", "required": ["feature", "entities"], "additionalProperties": false, "properties": {
  "feature": {"type": "string"}, "entities": {"$ref": "#/components/schemas/KeyColumns"},
  "as_of": {"$ref": "#/components/schemas/OptionalTime"}}},
"TrainingSetRequest": {"type": "object", "required": ["entity_df"], "additionalProperties": false, "properties": {
  "features": {"$ref": "#/components/schemas/Names"}, "feature_service": {"$ref": "#/components/schemas/OptionalText"},
  "entity_df": {"$ref": "#/components/schemas/Columns"}, "full_feature_names": {"type": "boolean"},
  "timestamp_column": {"$ref": "#/components/schemas/OptionalText"}, "history": {"enum": ["as_known", "ideal", null]}, "strict": {"type": ["boolean", "null"]}}},
"TrainingSetAnswer": {"type": "object", "required": ["columns", "manifest"], "properties": {
  "columns": {"$ref": "#/components/schemas/Columns"}, "manifest": {"type": "object"}}},
"PushRequest": {"type": "object", "required": ["df"], "additionalProperties": false, "properties": {
  "df": {"$ref": "#/components/schemas/Columns"}, "to": {"enum": ["online", "offline", "online_and_offline", null]}}},
"WriteRequest": {"type": "object", "required": ["df"], "additionalProperties": false, "properties": {
  "df": {"$ref": "#/components/schemas/Columns"}}},
"PushReport": {"type": "object", "required": ["rows", "rows_quarantined", "views"], "properties": {
  "rows": {"type": "integer"}, "rows_quarantined": {"type": "integer"}, "views": {"$ref": "#/components/schemas/Names"}}},
"MaterializeRequest": {"type": "object", "required": ["start_date", "end_date"], "additionalProperties": false, "properties": {
  "start_date": {"$ref": "#/components/schemas/Time"}, "end_date": {"$ref": "#/components/schemas/Time"},
  "feature_views": {"type": ["array", "null"], "items": {"type": "string"}}}},
"MaterializeIncrementalRequest": {"type": "object", "required": ["end_date"], "additionalProperties": false, "properties": {
  "end_date": {"$ref": "#/components/schemas/Time"}, "feature_views": {"type": ["array", "null"], "items": {"type": "string"}}}},
"MaterializeReport": {"type": "object", "required": ["run_id", "views"], "properties": {"run_id": {"type": "integer"},
  "views": {"type": "array", "items": {"type": "object", "required": ["view", "rows_read", "rows_written", "rows_quarantined", "seconds"],
    "properties": {"view": {"type": "string"}, "rows_read": {"type": "integer"}, "rows_written": {"type": "integer"},
      "rows_quarantined": {"type": "integer"}, "seconds": {"type": "number"}}}}}},
"CompactRequest": {"type": "object", "additionalProperties": false, "properties": {
  "as_of": {"$ref": "#/components/schemas/OptionalTime"}, "feature_views": {"type": ["array", "null"], "items": {"type": "string"}}}},
"CompactReport": {"type": "object", "required": ["run_id", "views"], "properties": {"run_id": {"type": "integer"},
  "views": {"type": "array", "items": {"type": "object", "required": ["view", "as_of", "removed", "seconds"],
    "properties": {"view": {"type": "string"}, "as_of": {"$ref": "#/components/schemas/OptionalTime"}, "removed": {"type": "integer"},
      "seconds": {"type": "number"}}}}}},
"RunRequest": {"type": "object", "additionalProperties": false, "properties": {
  "views": {"type": ["array", "null"], "items": {"type": "string"}}}},
"Run": {"type": "object", "required": ["id", "kind", "status", "steps"], "properties": {"id": {"type": "integer"},
  "kind": {"type": "string"}, "status": {"enum": ["running", "ok", "blocked", "failed", "interrupted"]},
  "steps": {"type": "array", "items": {"type": "object"}}}},
"RunReport": {"allOf": [{"$ref": "#/components/schemas/Run"}, {"type": "object", "required": ["blocked"],
  "properties": {"blocked": {"type": "boolean"}}}]},
"VerifyRequest": {"type": "object", "additionalProperties": false, "properties": {
  "feature_service": {"$ref": "#/components/schemas/OptionalText"}, "since": {"$ref": "#/components/schemas/OptionalTime"},
  "until": {"$ref": "#/components/schemas/OptionalTime"}}},
"VerifyReport": {"type": "object", "required": ["answers", "rows", "all_match", "features", "gone"], "properties": {
  "answers": {"type": "integer"}, "rows": {"type": "integer"}, "all_match": {"type": "boolean"},
  "gone": {"$ref": "#/components/schemas/Names"}, "features": {"type": "array", "items": {"type": "object",
    "required": ["name", "compared", "matched", "match_rate", "not_covered", "reasons", "first_differing", "as_trained", "training_differs"],
    "properties": {"name": {"type": "string"}, "compared": {"type": "integer"}, "matched": {"type": "integer"},
      "match_rate": {"type": ["number", "null"]}, "not_covered": {"type": "integer"}, "as_trained": {"type": "integer"},
      "reasons": {"type": "object", "additionalProperties": {"type": "integer"}},
      "training_differs": {"type": "object", "additionalProperties": {"type": "integer"}},
      "first_differing": {"type": "array", "items": {"type": "object"}}}}}}},
"RunList": {"type": "array", "items": {"$ref": "#/components/schemas/Run"}}
})json";

}  // namespace

const char* openapi_schemas_json() { return kSchemas; }

}  // namespace gnomon

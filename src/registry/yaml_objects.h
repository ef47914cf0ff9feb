// The objects of a definitions file: entities, sources, feature views, feature services.
// Thread-safety: pure functions over the reader.
#pragma once

#include "gnomon/status.h"
#include "gnomon/v1/manifest.pb.h"
#include "registry/yaml_reader.h"

namespace gnomon {

// Adds the objects of a whole file to `manifest`. An empty file adds nothing.
// ERRORS: GN120, GN121 (see YamlReader).
Status read_definitions(const YamlReader& reader, const YamlNode& root, v1::Manifest* manifest);

// The list under `expect`: {not_null: {column: [a, b]}}, {between: {column: x, min: 0}, on_fail: quarantine} …
// A check of one column given several becomes one check for each.
Status read_expectations(const YamlReader& reader, const YamlNode& node, google::protobuf::RepeatedPtrField<v1::Check>* out);

// The list under `aggregations`: {column: amount, function: mean, window: [1d, 30d]} …
Status read_aggregations(const YamlReader& reader, const YamlNode& node,
                         google::protobuf::RepeatedPtrField<v1::Aggregation>* out);

}  // namespace gnomon

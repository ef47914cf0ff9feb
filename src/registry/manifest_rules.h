// The rules of check_manifest, one function for each kind of object.
// Thread-safety: pure functions over the manifest.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "gnomon/v1/manifest.pb.h"
#include "registry/problems.h"

namespace gnomon {

void check_entity(const v1::Entity& entity, Problems* problems);
void check_source(const v1::Source& source, const v1::Manifest& manifest, Problems* problems);
void check_view(const v1::FeatureView& view, const v1::Manifest& manifest, Problems* problems);
void check_lookup_set(const v1::LookupSet& set, Problems* problems);
// Sources, columns, expressions and clashes of an on-demand view. Types are the matter of resolve_on_demand.
void check_on_demand(const v1::OnDemandFeatureView& view, const v1::Manifest& manifest, Problems* problems);
void check_service(const v1::FeatureService& service, const v1::Manifest& manifest, Problems* problems);

// What the other rules of a view have found out about it.
struct ViewContext {
  const v1::Source* source;  // null: it has none, or several, or one that is not defined
  std::vector<std::string> join_keys;
  std::vector<std::string> times;  // names of its time columns
};
// Aggregations, their conditions and names, and what they exclude beside them. A view without any passes.
void check_aggregations(const v1::FeatureView& view, const ViewContext& context, Problems* problems);
void check_windows(const v1::FeatureView& view, Problems* problems);  // of each aggregation, one by one

// Fields of a schema: names, valid dtypes, no field twice. `owner`: "source weather".
void check_schema(const google::protobuf::RepeatedPtrField<v1::Field>& schema, const v1::Origin& origin,
                  const std::string& owner, Problems* problems);

// The columns of a source under the names used from here on (field_mapping applied); nullopt: no schema declared.
std::optional<std::vector<std::string>> columns_of(const v1::Source& source);

// Event, created and known-at columns of a source; those a push source does not name are its batch source's.
struct TimeColumns {
  std::string event_time, created_time, known_at;
};
TimeColumns time_columns_of(const v1::Source& source, const v1::Manifest& manifest);

}  // namespace gnomon

#include "registry/yaml_objects.h"

#include <fmt/format.h>

#include "registry/objects.h"
#include "registry/problems.h"

namespace gnomon {
namespace {

constexpr int64_t kEveryVersion = -1;  // as_of_retention_us of "all"

// "entity user" once the name is known, else "an entity": for messages.
std::string label_of(const char* kind, const YamlNode& node) {
  for (const YamlMember& member : node.members) {
    if (member.key == "name" && member.value.kind == YamlNode::Kind::kText)
      return fmt::format("{} {}", kind, member.value.text);
  }
  return kind;
}

// What every object has.
template <class Object>
std::vector<YamlKey> common_keys(const YamlReader& reader, Object* object) {
  return {{"name", reader.text(object->mutable_name())},
          {"description", reader.text(object->mutable_description())},
          {"owner", reader.text(object->mutable_owner())},
          {"tags", reader.text_map(object->mutable_tags())}};
}

void append(std::vector<YamlKey> more, std::vector<YamlKey>* keys) { keys->insert(keys->end(), more.begin(), more.end()); }

Status read_entity(const YamlReader& reader, const YamlNode& node, v1::Entity* entity) {
  reader.set_origin(node, entity->mutable_origin());
  std::vector<YamlKey> keys = common_keys(reader, entity);
  append({{"join_keys", reader.texts(entity->mutable_join_keys())}}, &keys);
  GN_TRY(reader.read_map(node, label_of("entity", node), keys));
  if (entity->join_keys().empty()) entity->add_join_keys(entity->name());
  return Status();
}

std::vector<YamlKey> source_keys(const YamlReader& reader, v1::Source* source) {
  std::vector<YamlKey> keys = common_keys(reader, source);
  append({{"timestamp_field", reader.text(source->mutable_timestamp_field())},
          {"created_timestamp_column", reader.text(source->mutable_created_timestamp_column())},
          {"known_at_field", reader.text(source->mutable_known_at_field())},
          {"field_mapping", reader.text_map(source->mutable_field_mapping())},
          {"event_id", reader.text(source->mutable_event_id())},
          {"event_id_retention", reader.duration([source](int64_t us) { source->set_event_id_retention_us(us); })},
          {"schema", reader.schema(source->mutable_schema())},
          {"expect",
           [&reader, source](const YamlNode& value) { return read_expectations(reader, value, source->mutable_expect()); }}},
         &keys);
  return keys;
}

// {file: {…}}, {push: {…}} or {request: {…}}
Status read_source(const YamlReader& reader, const YamlNode& node, v1::Source* source) {
  reader.set_origin(node, source->mutable_origin());
  auto read_file = [&](const YamlNode& value) {
    std::vector<YamlKey> keys = source_keys(reader, source);
    append({{"path", reader.text(source->mutable_file()->mutable_path())},
            {"format", reader.text(source->mutable_file()->mutable_format())}},
           &keys);
    return reader.read_map(value, label_of("source", value), keys);
  };
  auto read_push = [&](const YamlNode& value) {
    std::vector<YamlKey> keys = source_keys(reader, source);
    append({{"batch_source", reader.text(source->mutable_push()->mutable_batch_source())}}, &keys);
    return reader.read_map(value, label_of("source", value), keys);
  };
  auto read_request = [&](const YamlNode& value) {
    source->mutable_request();
    std::vector<YamlKey> keys = common_keys(reader, source);
    append({{"schema", reader.schema(source->mutable_schema())}}, &keys);
    return reader.read_map(value, label_of("source", value), keys);
  };
  GN_TRY(reader.read_map(node, "a source", {{"file", read_file}, {"push", read_push}, {"request", read_request}},
                         {"kafka", "kinesis", "sql"}));
  if (node.members.size() != 1)
    return reader.error(node, "a source has one kind", "Write {file: {…}}, {push: {…}} or {request: {…}}");
  return Status();
}

Status read_retention(const YamlReader& reader, const YamlNode& node, v1::FeatureView* view) {
  if (node.text == "all") {
    view->set_as_of_retention_us(kEveryVersion);
    return Status();
  }
  return reader.duration([view](int64_t us) { view->set_as_of_retention_us(us); })(node);
}

Status read_view(const YamlReader& reader, const YamlNode& node, v1::FeatureView* view) {
  reader.set_origin(node, view->mutable_origin());
  bool has_source = false, has_sources = false;
  std::vector<YamlKey> keys = common_keys(reader, view);
  append({{"entities", reader.texts(view->mutable_entities())},
          {"source",
           [&](const YamlNode& value) {
             has_source = true;
             return reader.text(view->add_sources())(value);
           }},
          {"sources",
           [&](const YamlNode& value) {
             has_sources = true;
             return reader.texts(view->mutable_sources())(value);
           }},
          {"sql", [&](const YamlNode& value) { return reader.text(view->mutable_sql())(value); }},  // set only when given
          {"schema", reader.schema(view->mutable_schema())},
          {"ttl", reader.duration([view](int64_t us) { view->set_ttl_us(us); })},
          {"timestamp_field", reader.text(view->mutable_timestamp_field())},
          {"created_timestamp_column", reader.text(view->mutable_created_timestamp_column())},
          {"known_at_field", reader.text(view->mutable_known_at_field())},
          {"expect", [&](const YamlNode& value) { return read_expectations(reader, value, view->mutable_expect()); }},
          {"aggregations",
           [&](const YamlNode& value) { return read_aggregations(reader, value, view->mutable_aggregations()); }},
          {"where", reader.text(view->mutable_where())},
          {"allowed_lateness", reader.duration([view](int64_t us) { view->set_allowed_lateness_us(us); })},
          {"serving_lag", reader.duration([view](int64_t us) { view->set_serving_lag_us(us); })},
          {"as_of_retention", [&](const YamlNode& value) { return read_retention(reader, value, view); }},
          {"online", reader.boolean([view](bool online) { view->set_offline_only(!online); })}},
         &keys);
  GN_TRY(reader.read_map(node, label_of("feature view", node), keys, {"schedule", "on", "mode"}));
  if (has_source && has_sources)
    return reader.error(node, label_of("feature view", node) + " has both source and sources", "Use one of them");
  if (view->allowed_lateness_us() == kDefaultAllowedLatenessUs) view->clear_allowed_lateness_us();
  return Status();
}

// "view" is the whole view, "view:feature" one of its features; those of one view are gathered.
void add_feature(const std::string& text, google::protobuf::RepeatedPtrField<v1::FeatureRef>* refs) {
  size_t colon = text.find(':');
  std::string view = text.substr(0, colon);
  if (colon != std::string::npos) {
    for (v1::FeatureRef& ref : *refs) {
      if (ref.view() != view || ref.features().empty()) continue;
      ref.add_features(text.substr(colon + 1));
      return;
    }
  }
  v1::FeatureRef* ref = refs->Add();
  ref->set_view(view);
  if (colon != std::string::npos) ref->add_features(text.substr(colon + 1));
}

// Expressions by feature; without a schema their order is that of the features.
Status read_on_demand(const YamlReader& reader, const YamlNode& node, v1::OnDemandFeatureView* view) {
  reader.set_origin(node, view->mutable_origin());
  google::protobuf::RepeatedPtrField<std::string> sources;
  const YamlNode* features = nullptr;
  std::vector<YamlKey> keys = common_keys(reader, view);
  append({{"sources", reader.texts(&sources)},
          {"schema", reader.schema(view->mutable_schema())},
          {"features",
           [&](const YamlNode& value) {
             features = &value;
             return reader.text_map(view->mutable_features())(value);
           }}},
         &keys);
  GN_TRY(reader.read_map(node, label_of("on-demand feature view", node), keys, {"mode"}));
  for (const std::string& source : sources) add_feature(source, view->mutable_sources());
  if (features == nullptr || !view->schema().empty()) return Status();
  for (const YamlMember& member : features->members) view->add_schema()->set_name(member.key);
  return Status();
}

Status read_lookup_set(const YamlReader& reader, const YamlNode& node, v1::LookupSet* set) {
  reader.set_origin(node, set->mutable_origin());
  std::vector<YamlKey> keys = common_keys(reader, set);
  auto read_value = [&](const YamlNode& item) {
    if (item.kind != YamlNode::Kind::kText) return reader.error(item, "a value of a lookup set is no text or number");
    *set->add_values() = scalar_value(item);
    return Status();
  };
  append({{"values", [&](const YamlNode& value) { return reader.read_list(value, "values", read_value); }},
          {"cidrs", reader.texts(set->mutable_cidrs())}},
         &keys);
  return reader.read_map(node, label_of("lookup set", node), keys);
}

Status read_service(const YamlReader& reader, const YamlNode& node, v1::FeatureService* service) {
  reader.set_origin(node, service->mutable_origin());
  google::protobuf::RepeatedPtrField<std::string> features;
  std::vector<YamlKey> keys = common_keys(reader, service);
  append({{"features", reader.texts(&features)}}, &keys);
  GN_TRY(reader.read_map(node, label_of("feature service", node), keys));
  for (const std::string& feature : features) add_feature(feature, service->mutable_features());
  return Status();
}

}  // namespace

Status read_definitions(const YamlReader& reader, const YamlNode& root, v1::Manifest* manifest) {
  if (root.kind == YamlNode::Kind::kNull) return Status();
  auto list_of = [&](const char* what, auto add, auto read) {
    return YamlKey{what, [&reader, what, add, read](const YamlNode& node) {
                     return reader.read_list(node, what, [&](const YamlNode& item) { return read(reader, item, add()); });
                   }};
  };
  return reader.read_map(
      root, "a definitions file",
      {list_of(
           "entities", [=] { return manifest->add_entities(); }, read_entity),
       list_of(
           "sources", [=] { return manifest->add_sources(); }, read_source),
       list_of(
           "feature_views", [=] { return manifest->add_feature_views(); }, read_view),
       list_of(
           "on_demand_feature_views", [=] { return manifest->add_on_demand_feature_views(); }, read_on_demand),
       list_of(
           "lookup_sets", [=] { return manifest->add_lookup_sets(); }, read_lookup_set),
       list_of(
           "feature_services", [=] { return manifest->add_feature_services(); }, read_service)},
      {"models"});
}

}  // namespace gnomon

#include "registry/objects.h"

#include <algorithm>
#include <initializer_list>
#include <set>
#include <string_view>

#include <fmt/format.h>

#include "gnomon/expression.h"
#include "gnomon/status.h"
#include "registry/manifest_json.h"

namespace gnomon {
namespace {

using google::protobuf::FieldDescriptor;
using google::protobuf::Message;

int kind_rank(const std::string& kind) {
  if (kind == kEntityKind) return 0;
  if (kind == kSourceKind) return 1;
  if (kind == kLookupSetKind) return 2;
  if (kind == kViewKind) return 3;
  return kind == kOnDemandKind ? 4 : 5;
}

template <class Objects>
auto find_by_name(const Objects& objects, const std::string& name) -> decltype(&*objects.begin()) {
  auto found = std::find_if(objects.begin(), objects.end(), [&](const auto& object) { return object.name() == name; });
  return found == objects.end() ? nullptr : &*found;
}

template <class Objects>
void append_objects(const char* kind, const Objects& objects, std::vector<ObjectRef>* out) {
  for (const auto& object : objects) out->push_back({{kind, object.name()}, &object, &object.origin()});
}

// Clears the named fields of `message` and of every message in it. Map values here are never messages with such fields.
void clear_fields(Message* message, std::initializer_list<std::string_view> names) {
  const google::protobuf::Reflection* reflection = message->GetReflection();
  std::vector<const FieldDescriptor*> fields;
  reflection->ListFields(*message, &fields);
  for (const FieldDescriptor* field : fields) {
    if (std::find(names.begin(), names.end(), field->name()) != names.end()) {
      reflection->ClearField(message, field);
    } else if (field->is_map() || field->cpp_type() != FieldDescriptor::CPPTYPE_MESSAGE) {
      continue;
    } else if (field->is_repeated()) {
      for (int i = 0; i < reflection->FieldSize(*message, field); ++i) {
        clear_fields(reflection->MutableRepeatedMessage(message, field, i), names);
      }
    } else {
      clear_fields(reflection->MutableMessage(message, field), names);
    }
  }
}

std::unique_ptr<Message> copy_of(const Message& message) {
  std::unique_ptr<Message> copy(message.New());
  copy->CopyFrom(message);
  return copy;
}

}  // namespace

std::strong_ordering ObjectKey::operator<=>(const ObjectKey& other) const {
  if (auto order = kind_rank(kind) <=> kind_rank(other.kind); order != 0) return order;
  return name <=> other.name;
}

std::vector<ObjectRef> objects_of(const v1::Manifest& manifest) {
  std::vector<ObjectRef> objects;
  append_objects(kEntityKind, manifest.entities(), &objects);
  append_objects(kSourceKind, manifest.sources(), &objects);
  append_objects(kLookupSetKind, manifest.lookup_sets(), &objects);
  append_objects(kViewKind, manifest.feature_views(), &objects);
  append_objects(kOnDemandKind, manifest.on_demand_feature_views(), &objects);
  append_objects(kServiceKind, manifest.feature_services(), &objects);
  return objects;
}

Message* add_object(const std::string& kind, v1::Manifest* manifest) {
  if (kind == kEntityKind) return manifest->add_entities();
  if (kind == kSourceKind) return manifest->add_sources();
  if (kind == kLookupSetKind) return manifest->add_lookup_sets();
  if (kind == kViewKind) return manifest->add_feature_views();
  if (kind == kOnDemandKind) return manifest->add_on_demand_feature_views();
  GN_ASSERT(kind == kServiceKind);
  return manifest->add_feature_services();
}

const v1::Entity* find_entity(const v1::Manifest& manifest, const std::string& name) {
  return find_by_name(manifest.entities(), name);
}

const v1::Source* find_source(const v1::Manifest& manifest, const std::string& name) {
  return find_by_name(manifest.sources(), name);
}

const v1::FeatureView* find_view(const v1::Manifest& manifest, const std::string& name) {
  return find_by_name(manifest.feature_views(), name);
}

const v1::OnDemandFeatureView* find_on_demand(const v1::Manifest& manifest, const std::string& name) {
  return find_by_name(manifest.on_demand_feature_views(), name);
}

const v1::LookupSet* find_lookup_set(const v1::Manifest& manifest, const std::string& name) {
  return find_by_name(manifest.lookup_sets(), name);
}

std::vector<std::string> join_keys_of(const v1::Entity& entity) {
  if (entity.join_keys().empty()) return {entity.name()};
  return {entity.join_keys().begin(), entity.join_keys().end()};
}

std::string place_of(const v1::Origin& origin) {
  if (origin.file().empty() || origin.line() <= 0) return origin.file();
  return fmt::format("{}:{}", origin.file(), origin.line());
}

std::unique_ptr<Message> without_origins(const Message& message) {
  std::unique_ptr<Message> copy = copy_of(message);
  clear_fields(copy.get(), {"origin"});
  return copy;
}

std::string own_meaning(const Message& message) {
  std::unique_ptr<Message> copy = copy_of(message);
  clear_fields(copy.get(), {"origin", "description", "owner", "tags"});
  return message_to_json(*copy);
}

std::vector<const v1::Source*> sources_read_by(const v1::FeatureView& view, const v1::Manifest& manifest) {
  std::vector<const v1::Source*> sources;
  for (const std::string& name : view.sources()) {
    const v1::Source* source = find_source(manifest, name);
    // Bounded by the number of sources: a cycle is reported by check_manifest, it must not hang a diff.
    for (int hops = 0; source != nullptr && hops <= manifest.sources_size(); ++hops) {
      if (std::find(sources.begin(), sources.end(), source) == sources.end()) sources.push_back(source);
      source = source->has_push() ? find_source(manifest, source->push().batch_source()) : nullptr;
    }
  }
  return sources;
}

std::vector<std::string> lookup_sets_of(const v1::OnDemandFeatureView& view) {
  std::set<std::string> names;
  for (const auto& [feature, text] : view.features()) {
    Result<Expression> expression = parse_expression(text);
    if (!expression.ok()) continue;
    for (const std::string& name : expression->lookup_sets()) names.insert(name);
  }
  return {names.begin(), names.end()};
}

namespace {

// `seen`: views on the way here; a cycle is reported by check_manifest, it must not hang a diff.
std::string on_demand_meaning(const v1::OnDemandFeatureView& view, const v1::Manifest& manifest,
                              std::set<std::string>* seen) {
  std::string meaning = own_meaning(view);
  if (!seen->insert(view.name()).second) return meaning;
  for (const v1::FeatureRef& ref : view.sources()) {
    if (const v1::FeatureView* read = find_view(manifest, ref.view())) {
      meaning += "\n" + meaning_of({{kViewKind, read->name()}, read, &read->origin()}, manifest);
    } else if (const v1::OnDemandFeatureView* computed = find_on_demand(manifest, ref.view())) {
      meaning += "\n" + on_demand_meaning(*computed, manifest, seen);
    } else if (const v1::Source* request = find_source(manifest, ref.view())) {
      meaning += "\n" + own_meaning(*request);
    }
  }
  for (const std::string& name : lookup_sets_of(view)) {
    if (const v1::LookupSet* set = find_lookup_set(manifest, name)) meaning += "\n" + own_meaning(*set);
  }
  return meaning;
}

}  // namespace

std::string meaning_of(const ObjectRef& object, const v1::Manifest& manifest) {
  std::string meaning = own_meaning(*object.message);
  if (object.key.kind == kOnDemandKind) {
    std::set<std::string> seen;
    return on_demand_meaning(static_cast<const v1::OnDemandFeatureView&>(*object.message), manifest, &seen);
  }
  if (object.key.kind != kViewKind) return meaning;
  const auto& view = static_cast<const v1::FeatureView&>(*object.message);
  for (const std::string& name : view.entities()) {
    if (const v1::Entity* entity = find_entity(manifest, name)) meaning += "\n" + own_meaning(*entity);
  }
  for (const v1::Source* source : sources_read_by(view, manifest)) meaning += "\n" + own_meaning(*source);
  return meaning;
}

}  // namespace gnomon

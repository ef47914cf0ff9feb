#include "cli/named_features.h"

#include <set>

namespace gnomon::cli {
namespace {

const v1::FeatureService* find_service(const v1::Manifest& manifest, const std::string& name) {
  for (const auto& service : manifest.feature_services()) {
    if (service.name() == name) return &service;
  }
  return nullptr;
}

}  // namespace

FeatureRequest features_of(const v1::Manifest& manifest, const std::string& name) {
  FeatureRequest request;
  if (find_service(manifest, name) != nullptr)
    request.feature_service = name;
  else
    request.features = {name};
  return request;
}

std::map<std::string, std::string> request_types(const v1::Manifest& manifest, const std::string& name) {
  std::set<std::string> views;
  if (const auto* service = find_service(manifest, name)) {
    for (const auto& reference : service->features()) views.insert(reference.view());
  } else {
    views.insert(name.substr(0, name.find(':')));
  }
  std::map<std::string, std::string> types;
  for (bool found = true; found;) {  // what on-demand views read, they ask for
    found = false;
    for (const auto& view : manifest.on_demand_feature_views()) {
      if (!views.contains(view.name())) continue;
      for (const auto& source : view.sources()) found |= views.insert(source.view()).second;
    }
  }
  for (const auto& source : manifest.sources()) {
    if (!source.has_request() || !views.contains(source.name())) continue;
    for (const auto& column : source.schema()) types.emplace(column.name(), column.dtype());
  }
  for (const auto& view : manifest.feature_views()) {
    if (!views.contains(view.name())) continue;
    for (const auto& key : view.join_keys()) types.emplace(key.name(), key.dtype());
    for (const auto& input : view.inputs()) types.emplace(input.name(), input.dtype());  // of the request's own event
  }
  return types;
}

}  // namespace gnomon::cli

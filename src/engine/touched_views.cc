// Which views a call would read or write, before it does: what access control weighs. Nothing here reads a row.
#include "engine/project.h"
#include "engine/request_plan.h"

namespace gnomon {

Result<std::set<std::string>> Engine::views_read(const FeatureRequest& request) {
  GN_ASSIGN(auto definitions, impl_->definitions());
  GN_ASSIGN(auto plan, definitions->request_plans().get(*definitions, request));
  std::set<std::string> views;
  for (const auto& [view, features] : plan->asked.stored) views.insert(view->view.name());
  for (const ComputedFeatures& computed : plan->asked.computed) views.insert(computed.view->view.name());
  return views;
}

Result<std::set<std::string>> Engine::views_of_source(const std::string& name) {
  GN_ASSIGN(auto definitions, impl_->definitions());
  GN_ASSIGN(const v1::Source* source, definitions->source(name));
  std::set<std::string> views;
  for (const auto& [view_name, view] : definitions->views()) {
    for (const v1::Source* read : view.sources) {
      bool behind = read->has_push() && read->push().batch_source() == name;
      bool before = source->has_push() && source->push().batch_source() == read->name();
      if (read->name() == name || behind || before) views.insert(view_name);
    }
  }
  return views;
}

}  // namespace gnomon

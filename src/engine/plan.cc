// plan and apply: the project's definitions → one checked, resolved manifest → the registry.
#include <algorithm>
#include <filesystem>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "access/audit_log.h"
#include "engine/leftovers.h"
#include "engine/plan_functions.h"
#include "engine/plan_state.h"
#include "engine/project.h"
#include "engine/resolve_schema.h"
#include "gnomon/python_transform.h"
#include "gnomon/sql_engine.h"
#include "registry/merge.h"
#include "registry/objects.h"
#include "registry/resolve_on_demand.h"

namespace gnomon {
namespace {

bool has_python_definitions(const std::string& dir) {
  std::error_code error;
  for (std::filesystem::recursive_directory_iterator at(dir + "/features", error), end; !error && at != end;
       at.increment(error)) {
    if (at->path().extension() == ".py") return true;
  }
  return false;
}

// The project's files as one manifest: YAML read here, Python evaluated by its own interpreter.
Result<v1::Manifest> load_definitions(const Engine::Impl& project) {
  GN_ASSIGN(v1::Manifest yaml, load_yaml_definitions(project.dir));
  if (!has_python_definitions(project.dir)) return yaml;
  GN_ASSIGN(std::string json, evaluate_python_definitions(project.python(), project.dir));
  GN_ASSIGN(v1::Manifest python, manifest_from_json(json));
  python.set_project(yaml.project());
  return merge_manifests({yaml, python});
}

// One Status for all problems, a line each, so that a person can mend them in one go. Its code and place are those of the first.
Status all_of(const std::vector<Status>& problems) {
  if (problems.empty()) return Status();
  const ErrorInfo& first = problems.front().info();
  const std::string prefix = Status(first.code, first.id, "", "", first.where).to_string();
  std::vector<std::string> lines;
  for (const Status& problem : problems) {
    // Views that share a source share its problems.
    if (std::find(lines.begin(), lines.end(), problem.to_string()) == lines.end()) lines.push_back(problem.to_string());
  }
  if (lines.size() == 1) return problems.front();
  return Status(first.code, first.id, fmt::format("{}", fmt::join(lines, "\n")).substr(prefix.size()), "", first.where);
}

// The parts of `full` that have the names of objects in `fragment`.
v1::Manifest selected(const v1::Manifest& full, const v1::Manifest& fragment) {
  v1::Manifest result;
  result.set_format_version(full.format_version());
  result.set_project(full.project());
  std::vector<ObjectRef> wanted = objects_of(fragment);
  for (const ObjectRef& object : objects_of(full)) {
    bool in = std::any_of(wanted.begin(), wanted.end(), [&](const ObjectRef& other) { return other.key == object.key; });
    if (in) add_object(object.key.kind, &result)->CopyFrom(*object.message);
  }
  return result;
}

std::vector<std::string> view_names_touched(const v1::Manifest& full, const v1::Manifest& fragment) {
  std::vector<std::string> names;
  for (const v1::FeatureView& view : full.feature_views()) {
    bool touched = find_view(fragment, view.name()) != nullptr;
    for (const v1::Source* source : sources_read_by(view, full)) touched |= find_source(fragment, source->name()) != nullptr;
    for (const std::string& entity : view.entities()) touched |= find_entity(fragment, entity) != nullptr;
    if (touched) names.push_back(view.name());
  }
  return names;
}

Status check_and_resolve(Engine::Impl& project, const v1::Manifest& applied, const std::vector<std::string>& names,
                         v1::Manifest* manifest) {
  std::vector<Status> problems = check_manifest(*manifest);
  for (const v1::FeatureView& view : manifest->feature_views()) {
    if (view.transform_case() != v1::FeatureView::kSql) continue;
    Status sql = check_sql(view.sql(), place_of(view.origin()));
    if (!sql.ok()) problems.push_back(sql);
  }
  if (!problems.empty()) return all_of(problems);
  GN_TRY(resolve_schemas(project, applied, names, manifest, &problems));
  if (problems.empty()) problems = check_manifest(*manifest);  // again, now that inferred columns are known
  if (problems.empty()) resolve_on_demand(manifest, &problems);
  return all_of(problems);
}

// On-demand views whose types or sources are not what was applied are part of a change, whoever caused it.
void add_changed_on_demand(const v1::Manifest& applied, const v1::Manifest& full, v1::Manifest* fragment) {
  for (const v1::OnDemandFeatureView& view : full.on_demand_feature_views()) {
    if (find_on_demand(*fragment, view.name()) != nullptr) continue;
    const v1::OnDemandFeatureView* before = find_on_demand(applied, view.name());
    if (before == nullptr || own_meaning(*before) != own_meaning(view))
      fragment->add_on_demand_feature_views()->set_name(view.name());
  }
}

Result<Plan> planned(Engine::Impl& project, Registry* registry, const v1::Manifest& manifest, bool partial) {
  GN_ASSIGN(Plan plan, registry->plan(manifest, partial));
  GN_TRY(add_state_sections(&plan));
  GN_TRY(add_function_sections(project, &plan));
  return plan;
}

Status audit_apply(const Engine::Impl& project, int64_t revision) {
  AuditLog log(project.dir, project.env);
  return log.allow({.principal = own_user(),
                    .action = Action::kUpdate,
                    .resource = fmt::format("definitions, revision {}", revision),
                    .outcome = "allowed",
                    .reason = "",
                    .peer = "command line or SDK"});
}

}  // namespace

Result<Plan> Engine::plan(const std::optional<v1::Manifest>& given) {
  GN_ASSIGN(Registry * registry, impl_->registry());
  int64_t revision = 0;
  GN_ASSIGN(v1::Manifest applied, registry->manifest(&revision));
  GN_ASSIGN(v1::Manifest files, given.has_value() ? load_yaml_definitions(impl_->dir) : load_definitions(*impl_));
  if (!given.has_value()) {
    GN_TRY(check_and_resolve(*impl_, applied, {}, &files));
    return planned(*impl_, registry, files, /*partial=*/false);
  }
  v1::Manifest fragment = *given;
  fragment.set_project(files.project());
  fragment.set_format_version(1);
  v1::Manifest full = overlay(applied, fragment);
  full.set_project(files.project());
  full.set_format_version(1);
  std::vector<std::string> touched = view_names_touched(full, fragment);
  if (touched.empty()) touched.push_back("");
  GN_TRY(check_and_resolve(*impl_, applied, touched, &full));
  // Views that only read a changed source are part of the change: their frozen types were looked at again.
  for (const std::string& name : touched) {
    if (name.empty() || find_view(fragment, name) != nullptr) continue;
    fragment.add_feature_views()->set_name(name);
  }
  add_changed_on_demand(applied, full, &fragment);
  return planned(*impl_, registry, selected(full, fragment), /*partial=*/true);
}

Result<int64_t> Engine::apply(const Plan& plan, bool allow_destructive) {
  GN_ASSIGN(Registry * registry, impl_->registry());
  int64_t base = 0;
  GN_ASSIGN(v1::Manifest applied, registry->manifest(&base));
  GN_ASSIGN(auto before, Definitions::compile(std::move(applied), base));
  GN_ASSIGN(auto after, Definitions::compile(plan.target, base + 1));
  if (!plan.changes.empty()) GN_TRY(audit_apply(*impl_, base + 1));
  // If somebody else applied since, the registry refuses.
  const Registry::NamedValues leftovers = leftovers_of(*before, *after, plan.base_revision + 1);
  GN_ASSIGN(int64_t revision, registry->apply(plan, allow_destructive, leftovers));
  impl_->forget_definitions();
  GN_TRY(impl_->definitions().status());
  // It is applied, whatever becomes of what is left over: that waits until the store can be owned.
  if (!leftovers.empty() && std::filesystem::exists(impl_->state_dir + "/online")) (void)impl_->online();
  return revision;
}

}  // namespace gnomon

#include "engine/online_views.h"

#include <fmt/format.h>

namespace gnomon {
namespace {

Result<std::vector<const ViewDefinition*>> chosen_views(const Definitions& definitions,
                                                        const std::vector<std::string>& names) {
  std::vector<const ViewDefinition*> views;
  for (const std::string& name : names) {
    GN_ASSIGN(const ViewDefinition* view, definitions.view(name));
    if (view->view.offline_only()) {
      return Status(Code::kFailedPrecondition, "GN405", fmt::format("view {} is not served online (online=False)", name),
                    "Set online=True and apply");
    }
    views.push_back(view);
  }
  if (!names.empty()) return views;
  for (const auto& [name, view] : definitions.views()) {
    if (!view.view.offline_only()) views.push_back(&view);
  }
  return views;
}

}  // namespace

Result<Run> for_online_views(Engine::Impl& project, const OnlineWork& work, const OnlineStep& use) {
  GN_ASSIGN(auto definitions, project.definitions());
  GN_ASSIGN(auto views, chosen_views(*definitions, work.views));
  GN_ASSIGN(Registry * registry, project.registry());
  Run run;
  run.kind = work.kind;
  GN_ASSIGN(run.id, registry->begin_run(work.kind));
  for (const ViewDefinition* view : views) {
    const TimeUs started = project.env->now_us();
    RunStep step;
    step.view = view->view.name();
    step.step = work.step;
    const Status done = use(*view, &step);
    step.seconds = static_cast<double>(project.env->now_us() - started) / 1e6;
    step.status = done.ok() ? "ok" : done.info().id == "GN310" ? "blocked" : "failed";
    if (!done.ok()) step.message = done.to_string();
    GN_TRY(registry->record_step(run.id, step));
    if (!done.ok()) {
      GN_TRY(registry->end_run(run.id, step.status));
      return done;
    }
    run.steps.push_back(std::move(step));
  }
  run.status = "ok";
  GN_TRY(registry->end_run(run.id, run.status));
  return run;
}

}  // namespace gnomon

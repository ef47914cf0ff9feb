#include "cli/open_project.h"

#include "base/time_text.h"

namespace gnomon::cli {

Result<Project> Project::open(const Terminal& terminal, std::optional<ServedLogOptions> served_log) {
  Project project;
  project.progress_ = std::make_shared<ProgressLine>();
  EngineOptions options;
  options.project_dir = terminal.project_dir;
  options.served_log = served_log;
  options.progress = [line = std::weak_ptr(project.progress_)](const Progress& progress) {
    if (auto shown = line.lock()) shown->update(progress);
  };
  GN_ASSIGN(project.engine_, Engine::open(std::move(options)));
  return project;
}

Result<TimeUs> parse_instant(const std::string& text, Env* env) {
  if (text == "now") return env->now_us();
  return parse_time(text);
}

}  // namespace gnomon::cli

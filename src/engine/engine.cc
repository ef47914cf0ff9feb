#include "engine/engine.h"

#include <unistd.h>

#include <cstdlib>
#include <filesystem>

#include <arrow/compute/api.h>
#include <fmt/format.h>

#include "data/arrow_status.h"
#include "engine/leftovers.h"
#include "engine/project.h"
#include "engine/served_log.h"
#include "registry/project_settings.h"

namespace gnomon {
namespace {

namespace fs = std::filesystem;

std::string python_beside_binary() {
  std::error_code error;
  fs::path binary = fs::read_symlink("/proc/self/exe", error);
  if (error) return "";
  for (fs::path folder : {binary.parent_path(), binary.parent_path() / "../../.venv/bin"}) {
    fs::path candidate = folder / "python";
    if (fs::exists(candidate)) return candidate.lexically_normal().string();
  }
  return "";
}

}  // namespace

Engine::Impl::Impl() = default;
Engine::Impl::~Impl() = default;

Engine::Engine(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Engine::~Engine() = default;

Result<std::unique_ptr<Engine>> Engine::open(EngineOptions options) {
  GN_ARROW_TRY("starting Arrow", arrow::compute::Initialize());
  auto impl = std::make_unique<Impl>();
  impl->env = options.env != nullptr ? options.env : Env::real();
  std::error_code error;
  impl->dir = fs::canonical(options.project_dir, error).string();
  if (error || !fs::is_directory(impl->dir)) {
    return Status(Code::kNotFound, "GN100", fmt::format("no project folder at {}", options.project_dir),
                  "Make one with `gnomon init`, or name another folder");
  }
  impl->state_dir = impl->dir + "/.gnomon";
  impl->options = std::move(options);
  const auto& served_log = impl->options.served_log;
  if (served_log.has_value() && served_log->sample > 0)
    impl->served_log = std::make_unique<ServedLog>(impl->served_dir(), *served_log, impl->env);
  return std::unique_ptr<Engine>(new Engine(std::move(impl)));
}

const std::string& Engine::project_dir() const { return impl_->dir; }
Env* Engine::env() const { return impl_->env; }

Status Engine::open_online_store() { return impl_->online().status(); }

Result<v1::Manifest> Engine::manifest() {
  GN_ASSIGN(auto definitions, impl_->definitions());
  return definitions->manifest();
}

Result<Registry*> Engine::Impl::registry() {
  std::lock_guard<std::mutex> lock(mutex_);
  if (registry_ == nullptr) {
    GN_TRY(env->make_dirs(state_dir));
    GN_ASSIGN(registry_, open_sqlite_registry(state_dir + "/registry.db", env));
  }
  return registry_.get();
}

Result<std::unique_ptr<OnlineStore>> Engine::Impl::open_online_store(OpenMode mode) const {
  GN_ASSIGN(ProjectSettings settings, read_project_settings(dir));
  const std::string folder = state_dir + "/online";
  if (settings.online_store == "sqlite") return open_sqlite_online_store(folder, mode, env);
  if (settings.online_store == "redis") return open_redis_online_store(settings.redis, folder, mode, env);
  return open_embedded_online_store(folder, mode, env);
}

Result<OnlineStore*> Engine::Impl::online() {
  std::lock_guard<std::mutex> lock(mutex_);
  if (online_ == nullptr) {
    GN_TRY(env->make_dirs(state_dir));
    GN_ASSIGN(online_, open_online_store(options.mode));
  }
  if (may_have_leftovers_ && options.mode == OpenMode::kOwn) {
    if (definitions_source_ == nullptr) {
      GN_ASSIGN(definitions_source_, open_sqlite_registry(state_dir + "/registry.db", env));
    }
    GN_TRY(remove_leftovers(*this, definitions_source_.get(), online_.get()));
    may_have_leftovers_ = false;
  }
  return online_.get();
}

Result<OnlineStore*> Engine::Impl::online_for_reading() {
  Result<OnlineStore*> owned = online();
  if (owned.ok() || owned.status().code() != Code::kResourceExhausted) return owned;
  std::lock_guard<std::mutex> lock(mutex_);
  if (online_read_only_ == nullptr) {
    GN_ASSIGN(online_read_only_, open_online_store(OpenMode::kReadOnly));
  }
  return online_read_only_.get();
}

Result<std::shared_ptr<const Definitions>> Engine::Impl::definitions() {
  std::lock_guard<std::mutex> lock(mutex_);
  TimeUs now = env->now_us();
  if (definitions_ != nullptr && now - definitions_checked_us_ < kDefinitionsMaxAgeUs && now >= definitions_checked_us_)
    return definitions_;
  if (definitions_source_ == nullptr) {
    GN_TRY(env->make_dirs(state_dir));
    GN_ASSIGN(definitions_source_, open_sqlite_registry(state_dir + "/registry.db", env));
  }
  int64_t revision = 0;
  GN_ASSIGN(v1::Manifest manifest, definitions_source_->manifest(&revision));
  if (definitions_ == nullptr || definitions_->revision() != revision) {
    GN_ASSIGN(definitions_, Definitions::compile(std::move(manifest), revision));
    may_have_leftovers_ = true;
  }
  definitions_checked_us_ = now;
  return definitions_;
}

void Engine::Impl::forget_definitions() {
  std::lock_guard<std::mutex> lock(mutex_);
  definitions_ = nullptr;
}

PythonFunctions& Engine::Impl::python_functions() {
  std::lock_guard lock(mutex_);
  if (python_functions_ == nullptr) python_functions_ = std::make_unique<PythonFunctions>(python(), dir);
  return *python_functions_;
}

std::string Engine::Impl::python() const {
  if (!options.python.empty()) return options.python;
  if (const char* named = std::getenv("GNOMON_PYTHON")) return named;
  std::string beside = python_beside_binary();
  return beside.empty() ? "python3" : beside;
}

}  // namespace gnomon

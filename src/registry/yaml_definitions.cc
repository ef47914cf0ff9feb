// load_yaml_definitions: a project's folder as one manifest.
#include <algorithm>
#include <filesystem>

#include <fmt/format.h>

#include "gnomon/env.h"
#include "gnomon/registry.h"
#include "registry/project_settings.h"
#include "registry/yaml_objects.h"
#include "registry/yaml_reader.h"
#include "registry/yaml_tree.h"

namespace gnomon {
namespace {

namespace fs = std::filesystem;

// features/*.yaml and *.yml, by name, relative to the project.
Result<std::vector<std::string>> definition_files(const fs::path& project) {
  std::vector<std::string> files;
  std::error_code error;
  if (!fs::is_directory(project / "features", error)) return files;
  fs::directory_iterator entries(project / "features", error);
  for (; !error && entries != fs::directory_iterator(); entries.increment(error)) {
    std::string suffix = entries->path().extension().string();
    if (suffix == ".yaml" || suffix == ".yml") files.push_back("features/" + entries->path().filename().string());
  }
  if (error)
    return Status(Code::kUnavailable, "GN502",
                  fmt::format("read folder {}: {}", (project / "features").string(), error.message()));
  std::sort(files.begin(), files.end());
  return files;
}

}  // namespace

Result<v1::Manifest> load_yaml_definitions(const std::string& project_dir) {
  const fs::path project = project_dir;
  std::error_code error;
  if (!fs::is_directory(project, error)) {
    return Status(Code::kNotFound, "GN100", fmt::format("no project folder: {}", project_dir),
                  "Run `gnomon init` to make one");
  }
  v1::Manifest manifest;
  manifest.set_format_version(1);
  GN_ASSIGN(ProjectSettings settings, read_project_settings(project_dir));
  manifest.set_project(settings.project);
  GN_ASSIGN(std::vector<std::string> files, definition_files(project));
  for (const std::string& file : files) {
    GN_ASSIGN(YamlNode root, read_yaml_file(project_dir, file));
    GN_TRY(read_definitions(YamlReader(file), root, &manifest));
  }
  return manifest;
}

}  // namespace gnomon

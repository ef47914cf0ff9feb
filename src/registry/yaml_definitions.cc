// load_yaml_definitions: a project's folder as one manifest.
#include <algorithm>
#include <cctype>
#include <filesystem>

#include <fmt/format.h>

#include "gnomon/env.h"
#include "gnomon/registry.h"
#include "registry/yaml_objects.h"
#include "registry/yaml_reader.h"
#include "registry/yaml_tree.h"

namespace gnomon {
namespace {

namespace fs = std::filesystem;

constexpr size_t kMaxNameLength = 63;  // of semantics' names

Result<YamlNode> read_yaml_file(const fs::path& project, const std::string& file) {
  GN_ASSIGN(std::string text, Env::real()->read_file((project / file).string()));
  return parse_yaml(text, file);
}

// Only the value that names what is built in is understood; another one asks for something that would not happen.
ReadValue only(const YamlReader& reader, const std::string& key, const std::string& known) {
  return [&reader, key, known](const YamlNode& node) {
    if (node.kind == YamlNode::Kind::kText && node.text == known) return Status();
    std::string value = node.kind == YamlNode::Kind::kText ? ": " + node.text : "";
    return not_supported_yet(key + value, fmt::format("{}:{}", reader.file(), node.line));
  };
}

Status read_gnomon_yaml(const fs::path& project, std::string* name) {
  YamlReader reader("gnomon.yaml");
  GN_ASSIGN(YamlNode root, read_yaml_file(project, reader.file()));
  if (root.kind == YamlNode::Kind::kNull) return Status();
  return reader.read_map(root, "gnomon.yaml",
                         {{"project", reader.text(name)},
                          {"registry", only(reader, "registry", ".gnomon/registry.db")},
                          {"online_store", only(reader, "online_store", "embedded")},
                          {"offline_store", only(reader, "offline_store", "embedded")}},
                         {"connections"});
}

// Feast's file: its `project` means the same; its other keys speak of Feast's own stores.
Status read_feature_store_yaml(const fs::path& project, std::string* name) {
  YamlReader reader("feature_store.yaml");
  GN_ASSIGN(YamlNode root, read_yaml_file(project, reader.file()));
  for (const YamlMember& member : root.members) {
    if (member.key == "project") return reader.text(name)(member.value);
  }
  return Status();
}

std::string name_of_folder(const fs::path& project) {
  std::error_code error;
  fs::path folder = fs::canonical(project, error);
  std::string name = folder.filename().string();
  for (char& c : name) {
    bool allowed = std::isalnum(static_cast<unsigned char>(c)) || c == '_';
    if (!allowed) c = '_';
  }
  if (name.empty() || std::isdigit(static_cast<unsigned char>(name[0]))) name.insert(name.begin(), '_');
  return name.substr(0, kMaxNameLength);
}

Result<std::string> project_name(const fs::path& project) {
  std::string name;
  std::error_code error;
  if (fs::exists(project / "gnomon.yaml", error)) {
    GN_TRY(read_gnomon_yaml(project, &name));
  } else if (fs::exists(project / "feature_store.yaml", error)) {
    GN_TRY(read_feature_store_yaml(project, &name));
  }
  return name.empty() ? name_of_folder(project) : name;
}

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
  GN_ASSIGN(std::string name, project_name(project));
  manifest.set_project(name);
  GN_ASSIGN(std::vector<std::string> files, definition_files(project));
  for (const std::string& file : files) {
    GN_ASSIGN(YamlNode root, read_yaml_file(project, file));
    GN_TRY(read_definitions(YamlReader(file), root, &manifest));
  }
  return manifest;
}

}  // namespace gnomon

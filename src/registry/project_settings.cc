#include "registry/project_settings.h"

#include <algorithm>
#include <cctype>
#include <filesystem>
#include <vector>

#include <fmt/format.h>

#include "registry/yaml_reader.h"
#include "registry/yaml_tree.h"

namespace gnomon {
namespace {

namespace fs = std::filesystem;

constexpr size_t kMaxNameLength = 63;  // of semantics' names

// Takes one of the known names; another one asks for something that would not happen.
ReadValue one_of(const YamlReader& reader, const std::string& key, const std::vector<std::string>& known, std::string* out) {
  return [&reader, key, known, out](const YamlNode& node) {
    if (node.kind == YamlNode::Kind::kText && std::find(known.begin(), known.end(), node.text) != known.end()) {
      *out = node.text;
      return Status();
    }
    std::string value = node.kind == YamlNode::Kind::kText ? ": " + node.text : "";
    return not_supported_yet(key + value, fmt::format("{}:{}", reader.file(), node.line));
  };
}

// `sqlite`, or as Feast writes it, `{type: sqlite}`.
ReadValue store(const YamlReader& reader, std::string* out) {
  ReadValue name = one_of(reader, "online_store", {"embedded", "sqlite"}, out);
  return [&reader, name](const YamlNode& node) {
    if (node.kind != YamlNode::Kind::kMap) return name(node);
    return reader.read_map(node, "online_store", {{"type", name}});
  };
}

Status read_gnomon_yaml(const fs::path& project, ProjectSettings* settings) {
  YamlReader reader("gnomon.yaml");
  GN_ASSIGN(YamlNode root, read_yaml_file(project.string(), reader.file()));
  if (root.kind == YamlNode::Kind::kNull) return Status();
  std::string only_one;
  return reader.read_map(root, "gnomon.yaml",
                         {{"project", reader.text(&settings->project)},
                          {"registry", one_of(reader, "registry", {".gnomon/registry.db"}, &only_one)},
                          {"online_store", store(reader, &settings->online_store)},
                          {"offline_store", one_of(reader, "offline_store", {"embedded"}, &only_one)}},
                         {"connections"});
}

// Feast's file: its `project` means the same; its other keys speak of Feast's own stores.
Status read_feature_store_yaml(const fs::path& project, std::string* name) {
  YamlReader reader("feature_store.yaml");
  GN_ASSIGN(YamlNode root, read_yaml_file(project.string(), reader.file()));
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

}  // namespace

Result<ProjectSettings> read_project_settings(const std::string& project_dir) {
  const fs::path project = project_dir;
  ProjectSettings settings;
  std::error_code error;
  if (fs::exists(project / "gnomon.yaml", error)) {
    GN_TRY(read_gnomon_yaml(project, &settings));
  } else if (fs::exists(project / "feature_store.yaml", error)) {
    GN_TRY(read_feature_store_yaml(project, &settings.project));
  }
  if (settings.project.empty()) settings.project = name_of_folder(project);
  return settings;
}

}  // namespace gnomon

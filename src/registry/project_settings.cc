#include "registry/project_settings.h"

#include <algorithm>
#include <cctype>
#include <filesystem>
#include <vector>

#include <fmt/format.h>

#include "registry/serve_settings.h"
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

// `${env:NAME}`: a secret is named, never written down.
ReadValue secret(const YamlReader& reader, std::string* variable) {
  return [&reader, variable](const YamlNode& node) {
    constexpr std::string_view kBefore = "${env:";
    const std::string& text = node.text;
    if (node.kind == YamlNode::Kind::kText && text.starts_with(kBefore) && text.ends_with('}')) {
      *variable = text.substr(kBefore.size(), text.size() - kBefore.size() - 1);
      if (!variable->empty()) return Status();
    }
    return reader.error(node, "a password does not belong in this file",
                        "Put it into an environment variable and write `password: ${env:NAME}`");
  };
}

ReadValue milliseconds(const YamlReader& reader, int* out) {
  return reader.duration([out](int64_t us) {
    constexpr int64_t kMost = 3'600'000;
    *out = static_cast<int>(std::clamp<int64_t>(us / 1'000, 1, kMost));
  });
}

ReadValue whole_number(const YamlReader& reader, int* out) {
  return [&reader, out](const YamlNode& node) {
    const v1::Value value = node.kind == YamlNode::Kind::kText ? scalar_value(node) : v1::Value();
    if (value.kind_case() != v1::Value::kIntValue || value.int_value() < 0 || value.int_value() > 100)
      return reader.error(node, "expected a whole number from 0 to 100");
    *out = static_cast<int>(value.int_value());
    return Status();
  };
}

// `sqlite`, or as Feast writes it, `{type: sqlite}`.
ReadValue store(const YamlReader& reader, ProjectSettings* settings) {
  ReadValue name = one_of(reader, "online_store", {"embedded", "sqlite", "redis"}, &settings->online_store);
  return [&reader, name, settings](const YamlNode& node) {
    if (node.kind != YamlNode::Kind::kMap) return name(node);
    RedisOptions redis;
    GN_TRY(reader.read_map(node, "online_store",
                           {{"type", name},
                            {"connection", reader.text(&redis.connection)},
                            {"password", secret(reader, &redis.password_env)},
                            {"key_prefix", reader.text(&redis.key_prefix)},
                            {"connect_timeout", milliseconds(reader, &redis.connect_timeout_ms)},
                            {"read_timeout", milliseconds(reader, &redis.read_timeout_ms)},
                            {"write_timeout", milliseconds(reader, &redis.write_timeout_ms)},
                            {"replicas", whole_number(reader, &redis.replicas)}}));
    settings->redis = std::move(redis);
    if (settings->online_store == "redis" || node.members.size() == 1) return Status();
    return reader.error(node, fmt::format("the {} store has no settings but its type", settings->online_store));
  };
}

ReadValue fraction(const YamlReader& reader, double* out) {
  return [&reader, out](const YamlNode& node) {
    const v1::Value value = node.kind == YamlNode::Kind::kText ? scalar_value(node) : v1::Value();
    const double number = value.kind_case() == v1::Value::kIntValue     ? static_cast<double>(value.int_value())
                          : value.kind_case() == v1::Value::kFloatValue ? value.float_value()
                                                                        : -1;
    if (!(number >= 0 && number <= 1)) return reader.error(node, "expected a number from 0 to 1");
    *out = number;
    return Status();
  };
}

ReadValue served_log(const YamlReader& reader, ServedLogSettings* out) {
  return [&reader, out](const YamlNode& node) {
    GN_TRY(reader.read_map(node, "served_log",
                           {{"sample", fraction(reader, &out->sample)},
                            {"roll_every", reader.duration([out](int64_t us) { out->roll_every_us = us; })},
                            {"keep", reader.duration([out](int64_t us) { out->keep_us = us; })}}));
    if (out->roll_every_us > 0 && out->keep_us >= 0) return Status();
    return reader.error(node, "roll_every must be longer than 0, and keep not negative");
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
                          {"online_store", store(reader, settings)},
                          {"offline_store", one_of(reader, "offline_store", {"embedded"}, &only_one)},
                          {"served_log", served_log(reader, &settings->served_log)},
                          {"serve", read_serve_settings(reader, project.string(), &settings->access)}},
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
  if (settings.redis.key_prefix.empty()) settings.redis.key_prefix = "gnomon:" + settings.project;
  return settings;
}

}  // namespace gnomon

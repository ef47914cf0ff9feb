#include "access/api_keys.h"

#include <algorithm>
#include <filesystem>

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <nlohmann/json.hpp>

#include "base/private_file.h"

namespace gnomon {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;
using nlohmann::ordered_json;

constexpr size_t kSecretBytes = 32;
constexpr size_t kMaxNameLength = 63;
constexpr std::string_view kSuffix = ".json";

bool is_key_name(const std::string& name) {
  auto letter = [](char c) { return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_' || c == '-'; };
  return !name.empty() && name.size() <= kMaxNameLength && name.front() != '-' &&
         std::all_of(name.begin(), name.end(), letter);
}

Status bad_name(const std::string& name) {
  return Status(Code::kInvalidArgument, "GN646", fmt::format("\"{}\" is no name for a key", name),
                "Letters, digits, _ and -, at most 63");
}

std::string path_of(const std::string& project_dir, const std::string& name) {
  return fmt::format("{}/{}{}", keys_folder(project_dir), name, kSuffix);
}

ordered_json time_or_null(const std::optional<TimeUs>& time) {
  return time.has_value() ? ordered_json(*time) : ordered_json();
}

std::string to_text(const ApiKey& key) {
  return ordered_json{{"format", 1},
                      {"name", key.name},
                      {"sha256", hex_of(key.hash)},
                      {"actions", key.grants.actions.names()},
                      {"project", key.grants.project},
                      {"views", key.grants.views},
                      {"services", key.grants.services},
                      {"created_us", key.created_us},
                      {"expires_us", time_or_null(key.expires_us)},
                      {"revoked_us", time_or_null(key.revoked_us)}}
             .dump(2) +
         "\n";
}

std::optional<TimeUs> optional_time(const json& value) {
  return value.is_null() ? std::nullopt : std::optional<TimeUs>(value.get<TimeUs>());
}

// Throws json::exception for what is missing or of another type: a key is whole, or it is none.
Result<ApiKey> parse_key(const json& said) {
  ApiKey key;
  if (said.at("format").get<int>() != 1) return Status(Code::kDataLoss, "GN644", "it is of a later version");
  key.name = said.at("name").get<std::string>();
  if (!parse_hex(said.at("sha256").get<std::string>(), &key.hash)) {
    return Status(Code::kDataLoss, "GN644", "\"sha256\" is no SHA-256");
  }
  GN_ASSIGN(key.grants.actions, ActionSet::of(said.at("actions").get<std::vector<std::string>>()));
  key.grants.project = said.at("project").get<std::string>();
  key.grants.views = said.at("views").get<std::set<std::string>>();
  key.grants.services = said.at("services").get<std::set<std::string>>();
  key.created_us = said.at("created_us").get<TimeUs>();
  key.expires_us = optional_time(said.at("expires_us"));
  key.revoked_us = optional_time(said.at("revoked_us"));
  return key;
}

Result<ApiKey> read_key(const std::string& path) {
  auto damaged = [&](const std::string& what) {
    return Status(Code::kDataLoss, "GN644", fmt::format("{} holds no key: {}", path, what),
                  "Remove the file and create the key again");
  };
  GN_ASSIGN(std::string text, Env::real()->read_file(path));
  try {
    Result<ApiKey> key = parse_key(json::parse(text));
    if (!key.ok()) return damaged(key.status().info().message);
    return key;
  } catch (const json::exception& error) {
    return damaged(error.what());
  }
}

}  // namespace

std::string keys_folder(const std::string& project_dir) { return project_dir + "/.gnomon/keys"; }

Result<std::string> create_api_key(const std::string& project_dir, ApiKey key) {
  if (!is_key_name(key.name)) return bad_name(key.name);
  std::string text = std::string(kKeyPrefix) + base64url(random_bytes(kSecretBytes));
  key.hash = sha256(text);
  GN_TRY(Env::real()->make_dirs(project_dir + "/.gnomon"));
  GN_TRY(make_private_folder(keys_folder(project_dir)));
  Status stored = write_private_file(path_of(project_dir, key.name), to_text(key), IfThere::kRefuse);
  if (stored.code() == Code::kAlreadyExists) {
    return Status(Code::kAlreadyExists, "GN646", fmt::format("there is a key {} already", key.name),
                  "Choose another name; `gnomon key list` shows them, revoked ones too");
  }
  GN_TRY(stored);
  return text;
}

Result<std::vector<ApiKey>> list_api_keys(const std::string& project_dir) {
  std::vector<ApiKey> keys;
  std::error_code error;
  for (const auto& entry : fs::directory_iterator(keys_folder(project_dir), error)) {
    if (entry.path().extension() != kSuffix) continue;
    GN_ASSIGN(ApiKey key, read_key(entry.path().string()));
    keys.push_back(std::move(key));
  }
  if (error && error != std::errc::no_such_file_or_directory) {
    return Status(Code::kUnavailable, "GN502", fmt::format("reading {}: {}", keys_folder(project_dir), error.message()));
  }
  std::sort(keys.begin(), keys.end(), [](const ApiKey& a, const ApiKey& b) { return a.name < b.name; });
  return keys;
}

Status revoke_api_key(const std::string& project_dir, const std::string& name, TimeUs now_us) {
  if (!is_key_name(name)) return bad_name(name);
  Result<ApiKey> key = read_key(path_of(project_dir, name));
  if (!key.ok() && key.status().code() == Code::kNotFound) {
    return Status(Code::kNotFound, "GN646", fmt::format("there is no key {}", name), "`gnomon key list` shows them");
  }
  GN_TRY(key.status());
  if (key->revoked_us.has_value()) return {};
  key->revoked_us = now_us;
  return write_private_file(path_of(project_dir, name), to_text(*key), IfThere::kReplace);
}

}  // namespace gnomon

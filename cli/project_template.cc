#include "cli/project_template.h"

#include <algorithm>
#include <filesystem>
#include <map>

#include <fmt/format.h>

namespace gnomon::cli {
namespace {

namespace fs = std::filesystem;

constexpr const char* kIgnored = ".gnomon/\n__pycache__/\n";
constexpr int kLevelsAboveBinary = 4;

using Files = std::map<std::string, std::string>;  // path in the project -> text

// examples/NAME in a source tree, share/gnomon/examples/NAME of an installation: looked for in the folders above the binary.
fs::path example_folder(const std::string& name) {
  std::error_code error;
  fs::path folder = fs::read_symlink("/proc/self/exe", error).parent_path();
  for (int level = 0; level < kLevelsAboveBinary && !folder.empty(); ++level, folder = folder.parent_path()) {
    for (fs::path candidate : {folder / "examples" / name, folder / "share/gnomon/examples" / name}) {
      if (fs::exists(candidate / "gnomon.yaml", error)) return candidate;
    }
  }
  return {};
}

bool belongs(const fs::path& path) {
  static constexpr const char* kParts[] = {"features", "gnomon.yaml", "prepare.py"};
  bool known = std::find(std::begin(kParts), std::end(kParts), *path.begin()) != std::end(kParts);
  bool generated = std::any_of(path.begin(), path.end(), [](const fs::path& part) { return part == "__pycache__"; });
  return known && !generated;
}

Result<Files> example_files(const std::string& name, Env* env) {
  fs::path source = example_folder(name);
  if (source.empty()) {
    return Status(Code::kNotFound, "GN703", fmt::format("the example \"{}\" did not come with this binary", name),
                  "Use --template empty");
  }
  Files files;
  std::error_code error;
  for (fs::recursive_directory_iterator at(source, error), end; !error && at != end; at.increment(error)) {
    fs::path relative = at->path().lexically_relative(source);
    if (!at->is_regular_file() || !belongs(relative)) continue;
    GN_ASSIGN(files[relative.string()], env->read_file(at->path().string()));
  }
  return files;
}

// The folder's name with other characters as "_": what a project is called by default.
std::string project_name(const std::string& folder) {
  std::string name = fs::absolute(folder).lexically_normal().filename().string();
  if (name.empty()) name = fs::absolute(folder).lexically_normal().parent_path().filename().string();
  std::replace_if(
      name.begin(), name.end(), [](unsigned char c) { return std::isalnum(c) == 0 || c >= 0x80; }, '_');
  return name.empty() || std::isdigit(static_cast<unsigned char>(name[0])) != 0 ? "_" + name : name;
}

}  // namespace

Result<std::vector<std::string>> write_project_template(const std::string& name, const std::string& folder, Env* env) {
  Files files;
  if (name == "empty") {
    files["gnomon.yaml"] = fmt::format("project: {}\n", project_name(folder));
  } else {
    GN_ASSIGN(files, example_files(name, env));
  }
  files[".gitignore"] = kIgnored;
  for (const auto& [file, text] : files) {
    std::error_code error;
    if (!fs::exists(fs::path(folder) / file, error)) continue;
    return Status(Code::kAlreadyExists, "GN702", fmt::format("{} is there already", (fs::path(folder) / file).string()),
                  "Name a new folder");
  }
  GN_TRY(env->make_dirs((fs::path(folder) / "features").string()));
  std::vector<std::string> names;
  for (const auto& [file, text] : files) {
    fs::path path = fs::path(folder) / file;
    GN_TRY(env->make_dirs(path.parent_path().string()));
    GN_TRY(env->put_if_absent(path.string(), text));
    names.push_back(file);
  }
  return names;
}

}  // namespace gnomon::cli

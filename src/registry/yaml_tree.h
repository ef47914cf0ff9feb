// YAML text as a tree that remembers lines. Everything else about YAML (anchors, tags, styles) is resolved or refused here.
// Thread-safety: values.
#pragma once

#include <string>
#include <vector>

#include "gnomon/status.h"

namespace gnomon {

struct YamlMember;

struct YamlNode {
  enum class Kind { kNull, kText, kList, kMap };
  Kind kind = Kind::kNull;
  std::string text;                 // kText, as written, without quotes
  bool quoted = false;              // kText: "5" is a string even where a number would do
  std::vector<YamlNode> items;      // kList
  std::vector<YamlMember> members;  // kMap, in file order; keys are unique
  int line = 1;                     // from 1
};

struct YamlMember {
  std::string key;
  int line = 1;
  YamlNode value;
};

// ERRORS: GN120 InvalidArgument at file:line for bad YAML, a key given twice, a key that is no text, more than one
// document, or a tree of more than kMaxYamlNodes (aliases are expanded, so a small file can hide a huge one).
// An empty file is a kNull node.
Result<YamlNode> parse_yaml(const std::string& text, const std::string& file);

// The same for a file of a project. ERRORS: also those of reading it.
Result<YamlNode> read_yaml_file(const std::string& project_dir, const std::string& file);

inline constexpr int kMaxYamlNodes = 200'000;

// GN120 at file:line.
Status yaml_error(const std::string& file, int line, std::string message, std::string hint = "");

}  // namespace gnomon

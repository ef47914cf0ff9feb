#include "registry/yaml_tree.h"

#include <set>

#include <fmt/format.h>
#include <yaml-cpp/yaml.h>

#include "gnomon/env.h"

namespace gnomon {
namespace {

// yaml-cpp counts lines from 0 and marks generated nodes with -1.
int line_of(const YAML::Mark& mark) { return mark.line < 0 ? 1 : mark.line + 1; }

class TreeBuilder {
 public:
  explicit TreeBuilder(const std::string& file) : file_(file) {}

  Result<YamlNode> build(const YAML::Node& from) {
    YamlNode node;
    node.line = line_of(from.Mark());
    if (++nodes_ > kMaxYamlNodes) {
      return yaml_error(file_, node.line, fmt::format("more than {} values", kMaxYamlNodes),
                        "Split the file; check its aliases");
    }
    switch (from.Type()) {
      case YAML::NodeType::Undefined:
      case YAML::NodeType::Null: return node;
      case YAML::NodeType::Scalar:
        node.kind = YamlNode::Kind::kText;
        node.text = from.Scalar();
        node.quoted = from.Tag() == "!";
        return node;
      case YAML::NodeType::Sequence:
        node.kind = YamlNode::Kind::kList;
        for (const YAML::Node& item : from) {
          GN_ASSIGN(YamlNode child, build(item));
          node.items.push_back(std::move(child));
        }
        return node;
      case YAML::NodeType::Map: GN_TRY(build_members(from, &node)); return node;
    }
    return node;
  }

 private:
  Status build_members(const YAML::Node& from, YamlNode* node) {
    node->kind = YamlNode::Kind::kMap;
    std::set<std::string> seen;
    for (const auto& pair : from) {
      int line = line_of(pair.first.Mark());
      if (!pair.first.IsScalar()) return yaml_error(file_, line, "a key has to be text");
      YamlMember member{pair.first.Scalar(), line, {}};
      if (!seen.insert(member.key).second)
        return yaml_error(file_, line, fmt::format("key given twice: \"{}\"", member.key), "Remove one");
      GN_ASSIGN(member.value, build(pair.second));
      if (member.value.kind == YamlNode::Kind::kNull) member.value.line = line;  // yaml-cpp marks nothing by what follows it
      node->members.push_back(std::move(member));
    }
    return Status();
  }

  const std::string& file_;
  int nodes_ = 0;
};

}  // namespace

Status yaml_error(const std::string& file, int line, std::string message, std::string hint) {
  return Status(Code::kInvalidArgument, "GN120", std::move(message), std::move(hint), fmt::format("{}:{}", file, line));
}

Result<YamlNode> parse_yaml(const std::string& text, const std::string& file) {
  try {
    std::vector<YAML::Node> documents = YAML::LoadAll(text);
    if (documents.empty()) return YamlNode();
    if (documents.size() > 1) {
      return yaml_error(file, line_of(documents[1].Mark()), fmt::format("{} documents in one file", documents.size()),
                        "Write one file for each");
    }
    return TreeBuilder(file).build(documents[0]);
  } catch (const YAML::Exception& error) {
    return yaml_error(file, line_of(error.mark), "bad YAML: " + error.msg);
  }
}

Result<YamlNode> read_yaml_file(const std::string& project_dir, const std::string& file) {
  GN_ASSIGN(std::string text, Env::real()->read_file(project_dir + "/" + file));
  return parse_yaml(text, file);
}

}  // namespace gnomon

// Typed reading of a YAML tree: a table says which keys an object has and where each value goes; everything else is an error.
// Thread-safety: none; values with the lifetime of the messages they fill.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include <google/protobuf/map.h>
#include <google/protobuf/repeated_ptr_field.h>

#include "gnomon/status.h"
#include "gnomon/v1/manifest.pb.h"
#include "registry/yaml_tree.h"

namespace gnomon {

// Reads the value of one key. The places it writes to outlive it.
using ReadValue = std::function<Status(const YamlNode& value)>;

struct YamlKey {
  std::string name;
  ReadValue read;
};

class YamlReader {
 public:
  explicit YamlReader(std::string file) : file_(std::move(file)) {}  // relative to the project's folder

  // Reads every key of a map. `what` names the object in messages. `later`: keys of the contract that are not supported yet.
  // ERRORS: GN120 not a map, unknown key (with "did you mean"), wrong kind of value; GN121 Unimplemented for one of `later`.
  Status read_map(const YamlNode& node, const std::string& what, const std::vector<YamlKey>& keys,
                  const std::vector<std::string>& later = {}) const;
  // Calls `read_item` for each item. ERRORS: GN120 not a list.
  Status read_list(const YamlNode& node, const std::string& what, const ReadValue& read_item) const;

  ReadValue text(std::string* out) const;
  ReadValue texts(google::protobuf::RepeatedPtrField<std::string>* out) const;  // a list, or one text for a list of one
  ReadValue text_map(google::protobuf::Map<std::string, std::string>* out) const;
  ReadValue boolean(const std::function<void(bool)>& set) const;
  ReadValue duration(const std::function<void(int64_t)>& set_us) const;  // "3h"; GN120 with parse_duration's reason
  ReadValue schema(google::protobuf::RepeatedPtrField<v1::Field>* out) const;

  void set_origin(const YamlNode& node, v1::Origin* origin) const;
  Status error(const YamlNode& node, std::string message, std::string hint = "") const;
  const std::string& file() const { return file_; }

 private:
  std::string file_;
};

// Plain true/false, integers and decimals become what they look like; everything else, and whatever is quoted, is a string.
// Words such as `no` stay strings. REQUIRES: node is text.
v1::Value scalar_value(const YamlNode& node);

// GN121 Unimplemented at `where`.
Status not_supported_yet(const std::string& what, const std::string& where);

}  // namespace gnomon

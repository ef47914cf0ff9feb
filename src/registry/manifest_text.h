// Single values of a manifest as text in plans and messages.
// Thread-safety: pure functions.
#pragma once

#include <string>

#include <google/protobuf/message.h>

#include "gnomon/v1/manifest.pb.h"

namespace gnomon {

// The name people know a field by: "ttl" for ttl_us, "online" for offline_only; empty where the path before it says enough
// (the dtype of schema.temp).
std::string shown_name(const google::protobuf::FieldDescriptor& field);

// A field that is no message and no map: "2h", "[a, b]", "true"; what an unset one means, such as "no limit".
std::string shown_value(const google::protobuf::Message& message, const google::protobuf::FieldDescriptor& field);

std::string value_text(const v1::Value& value);  // 120, "a", [1, 2]

// An element of a repeated field in one line: "Float64", "between(temp, max=120)", "[temp, wind]".
std::string element_text(const google::protobuf::Message& element);

}  // namespace gnomon

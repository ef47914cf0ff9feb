// What differs between two versions of an object, field by field, as a person would write it: "ttl: 1h -> 2h",
// "schema.temp: Float32 -> Float64", "expect[1].max: 100 -> 120". Where a thing was defined is no difference.
// Thread-safety: pure functions.
#pragma once

#include <string>
#include <vector>

#include <google/protobuf/message.h>

namespace gnomon {

struct FieldDifference {
  std::string field;  // of the object, as in the .proto: "ttl_us"
  std::string text;   // "ttl: 1h -> 2h"
};

// In the order of the .proto. REQUIRES: both of one message type.
std::vector<FieldDifference> differences(const google::protobuf::Message& before, const google::protobuf::Message& after);

}  // namespace gnomon

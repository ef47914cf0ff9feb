// Any message of the manifest as canonical JSON: protobuf's JSON mapping, field names as in the .proto, keys sorted, empty
// fields left out, no white space. Equal messages give equal bytes, so the text can be hashed.
// Thread-safety: pure functions.
#pragma once

#include <string>

#include <google/protobuf/message.h>

#include "gnomon/status.h"

namespace gnomon {

// REQUIRES: strings in `message` are UTF-8 (which both parsers guarantee).
std::string message_to_json(const google::protobuf::Message& message);

// Strict: unknown keys, keys given twice and anything that is not RFC 8259 are refused. Replaces `message`.
// ERRORS: GN122 InvalidArgument.
Status message_from_json(const std::string& json, google::protobuf::Message* message);

}  // namespace gnomon

// Errors in our form, {"code", "id", "message", "where", "hint"}: on the wire, and on the command line under --json.
// Thread-safety: pure functions.
#pragma once

#include <string>

#include "gnomon/status.h"
#include "serve/http_message.h"

namespace gnomon {

std::string error_json(const Status& status);

// The error in a server's reply; GN636 DataLoss if it is not in that form.
Status error_of(const std::string& address, const HttpReply& reply);

}  // namespace gnomon

// A small document from an http or https URL: an identity provider's keys.
// Thread-safety: pure functions; each call has its own connection, and blocks for at most kFetchTimeout.
#pragma once

#include <chrono>
#include <string>

#include "gnomon/status.h"

namespace gnomon {

inline constexpr std::chrono::seconds kFetchTimeout{3};
inline constexpr size_t kMostDocumentBytes = 1 << 20;

// `ca`: PEM file of the authorities that may have signed the host's certificate; empty: the system's. Follows no redirection.
// ERRORS: GN649 Unavailable; GN635 InvalidArgument for what is no URL; GN647 for the file.
Result<std::string> fetch_document(const std::string& url, const std::string& ca);

}  // namespace gnomon

// Bodies that are Arrow IPC streams. What a JSON body says beside its rows is the text of the schema's metadata entry
// kRequestEntry; what an answer says beside its columns is that of kAnswerEntry. Both are JSON objects.
// Thread-safety: pure functions.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include <arrow/type_fwd.h>

#include "gnomon/status.h"

namespace gnomon {

inline constexpr std::string_view kArrowStream = "application/vnd.apache.arrow.stream";
inline constexpr const char* kRequestEntry = "gnomon.request";
inline constexpr const char* kAnswerEntry = "gnomon.answer";

// Whether a Content-Type or Accept header names it.
bool names_arrow_stream(std::string_view header);

struct ArrowBody {
  std::shared_ptr<arrow::Table> table;  // without schema metadata
  std::string entry;                    // empty if there is none
};

// Untrusted bytes in: the table is validated in full. ERRORS: GN618 InvalidArgument.
Result<ArrowBody> read_arrow_body(std::string_view bytes, const char* entry);

Result<std::string> arrow_body(const arrow::Table& table, const char* entry, const std::string& text);

}  // namespace gnomon

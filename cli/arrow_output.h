// Arrow tables for people, for programs and for files.
#pragma once

#include <cstdint>
#include <string>

#include <arrow/type_fwd.h>

#include "data/files.h"
#include "gnomon/env.h"
#include "gnomon/status.h"

namespace gnomon::cli {

// One value as a person reads it: text without quotes, times in ISO 8601, "null".
std::string cell_text(const arrow::Array& values, int64_t row);

std::string table_text(const arrow::Table& table);  // aligned columns
std::string table_json(const arrow::Table& table);  // [{"column": value, …}, …]

// The format that a file's name asks for. ERRORS: GN701 for a name that no writer knows.
Result<FileFormat> output_format(const std::string& path);

// Replaces the file atomically. ERRORS: those of Env::write_file_atomic; GN203 for columns that CSV cannot hold.
Status write_table(const arrow::Table& table, FileFormat format, const std::string& path, Env* env);

}  // namespace gnomon::cli

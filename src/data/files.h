// Data files as users have them: Parquet, CSV, NDJSON; one file, a folder or a glob.
// Thread-safety: pure functions.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include <arrow/type_fwd.h>

#include "gnomon/status.h"

namespace gnomon {

enum class FileFormat : uint8_t { kParquet, kCsv, kNdjson };

// By the suffix of the first file: .parquet .pq · .csv .csv.gz · .ndjson .jsonl .json; `declared` ("parquet", …) wins if not empty.
// ERRORS: GN208 for an unknown suffix or name.
Result<FileFormat> file_format(const std::string& declared, const std::string& path);

// The files that `path` names, sorted, absolute; relative paths start at `base`. A folder holds its files with a known suffix,
// recursively, but for names that begin with . or _. ERRORS: GN201 if there are none.
Result<std::vector<std::string>> list_files(const std::string& base, const std::string& path);

// Types that a reader of text files must use instead of guessing, by column.
using DeclaredTypes = std::map<std::string, std::shared_ptr<arrow::DataType>>;

// Columns common to the files, from footers or, for text, from the first block. ERRORS: GN201, GN202; GN209 if files disagree.
Result<std::shared_ptr<arrow::Schema>> read_file_schema(const std::vector<std::string>& files, FileFormat format,
                                                        const DeclaredTypes& declared);

// All rows of all files, in order; `columns` empty: all. ERRORS: as above.
Result<std::shared_ptr<arrow::Table>> read_files(const std::vector<std::string>& files, FileFormat format,
                                                 const std::vector<std::string>& columns, const DeclaredTypes& declared);

}  // namespace gnomon

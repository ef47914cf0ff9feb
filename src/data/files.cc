#include "data/files.h"

#include <glob.h>

#include <algorithm>
#include <filesystem>
#include <set>

#include <arrow/api.h>
#include <arrow/csv/api.h>
#include <arrow/io/compressed.h>
#include <arrow/io/file.h>
#include <arrow/util/compression.h>
#include <fmt/format.h>
#include <parquet/arrow/reader.h>

#include "data/arrow_status.h"
#include "data/ndjson.h"
#include "data/parquet_status.h"

namespace gnomon {
namespace {

namespace fs = std::filesystem;

struct Suffix {
  std::string_view text;
  FileFormat format;
};
constexpr Suffix kSuffixes[] = {{".parquet", FileFormat::kParquet}, {".pq", FileFormat::kParquet},
                                {".csv", FileFormat::kCsv},         {".csv.gz", FileFormat::kCsv},
                                {".ndjson", FileFormat::kNdjson},   {".jsonl", FileFormat::kNdjson},
                                {".json", FileFormat::kNdjson}};

const Suffix* suffix_of(const std::string& path) {
  for (const Suffix& suffix : kSuffixes) {
    if (path.ends_with(suffix.text)) return &suffix;
  }
  return nullptr;
}

Status no_files(const std::string& path) {
  return Status(Code::kNotFound, "GN201", fmt::format("no data files at {}", path),
                "Check the path of the source; relative paths start at the project's folder");
}

bool hidden(const fs::path& name) {
  std::string text = name.filename().string();
  return text.starts_with(".") || text.starts_with("_");
}

void add_folder(const fs::path& folder, std::vector<std::string>* files) {
  std::error_code error;
  for (fs::recursive_directory_iterator at(folder, error), end; at != end; at.increment(error)) {
    if (error) return;
    if (hidden(at->path())) {
      if (at->is_directory()) at.disable_recursion_pending();
      continue;
    }
    if (at->is_regular_file() && suffix_of(at->path().string()) != nullptr) files->push_back(at->path().string());
  }
}

constexpr int64_t kBlockBytes = 1 << 20;

using Input = std::shared_ptr<arrow::io::InputStream>;

Result<Input> open_text(const std::string& path) {
  GN_ARROW_ASSIGN(std::shared_ptr<arrow::io::ReadableFile> file, "opening " + path, arrow::io::ReadableFile::Open(path));
  if (!path.ends_with(".gz")) return Input(file);
  GN_ARROW_ASSIGN(std::unique_ptr<arrow::util::Codec> codec, "opening " + path,
                  arrow::util::Codec::Create(arrow::Compression::GZIP));
  GN_ARROW_ASSIGN(std::shared_ptr<arrow::io::CompressedInputStream> plain, "opening " + path,
                  arrow::io::CompressedInputStream::Make(codec.get(), file));
  // shared: the stream borrows the codec, which therefore has to live as long as the stream.
  std::shared_ptr<arrow::util::Codec> owned(std::move(codec));
  return Input(plain.get(), [plain, owned](arrow::io::InputStream*) {});
}

Result<std::shared_ptr<arrow::Table>> read_csv(const std::string& path, const std::vector<std::string>& columns,
                                               const DeclaredTypes& declared) {
  GN_ASSIGN(Input input, open_text(path));
  auto convert = arrow::csv::ConvertOptions::Defaults();
  convert.column_types.insert(declared.begin(), declared.end());
  convert.include_columns = columns;
  convert.strings_can_be_null = true;
  convert.null_values = {"", "NA", "NULL", "null", "N/A"};
  auto read = arrow::csv::ReadOptions::Defaults();
  read.use_threads = true;
  GN_ARROW_ASSIGN(auto reader, "reading " + path,
                  arrow::csv::TableReader::Make(arrow::io::default_io_context(), input, read,
                                                arrow::csv::ParseOptions::Defaults(), convert));
  arrow::Result<std::shared_ptr<arrow::Table>> table = reader->Read();
  if (table.ok()) return *table;
  if (!table.status().IsInvalid()) return from_arrow(table.status(), "reading " + path);
  return Status(Code::kInvalidArgument, "GN204", fmt::format("reading {}: {}", path, table.status().message()),
                "Mend the file: its first line names the columns, and every line has as many values");
}

Result<std::shared_ptr<arrow::Table>> read_ndjson(const std::string& path, const std::vector<std::string>& columns) {
  GN_ASSIGN(Input input, open_text(path));
  std::string bytes;
  while (true) {
    GN_ARROW_ASSIGN(std::shared_ptr<arrow::Buffer> block, "reading " + path, input->Read(kBlockBytes));
    if (block->size() == 0) break;
    bytes.append(reinterpret_cast<const char*>(block->data()), static_cast<size_t>(block->size()));
  }
  GN_ASSIGN(std::shared_ptr<arrow::Table> table, parse_ndjson(std::move(bytes), path));
  if (columns.empty()) return table;
  std::vector<int> keep;
  for (const std::string& name : columns) {
    int index = table->schema()->GetFieldIndex(name);
    if (index >= 0) keep.push_back(index);
  }
  GN_ARROW_ASSIGN(std::shared_ptr<arrow::Table> chosen, "reading " + path, table->SelectColumns(keep));
  return chosen;
}

Result<std::unique_ptr<parquet::arrow::FileReader>> open_parquet(const std::string& path) {
  GN_ARROW_ASSIGN(auto input, "opening " + path, arrow::io::MemoryMappedFile::Open(path, arrow::io::FileMode::READ));
  parquet::arrow::FileReaderBuilder builder;
  GN_TRY(from_parquet(builder.Open(input), path));
  std::unique_ptr<parquet::arrow::FileReader> reader;
  GN_TRY(from_parquet(builder.Build(&reader), path));
  return reader;
}

Result<std::shared_ptr<arrow::Table>> read_parquet(const std::string& path, const std::vector<std::string>& columns) {
  GN_ASSIGN(auto reader, open_parquet(path));
  if (columns.empty()) {
    arrow::Result<std::shared_ptr<arrow::Table>> whole = reader->ReadTable();
    GN_TRY(from_parquet(whole.status(), path));
    return *whole;
  }
  const parquet::SchemaDescriptor& schema = *reader->parquet_reader()->metadata()->schema();
  std::vector<int> leaves;
  for (int i = 0; i < schema.num_columns(); ++i) {
    const std::string& root = schema.GetColumnRoot(i)->name();
    if (std::find(columns.begin(), columns.end(), root) != columns.end()) leaves.push_back(i);
  }
  arrow::Result<std::shared_ptr<arrow::Table>> chosen = reader->ReadTable(leaves);
  GN_TRY(from_parquet(chosen.status(), path));
  return *chosen;
}

Result<std::shared_ptr<arrow::Table>> read_one(const std::string& path, FileFormat format,
                                               const std::vector<std::string>& columns, const DeclaredTypes& declared) {
  switch (format) {
    case FileFormat::kParquet: return read_parquet(path, columns);
    case FileFormat::kCsv: return read_csv(path, columns, declared);
    case FileFormat::kNdjson: return read_ndjson(path, columns);
  }
  GN_ASSERT(false);
}

}  // namespace

Result<FileFormat> file_format(const std::string& declared, const std::string& path) {
  if (declared == "parquet") return FileFormat::kParquet;
  if (declared == "csv") return FileFormat::kCsv;
  if (declared == "ndjson") return FileFormat::kNdjson;
  if (declared.empty()) {
    if (const Suffix* suffix = suffix_of(path)) return suffix->format;
  }
  return Status(Code::kInvalidArgument, "GN208",
                fmt::format("cannot tell the format of {}", declared.empty() ? path : declared),
                "Name the file .parquet, .csv or .ndjson, or set format= to parquet, csv or ndjson");
}

Result<std::vector<std::string>> list_files(const std::string& base, const std::string& path) {
  fs::path full = fs::path(path).is_absolute() ? fs::path(path) : fs::absolute(fs::path(base)) / path;
  std::vector<std::string> files;
  if (fs::is_regular_file(full)) {
    files.push_back(full.string());
  } else if (fs::is_directory(full)) {
    add_folder(full, &files);
  } else if (path.find_first_of("*?[") != std::string::npos) {
    glob_t found{};
    if (::glob(full.c_str(), 0, nullptr, &found) == 0) {
      for (size_t i = 0; i < found.gl_pathc; ++i) {
        if (fs::is_directory(found.gl_pathv[i])) {
          add_folder(found.gl_pathv[i], &files);
        } else {
          files.emplace_back(found.gl_pathv[i]);
        }
      }
    }
    ::globfree(&found);
  }
  if (files.empty()) return no_files(full.string());
  std::sort(files.begin(), files.end());
  return files;
}

Result<std::shared_ptr<arrow::Schema>> read_file_schema(const std::vector<std::string>& files, FileFormat format,
                                                        const DeclaredTypes& declared) {
  std::shared_ptr<arrow::Schema> schema;
  if (format == FileFormat::kParquet) {
    GN_ASSIGN(auto reader, open_parquet(files.front()));
    GN_ARROW_TRY("opening " + files.front(), reader->GetSchema(&schema));
    return arrow::schema(schema->fields());
  }
  GN_ASSIGN(std::shared_ptr<arrow::Table> table, read_one(files.front(), format, {}, declared));
  return table->schema();
}

Result<std::shared_ptr<arrow::Table>> read_files(const std::vector<std::string>& files, FileFormat format,
                                                 const std::vector<std::string>& columns, const DeclaredTypes& declared) {
  std::vector<std::shared_ptr<arrow::Table>> tables;
  for (const std::string& path : files) {
    GN_ASSIGN(std::shared_ptr<arrow::Table> table, read_one(path, format, columns, declared));
    tables.push_back(table->ReplaceSchemaMetadata(nullptr));
  }
  if (tables.size() == 1) return tables.front();
  auto options = arrow::ConcatenateTablesOptions::Defaults();
  options.unify_schemas = true;
  options.field_merge_options = arrow::Field::MergeOptions::Permissive();
  auto all = arrow::ConcatenateTables(tables, options);
  if (!all.ok()) {
    return Status(Code::kInvalidArgument, "GN209",
                  fmt::format("files disagree about their columns: {}", all.status().message()),
                  "Give the source a schema, or make the files alike", files.front());
  }
  return *all;
}

}  // namespace gnomon

#include "stores/offline_data_file.h"

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <filesystem>
#include <system_error>

#include <arrow/io/file.h>
#include <arrow/table.h>
#include <arrow/util/io_util.h>
#include <fmt/format.h>
#include <parquet/arrow/writer.h>
#include <parquet/exception.h>
#include <parquet/file_reader.h>

#include "base/hash.h"
#include "data/arrow_status.h"

namespace gnomon {
namespace {

// Small enough that statistics prune and readers stream, large enough that columns compress.
constexpr int64_t kRowGroupRows = 131'072;
// Part of the bytes, hence of the content hash: it changes only when the encoding does, not with each release or with
// Arrow's version.
constexpr const char* kCreatedBy = "gnomon version 1 (build 1)";
constexpr std::string_view kNamePrefix = "part-";
constexpr size_t kHashDigits = 32;

std::shared_ptr<parquet::WriterProperties> writer_properties() {
  // Snappy: tables are read far more often than written. Page checksums cost little, and let readers notice damage.
  parquet::WriterProperties::Builder builder;
  builder.created_by(kCreatedBy)
      ->compression(parquet::Compression::SNAPPY)
      ->max_row_group_length(kRowGroupRows)
      ->enable_page_checksum();
  return builder.build();
}

// The same columns, all nullable and without metadata: neither is part of the content, so neither may change the bytes.
std::shared_ptr<arrow::Schema> plain_schema(const arrow::Schema& schema) {
  arrow::FieldVector fields;
  for (const auto& field : schema.fields()) {
    bool is_list = field->type()->id() == arrow::Type::LIST;
    auto type = is_list ? arrow::list(static_cast<const arrow::ListType&>(*field->type()).value_type()) : field->type();
    fields.push_back(arrow::field(field->name(), type));
  }
  return arrow::schema(std::move(fields));
}

// One row group at a time, each made contiguous first: how the rows were chunked must not change the bytes either.
arrow::Status encode(const arrow::Table& rows, std::shared_ptr<arrow::io::OutputStream> sink) {
  auto schema = plain_schema(*rows.schema());
  ARROW_ASSIGN_OR_RAISE(auto writer,
                        parquet::arrow::FileWriter::Open(*schema, arrow::default_memory_pool(), std::move(sink),
                                                         writer_properties(), parquet::default_arrow_writer_properties()));
  auto table = arrow::Table::Make(schema, rows.columns(), rows.num_rows());
  for (int64_t start = 0; start < rows.num_rows(); start += kRowGroupRows) {
    ARROW_ASSIGN_OR_RAISE(auto group, table->Slice(start, kRowGroupRows)->CombineChunks());
    ARROW_RETURN_NOT_OK(writer->WriteTable(*group, kRowGroupRows));
  }
  return writer->Close();
}

Status write_error(const arrow::Status& status, const std::string& path) {
  int error = arrow::internal::ErrnoFromStatus(status);
  if (error == EDQUOT || error == ENOSPC) {
    return Status(Code::kResourceExhausted, "GN501", fmt::format("disk full while writing {}", path),
                  "Free space and run the command again; nothing was changed");
  }
  if (error == 0) return from_arrow(status, "writing " + path);
  return Status(Code::kUnavailable, "GN502", fmt::format("writing {}: {}", path, status.message()));
}

}  // namespace

OfflineDataFile::OfflineDataFile(std::string folder, Env* env)
    : folder_(std::move(folder)), env_(env), path_(fmt::format("{}/.part-{:016x}.tmp", folder_, env->random_u64())) {}

OfflineDataFile::OfflineDataFile(OfflineDataFile&& other) noexcept
    : folder_(std::move(other.folder_)),
      env_(other.env_),
      path_(std::exchange(other.path_, std::string())),
      name_(std::move(other.name_)),
      content_hash_(std::move(other.content_hash_)),
      size_bytes_(other.size_bytes_),
      row_count_(other.row_count_) {}

// A file that cannot be removed does no harm: it is not in the log.
OfflineDataFile::~OfflineDataFile() {
  if (!path_.empty()) static_cast<void>(env_->remove_file(path_));
}

Status OfflineDataFile::write_rows(const arrow::Table& rows) {
  auto sink = arrow::io::FileOutputStream::Open(path_);
  if (!sink.ok()) return write_error(sink.status(), path_);
  arrow::Status encoded = encode(rows, *sink);
  if (!encoded.ok()) return write_error(encoded, path_);
  arrow::Status closed = (*sink)->Close();
  if (!closed.ok()) return write_error(closed, path_);
  return env_->sync_file(path_);
}

Result<OfflineDataFile> OfflineDataFile::write(const arrow::Table& rows, const std::string& folder, Env* env) {
  OfflineDataFile file(folder, env);
  GN_TRY(file.write_rows(rows));
  GN_ASSIGN(file.content_hash_, hash128_hex_of_file(file.path_));
  std::error_code error;
  file.size_bytes_ = static_cast<int64_t>(std::filesystem::file_size(file.path_, error));
  if (error) return write_error(arrow::internal::IOErrorFromErrno(error.value(), "stat"), file.path_);
  file.row_count_ = rows.num_rows();
  file.name_ = fmt::format("{}{}-{:016x}.parquet", kNamePrefix, file.content_hash_, env->random_u64());
  return file;
}

Status OfflineDataFile::publish() {
  std::string final_path = folder_ + "/" + name_;
  if (std::rename(path_.c_str(), final_path.c_str()) != 0) {
    return write_error(arrow::internal::IOErrorFromErrno(errno, "rename"), final_path);
  }
  path_ = final_path;
  return env_->sync_file(path_);
}

std::string content_hash_in_name(std::string_view name) {
  if (!name.starts_with(kNamePrefix) || name.size() < kNamePrefix.size() + kHashDigits + 1) return "";
  std::string_view hash = name.substr(kNamePrefix.size(), kHashDigits);
  bool is_hex =
      std::all_of(hash.begin(), hash.end(), [](char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'); });
  return is_hex && name[kNamePrefix.size() + kHashDigits] == '-' ? std::string(hash) : "";
}

Result<int64_t> row_count_of_file(const std::string& path) {
  try {
    return parquet::ParquetFileReader::OpenFile(path)->metadata()->num_rows();
  } catch (const std::exception& error) {
    return Status(Code::kDataLoss, "GN521", fmt::format("data file {} cannot be read: {}", path, error.what()),
                  "Restore the file from a backup, or build the table again");
  }
}

}  // namespace gnomon

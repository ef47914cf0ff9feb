#include "serve/arrow_body.h"

#include <arrow/api.h>
#include <arrow/io/memory.h>
#include <arrow/ipc/reader.h>
#include <arrow/ipc/writer.h>
#include <arrow/util/key_value_metadata.h>

#include "data/arrow_status.h"

namespace gnomon {
namespace {

constexpr const char* kWriting = "writing an Arrow stream";
constexpr int kMaxNesting = 16;  // of types: the deepest feature is a list

// A few compressed bytes may claim to unpack to any size: what all bodies unpack to together is bounded. A body that is not compressed is
// read where it lies.
constexpr int64_t kMaxUnpackedBytes = int64_t{1} << 30;
arrow::MemoryPool* unpacking_pool() {
  static arrow::CappedMemoryPool pool(arrow::default_memory_pool(), kMaxUnpackedBytes);
  return &pool;
}

Status unreadable(const arrow::Status& status) {
  return Status(Code::kInvalidArgument, "GN618", "the body is not an Arrow IPC stream: " + status.message(),
                "Send what pyarrow.ipc.new_stream writes");
}

}  // namespace

bool names_arrow_stream(std::string_view header) { return header.find(kArrowStream) != std::string_view::npos; }

Result<ArrowBody> read_arrow_body(std::string_view bytes, const char* entry) {
  auto options = arrow::ipc::IpcReadOptions::Defaults();
  options.max_recursion_depth = kMaxNesting;
  options.use_threads = false;
  options.memory_pool = unpacking_pool();
  auto source = std::make_shared<arrow::io::BufferReader>(arrow::Buffer::FromString(std::string(bytes)));
  auto reader = arrow::ipc::RecordBatchStreamReader::Open(source, options);
  if (!reader.ok()) return unreadable(reader.status());
  auto table = (*reader)->ToTable();
  if (!table.ok()) return unreadable(table.status());
  if (auto valid = (*table)->ValidateFull(); !valid.ok()) return unreadable(valid);
  ArrowBody body;
  if (auto metadata = (*table)->schema()->metadata(); metadata != nullptr && metadata->Contains(entry)) {
    GN_ARROW_ASSIGN(body.entry, "reading an Arrow stream", metadata->Get(entry));
  }
  body.table = (*table)->ReplaceSchemaMetadata(nullptr);
  return body;
}

Result<std::string> arrow_body(const arrow::Table& table, const char* entry, const std::string& text) {
  auto metadata = arrow::key_value_metadata({std::string(entry)}, {text});
  auto with_entry = table.ReplaceSchemaMetadata(metadata);
  GN_ARROW_ASSIGN(auto sink, kWriting, arrow::io::BufferOutputStream::Create());
  GN_ARROW_ASSIGN(auto writer, kWriting, arrow::ipc::MakeStreamWriter(sink, with_entry->schema()));
  GN_ARROW_TRY(kWriting, writer->WriteTable(*with_entry));
  GN_ARROW_TRY(kWriting, writer->Close());
  GN_ARROW_ASSIGN(auto bytes, kWriting, sink->Finish());
  return bytes->ToString();
}

}  // namespace gnomon

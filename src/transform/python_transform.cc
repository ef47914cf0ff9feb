// The child speaks the protocol of python/gnomon/transform_child.py:
//   stdin    u32 count, then per input: u32 name length, name, u64 byte length, an Arrow IPC stream
//   stdout   u64 byte length, an Arrow IPC stream
// All integers are little endian. What the function prints goes to stderr.
#include "gnomon/python_transform.h"

#include <bit>
#include <cstring>

#include <arrow/buffer.h>
#include <arrow/io/memory.h>
#include <arrow/ipc/reader.h>
#include <arrow/ipc/writer.h>
#include <arrow/table.h>
#include <fmt/format.h>

#include "base/child_process.h"
#include "data/arrow_status.h"
#include "transform/python_error.h"

namespace gnomon {
namespace {

static_assert(std::endian::native == std::endian::little, "frames are written as they lie in memory");

template <class Integer>
std::string bytes_of(Integer value) {
  return std::string(reinterpret_cast<const char*>(&value), sizeof(value));
}

Result<std::shared_ptr<arrow::Buffer>> ipc_stream(const arrow::Table& table) {
  GN_ARROW_ASSIGN(std::shared_ptr<arrow::io::BufferOutputStream> sink, "writing an input",
                  arrow::io::BufferOutputStream::Create());
  GN_ARROW_ASSIGN(std::shared_ptr<arrow::ipc::RecordBatchWriter> writer, "writing an input",
                  arrow::ipc::MakeStreamWriter(sink, table.schema()));
  GN_ARROW_TRY("writing an input", writer->WriteTable(table));
  GN_ARROW_TRY("writing an input", writer->Close());
  GN_ARROW_ASSIGN(std::shared_ptr<arrow::Buffer> bytes, "writing an input", sink->Finish());
  return bytes;
}

// What is sent, part by part; the views point into the other two.
struct Frames {
  std::vector<std::string> heads;
  std::vector<std::shared_ptr<arrow::Buffer>> streams;
  std::vector<std::string_view> parts;
};

Status make_frames(const PythonTransformCall& call, Frames* frames) {
  for (const auto& [name, table] : call.inputs) {
    GN_ASSIGN(std::shared_ptr<arrow::Buffer> stream, ipc_stream(*table));
    frames->heads.push_back(bytes_of(static_cast<uint32_t>(name.size())) + name +
                            bytes_of(static_cast<uint64_t>(stream->size())));
    frames->streams.push_back(std::move(stream));
  }
  frames->heads.push_back(bytes_of(static_cast<uint32_t>(call.inputs.size())));
  frames->parts.push_back(frames->heads.back());
  for (size_t i = 0; i < frames->streams.size(); ++i) {
    frames->parts.push_back(frames->heads[i]);
    frames->parts.push_back(std::string_view(*frames->streams[i]));
  }
  return Status();
}

// The table lies in `output`, which it keeps.
Result<std::shared_ptr<arrow::Table>> read_answer(std::string output) {
  uint64_t size = 0;
  bool complete = output.size() >= sizeof(size);
  if (complete) std::memcpy(&size, output.data(), sizeof(size));
  if (!complete || size != output.size() - sizeof(size)) {
    return Status(Code::kInvalidArgument, "GN330",
                  fmt::format("the Python transform ended early: its answer has {} bytes", output.size()),
                  "Does the function end the process, with sys.exit or os._exit?");
  }
  std::shared_ptr<arrow::Buffer> bytes = arrow::Buffer::FromString(std::move(output));
  auto source = std::make_shared<arrow::io::BufferReader>(arrow::SliceBuffer(bytes, sizeof(size)));
  GN_ARROW_ASSIGN(std::shared_ptr<arrow::ipc::RecordBatchStreamReader> reader, "reading a Python transform's answer",
                  arrow::ipc::RecordBatchStreamReader::Open(source));
  GN_ARROW_ASSIGN(std::shared_ptr<arrow::Table> table, "reading a Python transform's answer", reader->ToTable());
  return table;
}

}  // namespace

Result<std::shared_ptr<arrow::Table>> run_python_transform(const PythonTransformCall& call) {
  Frames frames;
  GN_TRY(make_frames(call, &frames));
  ChildCommand command{{call.python, "-m", "gnomon.transform_child", call.project_dir, call.function, call.mode},
                       frames.parts};
  Result<ChildResult> child = run_child_process(command);
  if (!child.ok()) return python_not_started(child.status());
  if (!child->ok()) return python_failed("GN330", "the Python transform", call.python, *child).with_where(call.function);
  Result<std::shared_ptr<arrow::Table>> answer = read_answer(std::move(child->output));
  if (!answer.ok()) return answer.status().with_where(call.function);
  return answer;
}

}  // namespace gnomon

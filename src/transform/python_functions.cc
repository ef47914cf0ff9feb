// The process speaks the protocol of python/gnomon/function_child.py, all integers little endian:
//   question   u64 header length, header, u64 byte length, an Arrow IPC stream
//   answer     u64 length of the rest: u64 header length, header, an Arrow IPC stream
// Headers are lines: of a question the function, its hash and the outputs ("name<TAB>dtype"); of an answer "ok" and then the failed
// rows ("row<TAB>what it said"), or "error", an id and a message.
#include "gnomon/python_functions.h"

#include <charconv>
#include <cstring>
#include <mutex>
#include <set>

#include <arrow/api.h>
#include <arrow/io/memory.h>
#include <arrow/ipc/reader.h>
#include <arrow/ipc/writer.h>
#include <fmt/format.h>

#include "base/child_session.h"
#include "data/arrow_status.h"
#include "gnomon/types.h"
#include "transform/python_error.h"

namespace gnomon {
namespace {

using Clock = std::chrono::steady_clock;
using std::chrono::milliseconds;

constexpr milliseconds kFirstPause{100};
constexpr milliseconds kLongestPause{5'000};
constexpr const char* kChangedFunction = "GN171";

std::string bytes_of(uint64_t value) { return std::string(reinterpret_cast<const char*>(&value), sizeof(value)); }

Result<std::shared_ptr<arrow::Buffer>> ipc_stream(const arrow::RecordBatch& rows) {
  const char* doing = "writing a function's inputs";
  GN_ARROW_ASSIGN(auto sink, doing, arrow::io::BufferOutputStream::Create());
  GN_ARROW_ASSIGN(auto writer, doing, arrow::ipc::MakeStreamWriter(sink, rows.schema()));
  GN_ARROW_TRY(doing, writer->WriteRecordBatch(rows));
  GN_ARROW_TRY(doing, writer->Close());
  GN_ARROW_ASSIGN(std::shared_ptr<arrow::Buffer> bytes, doing, sink->Finish());
  return bytes;
}

Result<std::string> header_of(const PythonFunctionCall& call) {
  std::string header = call.function + "\n" + call.source_hash;
  for (const auto& field : call.outputs->fields()) {
    GN_ASSIGN(std::string dtype, dtype_of(*field->type()));
    header += fmt::format("\n{}\t{}", field->name(), dtype);
  }
  return header;
}

Status broken_answer() {
  return Status(Code::kUnavailable, "GN334", "the process of Python functions gave an answer that cannot be read",
                "Does a function write to file descriptor 1?");
}

std::vector<std::string_view> lines_of(std::string_view text) {
  std::vector<std::string_view> lines;
  for (size_t at = 0; at <= text.size();) {
    const size_t end = std::min(text.find('\n', at), text.size());
    lines.push_back(text.substr(at, end - at));
    at = end + 1;
  }
  return lines;
}

Status failed_call(const std::vector<std::string_view>& lines, const std::string& function) {
  const std::string id = lines.size() > 1 ? std::string(lines[1]) : "GN333";
  const std::string what = lines.size() > 2 ? std::string(lines[2]) : "the function failed";
  if (id == kChangedFunction)
    return Status(Code::kFailedPrecondition, id, what, "Run `gnomon apply`, or put the function back", function);
  return Status(Code::kInvalidArgument, id, what, "", function);
}

Result<PythonFunctionAnswer> read_answer(const std::string& bytes, const PythonFunctionCall& call) {
  uint64_t length = 0;
  if (bytes.size() < sizeof(length)) return broken_answer();
  std::memcpy(&length, bytes.data(), sizeof(length));
  if (length > bytes.size() - sizeof(length)) return broken_answer();
  const std::vector<std::string_view> lines = lines_of(std::string_view(bytes).substr(sizeof(length), length));
  if (lines[0] != "ok") return failed_call(lines, call.function);
  PythonFunctionAnswer answer;
  for (size_t i = 1; i < lines.size(); ++i) {
    const size_t tab = lines[i].find('\t');
    int64_t row = -1;
    if (tab == std::string_view::npos) return broken_answer();
    std::from_chars(lines[i].data(), lines[i].data() + tab, row);
    if (row < 0 || row >= call.inputs->num_rows()) return broken_answer();
    answer.failed.emplace_back(row, lines[i].substr(tab + 1));
  }
  auto stream = arrow::Buffer::FromString(bytes.substr(sizeof(length) + length));
  const char* doing = "reading a function's answer";
  GN_ARROW_ASSIGN(auto reader, doing,
                  arrow::ipc::RecordBatchStreamReader::Open(std::make_shared<arrow::io::BufferReader>(stream)));
  GN_ARROW_ASSIGN(auto table, doing, reader->ToTable());
  GN_ARROW_ASSIGN(answer.values, doing, table->CombineChunksToBatch());
  if (answer.values->num_rows() != call.inputs->num_rows() || !answer.values->schema()->Equals(*call.outputs, false))
    return broken_answer();
  return answer;
}

}  // namespace

struct PythonFunctions::Process {
  std::string python, project_dir;
  std::timed_mutex one_at_a_time;
  std::unique_ptr<ChildSession> session;
  std::set<std::string> loaded;  // functions that the running process has imported
  milliseconds pause{0};         // after the last failure
  Clock::time_point not_before;  // starting again

  Result<ChildSession*> running() {
    if (session != nullptr) return session.get();
    if (Clock::now() < not_before)
      return Status(Code::kUnavailable, "GN334", "the process of Python functions has failed and is not started again yet");
    loaded.clear();
    Result<std::unique_ptr<ChildSession>> started =
        ChildSession::start({python, "-m", "gnomon.function_child", project_dir});
    if (!started.ok()) return python_not_started(started.status());
    session = std::move(*started);
    return session.get();
  }

  // A function that has to be imported first is given the time for that.
  Result<std::string> ask(const std::vector<std::string_view>& question, const std::string& function,
                          milliseconds patience) {
    GN_ASSIGN(ChildSession * child, running());
    Result<std::string> answer =
        child->ask(question, loaded.contains(function) ? patience : std::max(patience, kStartPatience));
    if (!answer.ok()) return lost(answer.status(), function);
    loaded.insert(function);
    pause = milliseconds(0);
    return answer;
  }

  // Whatever the process was doing, nobody waits for it any more.
  Status lost(const Status& why, const std::string& function) {
    session.reset();
    pause = pause == milliseconds(0) ? kFirstPause : std::min(pause * 2, kLongestPause);
    not_before = Clock::now() + pause;
    return Status(why.code(), "GN334", fmt::format("the process of Python functions was lost: {}", why.info().message),
                  "It is started again by a later call", function);
  }
};

PythonFunctions::PythonFunctions(std::string python, std::string project_dir) : process_(std::make_unique<Process>()) {
  process_->python = std::move(python);
  process_->project_dir = std::move(project_dir);
}
PythonFunctions::~PythonFunctions() = default;

Result<PythonFunctionAnswer> PythonFunctions::call(const PythonFunctionCall& call, milliseconds patience) {
  GN_ASSIGN(std::string header, header_of(call));
  GN_ASSIGN(std::shared_ptr<arrow::Buffer> inputs, ipc_stream(*call.inputs));
  const std::string head = bytes_of(header.size()) + header + bytes_of(static_cast<uint64_t>(inputs->size()));
  std::unique_lock lock(process_->one_at_a_time, std::defer_lock);
  if (!lock.try_lock_for(patience))
    return Status(Code::kDeadlineExceeded, "GN334",
                  fmt::format("the process of Python functions was busy for {} ms", patience.count()), "", call.function);
  const bool was_loaded = process_->loaded.contains(call.function);
  GN_ASSIGN(std::string bytes, process_->ask({head, std::string_view(*inputs)}, call.function, patience));
  Result<PythonFunctionAnswer> answer = read_answer(bytes, call);
  if (answer.ok() || !was_loaded || answer.status().info().id != kChangedFunction) return answer;
  // The process imported the file before it was changed and applied: another one reads it as it is now.
  process_->session.reset();
  GN_ASSIGN(bytes, process_->ask({head, std::string_view(*inputs)}, call.function, patience));
  return read_answer(bytes, call);
}

}  // namespace gnomon

// The gRPC module: moves bytes between gRPC's asynchronous calls and one RpcService, and knows no message. A completion queue a thread:
// whichever thread reads a request answers it. It links libgrpc++_unsecure, and nothing of Gnomon's but two headers.
#include <condition_variable>
#include <deque>
#include <memory>
#include <mutex>
#include <thread>
#include <vector>

#include <grpc/grpc.h>
#include <grpcpp/ext/proto_server_reflection_plugin.h>
#include <grpcpp/grpcpp.h>
#include <grpcpp/health_check_service_interface.h>
#include <grpcpp/impl/service_type.h>
#include <grpcpp/support/async_unary_call.h>

#include "serve/grpc_transport.h"

namespace gnomon {
namespace {

constexpr int kWaitingCalls = 64;                         // of each method and queue, that are ready for a request
constexpr int kMaxStreams = 100;                          // open calls of one connection; more wait at the client
constexpr size_t kMaxErrorBytes = 2'048;                  // errors travel in headers, of which clients take 8 KiB
constexpr int64_t kLongestWaitS = 86'400;                 // a later deadline is none: nanoseconds must be able to hold it
constexpr std::chrono::milliseconds kStreamsMayEnd{200};  // by themselves, once the server stops
constexpr const char* kAsOf = "gnomon-as-of";
constexpr const char* kAuthorization = "authorization";

// The service's methods, taken and given as bytes.
class Methods : public grpc::Service {
 public:
  explicit Methods(std::vector<std::string> names) : names_(std::move(names)) {
    for (size_t i = 0; i < names_.size(); ++i) {
      AddMethod(new grpc::internal::RpcServiceMethod(names_[i].c_str(), grpc::internal::RpcMethod::NORMAL_RPC, nullptr));
      MarkMethodRaw(static_cast<int>(i));
    }
  }
  using grpc::Service::RequestAsyncUnary;
  const std::vector<std::string>& names() const { return names_; }

 private:
  const std::vector<std::string> names_;  // gRPC keeps pointers into them
};

using Clock = std::chrono::steady_clock;

// One call, from when it waits for a request to when its answer was written.
struct Call {
  explicit Call(size_t of_method) : method(of_method) {}
  const size_t method;
  bool is_answered = false;
  grpc::ServerContext context;
  grpc::ByteBuffer request;
  grpc::ServerAsyncResponseWriter<grpc::ByteBuffer> writer{&context};
};

std::optional<Clock::time_point> deadline_of(const grpc::ServerContext& context) {
  gpr_timespec deadline = context.raw_deadline();
  if (gpr_time_cmp(deadline, gpr_inf_future(deadline.clock_type)) == 0) return std::nullopt;
  gpr_timespec left = gpr_time_sub(gpr_convert_clock_type(deadline, GPR_CLOCK_MONOTONIC), gpr_now(GPR_CLOCK_MONOTONIC));
  if (left.tv_sec > kLongestWaitS) return std::nullopt;
  return Clock::now() + std::chrono::seconds(left.tv_sec) + std::chrono::nanoseconds(left.tv_nsec);
}

std::string_view metadata_of(const grpc::ServerContext& context, const char* name) {
  auto found = context.client_metadata().find(name);
  if (found == context.client_metadata().end()) return {};
  return {found->second.data(), found->second.size()};
}

// Takes the text over, instead of copying it.
grpc::ByteBuffer buffer_of(std::string text) {
  auto* owned = new std::string(std::move(text));
  grpc::Slice slice(
      owned->data(), owned->size(), [](void* given) { delete static_cast<std::string*>(given); }, owned);
  return grpc::ByteBuffer(&slice, 1);
}

std::string shortened(std::string message) {
  if (message.size() <= kMaxErrorBytes) return message;
  size_t end = kMaxErrorBytes;
  while ((message[end] & 0xC0) == 0x80) --end;  // not within a character of UTF-8
  return message.substr(0, end) + " …";
}

class Transport : public GrpcTransport {
 public:
  Transport(RpcService* service) : service_(service), methods_(service->methods()) {}

  bool start(const GrpcTransportOptions& options, std::string* error);
  uint16_t port() const override { return static_cast<uint16_t>(port_); }
  void begin_stop(std::chrono::milliseconds drain_timeout) override;
  void wait() override;

 private:
  void work(grpc::ServerCompletionQueue* queue);
  void await_request(size_t method, grpc::ServerCompletionQueue* queue);
  void answer(Call* call, Clock::time_point arrived);
  void end(Call* call);

  RpcService* service_;
  Methods methods_;
  std::vector<std::unique_ptr<grpc::ServerCompletionQueue>> queues_;
  std::unique_ptr<grpc::Server> server_;
  std::vector<std::thread> threads_;
  std::thread stopper_;
  int port_ = 0;
  std::mutex mutex_;  // of what is below
  std::condition_variable changed_;
  int calls_ = 0;  // that exist
  bool is_shut_down_ = false;
};

bool Transport::start(const GrpcTransportOptions& options, std::string* error) {
  grpc::ServerBuilder builder;
  builder.AddListeningPort(options.host + ":" + std::to_string(options.port), grpc::InsecureServerCredentials(), &port_);
  builder.AddChannelArgument(GRPC_ARG_ALLOW_REUSEPORT, 0);  // or a port that is taken would be shared
  builder.AddChannelArgument(GRPC_ARG_MAX_CONCURRENT_STREAMS, kMaxStreams);
  builder.SetMaxReceiveMessageSize(static_cast<int>(options.max_message_bytes));
  builder.RegisterService(&methods_);
  for (int i = 0; i < options.threads; ++i) queues_.push_back(builder.AddCompletionQueue());
  server_ = builder.BuildAndStart();
  if (server_ == nullptr || port_ == 0) {
    *error = "the address is in use, or not of this machine";
    for (auto& queue : queues_) queue->Shutdown();
    void* tag = nullptr;
    bool ok = false;
    for (auto& queue : queues_) {
      while (queue->Next(&tag, &ok)) continue;  // gRPC wants queues empty when they are destroyed
    }
    return false;
  }
  for (const std::string& name : methods_.names()) {
    server_->GetHealthCheckService()->SetServingStatus(name.substr(1, name.rfind('/') - 1), true);
  }
  for (auto& queue : queues_) {
    for (size_t method = 0; method < methods_.names().size(); ++method) {
      for (int i = 0; i < kWaitingCalls; ++i) await_request(method, queue.get());
    }
    threads_.emplace_back([this, queue = queue.get()] { work(queue); });
  }
  return true;
}

void Transport::await_request(size_t method, grpc::ServerCompletionQueue* queue) {
  auto* call = new Call(method);  // owned by gRPC until the queue gives it back
  {
    std::lock_guard lock(mutex_);
    ++calls_;
  }
  methods_.RequestAsyncUnary(static_cast<int>(method), &call->context, &call->request, &call->writer, queue, queue, call);
}

// Whatever has come is taken in before the first of it is answered: how long the others wait is how far the server is behind.
void Transport::work(grpc::ServerCompletionQueue* queue) {
  struct Waiting {
    Call* call;
    Clock::time_point arrived;
  };
  std::deque<Waiting> waiting;
  const gpr_timespec at_once = gpr_time_0(GPR_CLOCK_MONOTONIC);
  void* tag = nullptr;
  bool ok = false;
  auto take_in = [&] {
    auto* call = static_cast<Call*>(tag);
    if (!ok || call->is_answered) return end(call);  // not ok: the server is stopping, or the caller has gone
    await_request(call->method, queue);
    waiting.push_back({call, Clock::now()});
  };
  while (queue->Next(&tag, &ok)) {
    take_in();
    while (!waiting.empty()) {
      while (queue->AsyncNext(&tag, &ok, at_once) == grpc::CompletionQueue::GOT_EVENT) take_in();
      answer(waiting.front().call, waiting.front().arrived);
      waiting.pop_front();
    }
  }
}

void Transport::answer(Call* call, Clock::time_point arrived) {
  grpc::Slice bytes;
  RpcReply reply;
  if (call->request.TrySingleSlice(&bytes).ok() || call->request.DumpToSingleSlice(&bytes).ok()) {
    std::string_view body(reinterpret_cast<const char*>(bytes.begin()), bytes.size());
    reply =
        service_->answer({call->method, body, metadata_of(call->context, kAsOf), metadata_of(call->context, kAuthorization),
                          call->context.peer(), arrived, deadline_of(call->context)});
  } else {
    reply = {RpcCode::kInvalidArgument, "the request cannot be unpacked", {}};
  }
  call->is_answered = true;
  if (reply.code == RpcCode::kOk) {
    call->writer.Finish(buffer_of(std::move(reply.body)), grpc::Status::OK, call);
  } else {
    auto code = static_cast<grpc::StatusCode>(static_cast<int>(reply.code));
    call->writer.FinishWithError(grpc::Status(code, shortened(std::move(reply.message))), call);
  }
}

void Transport::end(Call* call) {
  delete call;
  std::lock_guard lock(mutex_);
  if (--calls_ == 0) changed_.notify_all();
}

// In threads of their own, because gRPC's Shutdown waits: for every call there is, also for who watches the health or keeps a reflection
// stream open. Those are ended soon after our own calls are over; at once would also hit calls that gRPC is about to refuse. A queue may
// only be shut down when nobody will give it a call any more.
void Transport::begin_stop(std::chrono::milliseconds drain_timeout) {
  stopper_ = std::thread([this, drain_timeout] {
    server_->GetHealthCheckService()->Shutdown();
    std::thread shutdown([this, drain = gpr_time_from_millis(drain_timeout.count(), GPR_TIMESPAN)] {
      server_->Shutdown(gpr_time_add(gpr_now(GPR_CLOCK_MONOTONIC), drain));
      std::lock_guard lock(mutex_);
      is_shut_down_ = true;
      changed_.notify_all();
    });
    {
      std::unique_lock lock(mutex_);
      changed_.wait(lock, [this] { return calls_ == 0; });  // those that wait for a request are given back by Shutdown
      changed_.wait_for(lock, kStreamsMayEnd, [this] { return is_shut_down_; });
    }
    grpc_server_cancel_all_calls(server_->c_server());
    shutdown.join();
    for (auto& queue : queues_) queue->Shutdown();
  });
}

void Transport::wait() {
  if (stopper_.joinable()) stopper_.join();
  for (std::thread& thread : threads_) {
    if (thread.joinable()) thread.join();
  }
}

}  // namespace
}  // namespace gnomon

extern "C" __attribute__((visibility("default"))) gnomon::GrpcTransport* gnomon_open_grpc_transport(
    const gnomon::GrpcTransportOptions& options, gnomon::RpcService* service, std::string* error) {
  gpr_set_log_function([](gpr_log_func_args*) {});  // what is worth telling is told by status
  grpc::EnableDefaultHealthCheckService(true);
  grpc::reflection::InitProtoReflectionServerBuilderPlugin();
  auto transport = std::make_unique<gnomon::Transport>(service);
  return transport->start(options, error) ? transport.release() : nullptr;
}

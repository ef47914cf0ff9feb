// The ceiling of bench/serving/grpc.py: a bare gRPC server, on the API that Gnomon's uses, that reads each request and answers with the
// bytes of a file. bench_grpc_echo FILE: prints its address, and runs until it is told to stop.
#include <cstdio>
#include <fstream>
#include <iterator>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include <grpcpp/grpcpp.h>
#include <grpcpp/impl/service_type.h>
#include <grpcpp/support/async_unary_call.h>

namespace {

constexpr int kThreads = 2;
constexpr int kWaitingCalls = 64;

class Method : public grpc::Service {
 public:
  Method() {
    constexpr const char* kName = "/feast.serving.ServingService/GetOnlineFeatures";
    AddMethod(new grpc::internal::RpcServiceMethod(kName, grpc::internal::RpcMethod::NORMAL_RPC, nullptr));
    MarkMethodRaw(0);
  }
  using grpc::Service::RequestAsyncUnary;
};

struct Call {
  bool is_answered = false;
  grpc::ServerContext context;
  grpc::ByteBuffer request;
  grpc::ServerAsyncResponseWriter<grpc::ByteBuffer> writer{&context};
};

void serve(Method& method, grpc::ServerCompletionQueue* queue, const std::string& answer) {
  auto await_request = [&] {
    auto* call = new Call;  // gRPC's until the queue gives it back
    method.RequestAsyncUnary(0, &call->context, &call->request, &call->writer, queue, queue, call);
  };
  for (int i = 0; i < kWaitingCalls; ++i) await_request();
  void* tag = nullptr;
  bool ok = false;
  while (queue->Next(&tag, &ok)) {
    auto* call = static_cast<Call*>(tag);
    if (!ok || call->is_answered) {
      delete call;
      continue;
    }
    await_request();
    grpc::Slice bytes;
    (void)call->request.TrySingleSlice(&bytes);
    grpc::Slice out(answer);
    call->is_answered = true;
    call->writer.Finish(grpc::ByteBuffer(&out, 1), grpc::Status::OK, call);
  }
}

}  // namespace

int main(int count, char** arguments) {
  if (count != 2) return std::fprintf(stderr, "usage: bench_grpc_echo FILE\n"), 2;
  std::ifstream file(arguments[1], std::ios::binary);
  std::string answer{std::istreambuf_iterator<char>(file), {}};
  Method method;
  int port = 0;
  grpc::ServerBuilder builder;
  builder.AddListeningPort("127.0.0.1:0", grpc::InsecureServerCredentials(), &port);
  builder.RegisterService(&method);
  std::vector<std::unique_ptr<grpc::ServerCompletionQueue>> queues;
  for (int i = 0; i < kThreads; ++i) queues.push_back(builder.AddCompletionQueue());
  std::unique_ptr<grpc::Server> server = builder.BuildAndStart();
  if (server == nullptr) return std::fprintf(stderr, "cannot listen\n"), 1;
  std::printf("listening on grpc://127.0.0.1:%d\n", port);
  std::fflush(stdout);
  std::vector<std::thread> threads;
  for (auto& queue : queues) threads.emplace_back([&, queue = queue.get()] { serve(method, queue, answer); });
  for (std::thread& thread : threads) thread.join();
  return 0;
}

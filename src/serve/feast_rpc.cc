#include "serve/feast_rpc.h"

#include <exception>
#include <map>

#include <arrow/api.h>
#include <fmt/format.h>
#include <google/protobuf/arena.h>

#include "base/time_text.h"
#include "feast/serving/ServingService.pb.h"
#include "gnomon/version.h"
#include "serve/feast_message.h"
#include "serve/feast_values.h"
#include "serve/metrics.h"
#include "serve/request_members.h"

namespace gnomon {
namespace {

using feast::serving::GetOnlineFeaturesRequest;
using Clock = std::chrono::steady_clock;
using Columns = std::map<std::string, std::shared_ptr<arrow::Array>>;  // protobuf's maps have no order: these do

enum Method : size_t { kGetOnlineFeatures, kGetFeastServingInfo };
constexpr const char* kGetOnlineFeaturesCall = "/feast.serving.ServingService/GetOnlineFeatures";
constexpr const char* kGetFeastServingInfoCall = "/feast.serving.ServingService/GetFeastServingInfo";

Credentials caller_of(const RpcRequest& request) {
  Credentials caller;
  caller.authorization = request.authorization;
  caller.peer = request.peer;
  return caller;
}

RpcCode rpc_code(Code code) {
  switch (code) {
    case Code::kOk: return RpcCode::kOk;
    case Code::kInvalidArgument: return RpcCode::kInvalidArgument;
    case Code::kUnauthenticated: return RpcCode::kUnauthenticated;
    case Code::kPermissionDenied: return RpcCode::kPermissionDenied;
    case Code::kNotFound: return RpcCode::kNotFound;
    case Code::kAlreadyExists: return RpcCode::kAlreadyExists;
    case Code::kFailedPrecondition: return RpcCode::kFailedPrecondition;
    case Code::kAborted: return RpcCode::kAborted;
    case Code::kUnavailable: return RpcCode::kUnavailable;
    case Code::kResourceExhausted: return RpcCode::kResourceExhausted;
    case Code::kDeadlineExceeded: return RpcCode::kDeadlineExceeded;
    case Code::kDataLoss: return RpcCode::kDataLoss;
    case Code::kUnimplemented: return RpcCode::kUnimplemented;
  }
  GN_ASSERT(false);
}

template <class Message>
Status parse(std::string_view bytes, Message* message) {
  if (message->ParseFromArray(bytes.data(), static_cast<int>(bytes.size()))) return Status();
  return Status(Code::kInvalidArgument, "GN651", fmt::format("not a {}", Message::descriptor()->full_name()),
                "Generate the client from Feast's protobuf files, or from Gnomon's proto/feast");
}

Status in_time(const RpcRequest& request) {
  if (!request.deadline.has_value() || Clock::now() < *request.deadline) return Status();
  return Status(Code::kDeadlineExceeded, "GN617", "not answered within the call's deadline");
}

Status soon_enough(const RpcRequest& request, std::chrono::milliseconds max_queue_time) {
  auto waited = std::chrono::duration_cast<std::chrono::milliseconds>(Clock::now() - request.arrived);
  if (waited <= max_queue_time) return Status();
  return Status(Code::kUnavailable, "GN617", fmt::format("overloaded: the call waited for {} ms", waited.count()),
                "Call again later");
}

Result<FeatureRequest> features_of(const GetOnlineFeaturesRequest& message) {
  if (message.include_feature_view_version_metadata()) {
    return Status(Code::kUnimplemented, "GN613", "\"include_feature_view_version_metadata\" is not supported",
                  "Leave it out");
  }
  FeatureRequest asked;
  asked.feature_service = message.feature_service();
  asked.features.assign(message.features().val().begin(), message.features().val().end());
  asked.full_feature_names = message.full_feature_names();
  if (asked.features.empty() == asked.feature_service.empty()) {
    return bad_member("give either \"features\" or \"feature_service\"");
  }
  return asked;
}

template <class Map>
Status add_columns(const Map& from, const RouteContext& context, Columns* columns) {
  for (const auto& [name, values] : from) {
    GN_ASSIGN(auto column, column_of_values(name, values));
    if (column->type_id() == arrow::Type::LIST && !context.engine->is_request_column(name)) {
      return bad_member(fmt::format("column \"{}\" holds lists, which are no join keys", name));
    }
    if (!columns->emplace(name, std::move(column)).second) {
      return bad_member(fmt::format("column \"{}\" is both in \"entities\" and in \"request_context\"", name));
    }
  }
  return Status();
}

Result<std::shared_ptr<arrow::RecordBatch>> rows_of(const GetOnlineFeaturesRequest& message, const RouteContext& context) {
  Columns columns;
  GN_TRY(add_columns(message.entities(), context, &columns));
  GN_TRY(add_columns(message.request_context(), context, &columns));
  if (columns.empty()) return bad_member("\"entities\" has no columns");
  arrow::FieldVector fields;
  arrow::ArrayVector arrays;
  for (auto& [name, column] : columns) {
    if (!arrays.empty() && arrays[0]->length() != column->length()) {
      return Status(Code::kInvalidArgument, "GN612",
                    fmt::format("column \"{}\" has {} values, \"{}\" has {}", name, column->length(), fields[0]->name(),
                                arrays[0]->length()),
                    "All columns must have the same length");
    }
    fields.push_back(arrow::field(name, column->type()));
    arrays.push_back(std::move(column));
  }
  int64_t rows = arrays[0]->length();
  return arrow::RecordBatch::Make(arrow::schema(std::move(fields)), rows, std::move(arrays));
}

std::string serving_info_message() {
  feast::serving::GetFeastServingInfoResponse info;
  info.set_version(std::string("gnomon ") + kVersion);
  return info.SerializeAsString();
}

}  // namespace

FeastRpc::FeastRpc(const RouteContext& context, const RouteAccess& access, std::chrono::milliseconds max_queue_time)
    : context_(context), access_(access), max_queue_time_(max_queue_time) {
  context_.metrics->add_rpc(methods());
}

std::vector<std::string> FeastRpc::methods() const { return {kGetOnlineFeaturesCall, kGetFeastServingInfoCall}; }

Result<std::string> FeastRpc::get_online_features(const RpcRequest& request) {
  GN_TRY(in_time(request));
  GN_TRY(soon_enough(request, max_queue_time_));
  const Credentials caller = caller_of(request);
  GN_ASSIGN(auto principal, access_.admit(caller, Action::kReadOnline, kGetOnlineFeaturesCall));
  google::protobuf::Arena arena;
  auto* message = google::protobuf::Arena::CreateMessage<GetOnlineFeaturesRequest>(&arena);
  GN_TRY(parse(request.body, message));
  OnlineRequest asked;
  GN_ASSIGN(asked.features, features_of(*message));
  GN_ASSIGN(asked.entity_rows, rows_of(*message, context_));
  if (principal != nullptr) {
    GN_TRY(access_.authorize(*principal, caller, Action::kReadOnline, Touched::by(asked.features), kGetOnlineFeaturesCall));
  }
  if (!request.as_of.empty()) {
    GN_ASSIGN(asked.as_of, parse_time(request.as_of));
  }
  GN_ASSIGN(OnlineAnswer answer, context_.get_online_features(asked));
  GN_ASSIGN(std::string body, online_answer_message(answer));
  GN_TRY(in_time(request));
  return body;
}

Result<std::string> FeastRpc::serving_info(const RpcRequest& request) {
  GN_TRY(access_.admit(caller_of(request), Action::kDescribe, kGetFeastServingInfoCall).status());
  return serving_info_message();
}

RpcReply FeastRpc::answer(const RpcRequest& request) {
  auto began = Clock::now();
  auto work = [&]() -> Result<std::string> {
    try {
      if (request.method == kGetOnlineFeatures) return get_online_features(request);
      return serving_info(request);
    } catch (const std::exception& error) {  // a library's, such as std::bad_alloc: it costs one call
      return Status(Code::kDataLoss, "GN617", error.what());
    }
  };
  Result<std::string> body = work();
  RpcReply reply;
  if (body.ok()) {
    reply.body = std::move(*body);
  } else {
    reply = {rpc_code(body.status().code()), body.status().to_string(), {}};
    context_.metrics->failed(body.status().info().id);
  }
  int status = body.ok() ? 200 : code_http_status(body.status().code());
  context_.metrics->served_rpc(request.method, status, Clock::now() - began);
  return reply;
}

}  // namespace gnomon

// FeastRpc: Feast's gRPC service (feast.serving.ServingService) over one project's engine. It reads messages and writes them; what it asks
// and how the answer comes about are those of the HTTP routes, in the same calls.
//
// A caller's deadline is what "timeout_ms" is there: an answer in time, or DeadlineExceeded; work that has not begun by then never does.
// Who calls says so in the metadata "authorization", as in HTTP's header, once access control is on.
// An error has the code of its Status, and a message with its id and hint.
// ERRORS (as replies): GN651 no such message; GN611 a wrong or doubled column; GN612, GN613 as column_of_values and online_answer_message;
// GN617 DeadlineExceeded, and Unavailable for a call that waited too long; those of the engine.
// Thread-safety: as RpcService says.
#pragma once

#include <chrono>
#include <string>
#include <vector>

#include "gnomon/status.h"
#include "serve/route_access.h"
#include "serve/route_table.h"
#include "serve/rpc_message.h"

namespace gnomon {

class FeastRpc : public RpcService {
 public:
  // `context` and `access` must outlive the service. A call that waited for its turn longer than `max_queue_time` is refused, see ServerOptions.
  FeastRpc(const RouteContext& context, const RouteAccess& access, std::chrono::milliseconds max_queue_time);

  std::vector<std::string> methods() const override;
  RpcReply answer(const RpcRequest& request) override;

 private:
  Result<std::string> get_online_features(const RpcRequest& request);
  Result<std::string> serving_info(const RpcRequest& request);

  const RouteContext& context_;
  const RouteAccess& access_;
  const std::chrono::milliseconds max_queue_time_;
};

}  // namespace gnomon

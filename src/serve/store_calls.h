// StoreCalls: what the command line asks of a project's online store, answered here or by the server that owns the store.
// Thread-safety: one call at a time.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "engine/engine.h"
#include "gnomon/status.h"
#include "serve/http_client.h"

namespace gnomon {

// The methods are those of Engine, see there.
class StoreCalls {
 public:
  virtual ~StoreCalls() = default;
  virtual Result<v1::Manifest> manifest() = 0;
  virtual Result<OnlineAnswer> get_online_features(const OnlineRequest& request) = 0;
  virtual Result<std::string> explain_json(const std::string& feature, const std::shared_ptr<arrow::RecordBatch>& entity_row,
                                           std::optional<TimeUs> as_of) = 0;
  virtual Result<PushReport> push(const std::string& source, const arrow::Table& rows, PushTo to) = 0;
  virtual Result<MaterializeReport> materialize(TimeUs start, TimeUs end, const std::vector<std::string>& views) = 0;
  virtual Result<MaterializeReport> materialize_incremental(TimeUs end, const std::vector<std::string>& views) = 0;
  // The report as JSON.
  virtual Result<std::string> compact_json(std::optional<TimeUs> as_of, const std::vector<std::string>& views) = 0;
  virtual Result<RunReport> run(const std::vector<std::string>& views) = 0;
  // The report as JSON.
  virtual Result<std::string> verify_json(const VerifyRequest& request) = 0;
};

// `engine` must outlive the calls.
std::unique_ptr<StoreCalls> calls_of(Engine* engine);

// Over HTTP; `address` and `access` as for HttpClient::connect, whose errors these are.
Result<std::unique_ptr<StoreCalls>> calls_over(const std::string& address, const ClientAccess& access = {});

}  // namespace gnomon

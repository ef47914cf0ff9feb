// AuditLog: <project>/.gnomon/audit.ndjson, readable by its owner only. One JSON object a line for each change that was let through
// and for each refusal; never a credential, never a feature's value.
//
// The file is opened for each batch of lines, so moving it away is all that rotation takes. Layout: docs/security.md.
// Thread-safety: all methods may be called from any thread; lines of several processes do not mix.
#pragma once

#include <mutex>
#include <string>
#include <vector>

#include "access/action.h"
#include "gnomon/env.h"
#include "gnomon/status.h"

namespace gnomon {

struct AuditLine {
  std::string principal;  // empty: nobody in particular
  Action action = Action::kNone;
  std::string resource;  // "source clicks", "POST /v1/push/{source}"
  std::string outcome;   // "allowed", "denied", "unauthenticated"
  std::string reason;    // the error's id and message; empty for what was allowed
  std::string peer;
};

class AuditLog {
 public:
  AuditLog(std::string project_dir, Env* env);
  ~AuditLog() { flush(); }
  AuditLog(const AuditLog&) = delete;
  AuditLog& operator=(const AuditLog&) = delete;

  // On disk when it returns, and before the change is made: what cannot be written down is not done. ERRORS: GN501, GN502.
  Status allow(const AuditLine& line);

  // Costs no disk access: the line waits for flush(). Of a flood only the first kMostDenials between two flushes are kept, and the rest
  // is counted in one line.
  void deny(const AuditLine& line);
  void flush();

  static constexpr size_t kMostDenials = 32;

 private:
  std::string path_;
  Env* env_;
  std::mutex mutex_;
  std::vector<std::string> denials_;
  int64_t dropped_ = 0;
};

// Who runs this process, as a principal: "user 1000".
std::string own_user();

}  // namespace gnomon

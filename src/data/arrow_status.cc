#include "data/arrow_status.h"

#include <fmt/format.h>

namespace gnomon {

Status from_arrow(const arrow::Status& status, const std::string& doing) {
  if (status.ok()) return Status();
  std::string message = fmt::format("{}: {}", doing, status.message());
  switch (status.code()) {
    case arrow::StatusCode::OutOfMemory:
    case arrow::StatusCode::CapacityError:
      return Status(Code::kResourceExhausted, "GN504", message, "Use smaller files or ask for fewer rows at a time");
    case arrow::StatusCode::IOError:
      if (status.message().find("No space left") != std::string::npos) {
        return Status(Code::kResourceExhausted, "GN501", message,
                      "Free space and run the command again; nothing was changed");
      }
      if (status.message().find("No such file") != std::string::npos) return Status(Code::kNotFound, "GN201", message);
      return Status(Code::kDataLoss, "GN202", message, "The file is damaged or incomplete: write it again");
    case arrow::StatusCode::NotImplemented: return Status(Code::kUnimplemented, "GN203", message);
    default: return Status(Code::kInvalidArgument, "GN204", message);
  }
}

}  // namespace gnomon

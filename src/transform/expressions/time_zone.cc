#include "transform/expressions/time_zone.h"

#include <arrow/compute/api.h>
#include <arrow/scalar.h>
#include <fmt/format.h>

#include "data/arrow_status.h"

namespace gnomon {

Status check_zone(const std::string& zone) {
  arrow::TimestampScalar epoch(0, arrow::timestamp(arrow::TimeUnit::MICRO, zone));
  if (!zone.empty() && arrow::compute::CallFunction("hour", {epoch}).ok()) return Status();
  return Status(Code::kInvalidArgument, "GN168", fmt::format("unknown time zone \"{}\"", zone),
                "Write an IANA name such as Europe/Berlin; the machine's tz database has to know it");
}

Result<arrow::Datum> in_zone(const arrow::Datum& times, const std::string& zone) {
  // Only the type's zone changes: the cast copies no value.
  GN_ARROW_ASSIGN(arrow::Datum local, "evaluating",
                  arrow::compute::Cast(times, arrow::timestamp(arrow::TimeUnit::MICRO, zone)));
  return local;
}

}  // namespace gnomon

#include "data/parquet_status.h"

#include <algorithm>

#include <fmt/format.h>

#include "data/arrow_status.h"

namespace gnomon {

Status from_parquet(const arrow::Status& status, const std::string& path) {
  if (status.ok()) return Status();
  Status plain = from_arrow(status, "reading " + path);
  const bool is_damage = status.IsInvalid() || plain.info().id == "GN202";
  return is_damage ? damaged_parquet(path, status.message()) : plain;
}

Status damaged_parquet(const std::string& path, std::string why) {
  std::replace(why.begin(), why.end(), '\n', ' ');
  why.erase(why.find_last_not_of(" .") + 1);
  return Status(Code::kDataLoss, "GN202", fmt::format("{} cannot be read: {}", path, why),
                "The file is damaged or incomplete: write it again");
}

}  // namespace gnomon

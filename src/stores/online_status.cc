#include "gnomon/online_store.h"

namespace gnomon {

const char* online_status_name(OnlineStatus status) {
  switch (status) {
    case OnlineStatus::kPresent: return "PRESENT";
    case OnlineStatus::kNullValue: return "NULL_VALUE";
    case OnlineStatus::kNotFound: return "NOT_FOUND";
    case OnlineStatus::kOutsideMaxAge: return "OUTSIDE_MAX_AGE";
    case OnlineStatus::kInvalid: return "INVALID";
  }
  GN_ASSERT(!"an unknown online status");
  return "";
}

}  // namespace gnomon

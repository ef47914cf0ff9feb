// Files that only their owner may read: whatever the umask says, mode 0600 from the first byte on.
// ERRORS: GN501 ResourceExhausted when the disk is full, GN502 for what else the system refuses.
// Thread-safety: pure functions over the file system.
#pragma once

#include <string>
#include <string_view>

#include "gnomon/status.h"

namespace gnomon {

enum class IfThere : uint8_t { kReplace, kRefuse };

// Writes the whole file and makes it durable; others see all of it or none. ERRORS: GN503 AlreadyExists under kRefuse.
Status write_private_file(const std::string& path, std::string_view bytes, IfThere if_there);

enum class Durability : uint8_t { kFsync, kWhenTheSystemLikes };

// Adds `bytes` at the end in one step, so that lines of several processes do not mix; makes the file where there is none.
Status append_private_file(const std::string& path, std::string_view bytes, Durability durability);

// A folder that only its owner may enter (0700). Not an error if it is there.
Status make_private_folder(const std::string& path);

// Changes whenever what is at `path`, a file or a folder's entries, was changed; empty: nothing is there. Two changes within the
// system's clock tick look like one: `is_settled` says that the last one is older than that.
struct FileStamp {
  std::string text;
  bool is_settled = true;
};
FileStamp stamp_of_file(const std::string& path);

}  // namespace gnomon

#include "gnomon/online_store.h"

#include "gnomon/window_store.h"

namespace gnomon {

Result<std::vector<OnlineRows>> OnlineStore::read_together(std::span<const OnlineQuery> rows,
                                                           std::span<const WindowQuery> windows, TimeUs t) {
  std::vector<OnlineRows> answers;
  for (const OnlineQuery& query : rows) {
    GN_ASSIGN(OnlineRows answer, read(*query.view, *query.keys, t));
    answers.push_back(std::move(answer));
  }
  for (const WindowQuery& query : windows) GN_TRY(query.reader->prefetch(query.fetches));
  return answers;
}

}  // namespace gnomon

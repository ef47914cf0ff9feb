// WriteVersions: whether anything of an entity was written since one looked. Entities share a number with some others: it says too
// often that something was written, never too seldom.
//
// A number is odd while a write is under way: what a reader sees then may be from before it or after it.
// Thread-safety: of() from any thread; writes from one at a time.
#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

namespace gnomon {

class WriteVersions {
 public:
  // None while a write is under way.
  std::optional<uint64_t> of(std::string_view entity) const;

  // A write of the entities that were add()ed, from begin() until the object goes.
  class Write {
   public:
    explicit Write(WriteVersions* versions) : versions_(*versions) {}
    ~Write();
    Write(const Write&) = delete;
    Write& operator=(const Write&) = delete;

    void add(std::string_view entity);
    void add_all();
    void begin();

   private:
    WriteVersions& versions_;
    std::vector<uint32_t> places_;
    bool has_begun_ = false;
  };

 private:
  static constexpr size_t kPlaces = 4096;
  static uint32_t place_of(std::string_view entity);

  std::array<std::atomic<uint64_t>, kPlaces> numbers_{};
};

}  // namespace gnomon

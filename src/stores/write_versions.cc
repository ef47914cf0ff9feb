#include "stores/write_versions.h"

#include <algorithm>
#include <numeric>

#include "base/hash.h"

namespace gnomon {

uint32_t WriteVersions::place_of(std::string_view entity) { return static_cast<uint32_t>(hash64(entity) % kPlaces); }

std::optional<uint64_t> WriteVersions::of(std::string_view entity) const {
  const uint64_t number = numbers_[place_of(entity)];
  if (number % 2 == 1) return std::nullopt;
  return number;
}

void WriteVersions::Write::add(std::string_view entity) { places_.push_back(place_of(entity)); }

void WriteVersions::Write::add_all() {
  places_.resize(kPlaces);
  std::iota(places_.begin(), places_.end(), 0U);
}

void WriteVersions::Write::begin() {
  std::sort(places_.begin(), places_.end());
  places_.erase(std::unique(places_.begin(), places_.end()), places_.end());
  has_begun_ = true;
  for (uint32_t place : places_) ++versions_.numbers_[place];
}

WriteVersions::Write::~Write() {
  if (!has_begun_) return;
  for (uint32_t place : places_) ++versions_.numbers_[place];
}

}  // namespace gnomon

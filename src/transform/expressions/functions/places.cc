// Places on Earth.
#include <algorithm>
#include <cmath>
#include <numbers>

#include "transform/expressions/kernels.h"

namespace gnomon {
namespace {

constexpr double kEarthRadiusKm = 6371.0088;  // the mean radius of the GRS80 ellipsoid (IUGG)
constexpr double kRadiansOfDegree = std::numbers::pi / 180.0;

// R. W. Sinnott, "Virtues of the Haversine", Sky and Telescope 68 (2), 1984: exact also for near points.
double haversine_km(double latitude_a, double longitude_a, double latitude_b, double longitude_b) {
  const double half_latitude = (latitude_b - latitude_a) * kRadiansOfDegree / 2;
  const double half_longitude = (longitude_b - longitude_a) * kRadiansOfDegree / 2;
  const double sine_latitude = std::sin(half_latitude);
  const double sine_longitude = std::sin(half_longitude);
  const double chord = sine_latitude * sine_latitude + std::cos(latitude_a * kRadiansOfDegree) *
                                                           std::cos(latitude_b * kRadiansOfDegree) * sine_longitude *
                                                           sine_longitude;
  return 2 * kEarthRadiusKm * std::asin(std::sqrt(std::min(chord, 1.0)));
}

}  // namespace

std::vector<Function> place_functions() {
  using arrow::DoubleType;
  const std::vector<ValueType> four(4, ValueType::kFloat);
  Kernel distance = map_rows<DoubleType, DoubleType, DoubleType, DoubleType, DoubleType>(
      [](double latitude_a, double longitude_a, double latitude_b, double longitude_b, double* out) {
        *out = haversine_km(latitude_a, longitude_a, latitude_b, longitude_b);
        return true;
      });
  return {{"haversine",
           {{four, ValueType::kFloat, std::move(distance)}},
           Arity::kFixed,
           FunctionInfo{"haversine", "haversine(lat1, lon1, lat2, lon2)",
                        "Kilometres between two places in degrees, on a sphere of 6371.0088 km.",
                        "round(haversine(40.6413, -73.7781, 51.47, -0.4543))", "5540"}}};
}

}  // namespace gnomon

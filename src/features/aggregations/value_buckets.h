// The buckets of approx_percentile: DDSketch (Masson, Rim, Lee, "DDSketch: a fast and fully-mergeable quantile sketch with
// relative-error guarantees", VLDB 2019) without collapsing.
//
// An octave [2^e, 2^(e+1)) is cut at 2^(e + j/35), so that a bucket's ends are in the ratio 2^(1/35) and its value, at equal
// relative distance from both, is within 0.9902 % of every value in it. (Among subnormals a value is rounded to their grid.)
// The cuts are 35 integers compared with the bits of a value: no logarithm is computed, so every machine has the same buckets.
// Thread-safety: pure functions.
#pragma once

#include <cstdint>

namespace gnomon {

// Buckets in the order of their values: -infinity, negative ones, 0, positive ones, infinity, NaN.
inline constexpr int32_t kCutsPerOctave = 35;
inline constexpr int32_t kLeastExponent = -1074;  // of a positive double
inline constexpr int32_t kGreatestExponent = 1023;
inline constexpr int32_t kInfinityBucket = (kGreatestExponent - kLeastExponent + 1) * kCutsPerOctave + 1;
inline constexpr int32_t kNanBucket = kInfinityBucket + 1;

int32_t bucket_of(double value);

// REQUIRES: -kInfinityBucket <= bucket <= kNanBucket.
double value_of_bucket(int32_t bucket);

}  // namespace gnomon

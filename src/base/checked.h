// Arithmetic on untrusted sizes: a result that would overflow is reported, never wrapped.
#pragma once

#include <cstddef>
#include <cstdint>
#include <limits>

namespace thimble {

// *out = a + b; false (and *out unchanged) when that exceeds T.
template <class T>
[[nodiscard]] constexpr bool checked_add(T a, T b, T* out) {
  if (b > std::numeric_limits<T>::max() - a) return false;
  *out = static_cast<T>(a + b);
  return true;
}

// *out = a * b; false (and *out unchanged) when that exceeds T.
template <class T>
[[nodiscard]] constexpr bool checked_mul(T a, T b, T* out) {
  if (b != 0 && a > std::numeric_limits<T>::max() / b) return false;
  *out = static_cast<T>(a * b);
  return true;
}

// The least multiple of `align` (a power of two) that is >= n. n must leave room below the maximum of T.
template <class T>
constexpr T round_up(T n, T align) {
  return static_cast<T>((n + align - 1) & ~(align - 1));
}

constexpr bool is_power_of_two(uint64_t n) { return n != 0 && (n & (n - 1)) == 0; }

}  // namespace thimble

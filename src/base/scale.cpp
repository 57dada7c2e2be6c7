#include "base/scale.h"

#include <bit>

#include "base/fixed.h"
#include "base/math.h"

namespace thimble {
namespace {

constexpr int32_t kMantissaBits = 23;  // of a float, without the hidden one

// Brings a mantissa that is not 0 into the range of a Scale.
Scale normalised(uint32_t mantissa, int32_t exponent) {
  const int zeros = std::countl_zero(mantissa);
  return {mantissa << zeros, exponent - zeros};
}

}  // namespace

Scale make_scale(uint64_t n, int32_t exponent) {
  if (n == 0) return {};
  const int zeros = std::countl_zero(n);
  return {static_cast<uint32_t>(n << zeros >> 32), exponent + 32 - zeros};
}

Scale scale_from_f32(float x) {
  const auto bits = std::bit_cast<uint32_t>(x);
  if (bits >= 0x7f800000) return {};  // negative, infinite, NaN
  const uint32_t field = bits >> kMantissaBits;
  const uint32_t fraction = bits & ((1u << kMantissaBits) - 1);
  if (field == 0) return make_scale(fraction, -149);
  return make_scale(fraction | 1u << kMantissaBits, static_cast<int32_t>(field) - 150);
}

float f32_from_scale(Scale s) {
  if (s.mantissa == 0) return 0.0f;
  const int32_t field = s.exponent + 31 + 127;
  if (field >= 255) return std::bit_cast<float>(0x7f800000u);
  if (field <= 0) return 0.0f;
  // The upper bit of the mantissa adds one to the exponent field, and so does a carry.
  const uint32_t kept = s.mantissa >> 8;
  const uint32_t rest = s.mantissa & 0xff;
  const uint32_t up = rest > 0x80 || (rest == 0x80 && (kept & 1) != 0) ? 1 : 0;
  return std::bit_cast<float>((static_cast<uint32_t>(field - 1) << kMantissaBits) + kept + up);
}

Scale narrow_scale(Scale wide, uint32_t largest) {
  constexpr Scale kOneOver127 = {0x81020408, -38};
  return wide * make_scale(largest) * kOneOver127;
}

Scale operator*(Scale a, Scale b) {
  if (a.mantissa == 0 || b.mantissa == 0) return {};
  // Both have their upper bit set, so the product has at most one leading zero: no count of them is needed.
  const uint64_t product = mul_wide_unsigned(a.mantissa, b.mantissa);
  const int32_t zeros = product >> 63 != 0 ? 0 : 1;
  return {static_cast<uint32_t>(product << zeros >> 32), a.exponent + b.exponent + 32 - zeros};
}

Scale operator+(Scale a, Scale b) {
  if (a.mantissa == 0) return b;
  if (b.mantissa == 0) return a;
  if (a.exponent < b.exponent) return b + a;
  const int32_t distance = a.exponent - b.exponent;
  if (distance >= 32) return a;
  return make_scale(uint64_t{a.mantissa} + (b.mantissa >> distance), a.exponent);
}

bool operator<(Scale a, Scale b) {
  if (a.mantissa == 0 || b.mantissa == 0) return a.mantissa < b.mantissa;
  return a.exponent != b.exponent ? a.exponent < b.exponent : a.mantissa < b.mantissa;
}

Scale reciprocal(Scale a) {
  if (a.mantissa == 0) return {};
  return normalised(reciprocal_q31(a.mantissa), -63 - a.exponent);
}

Scale rsqrt(Scale a) {
  if (a.mantissa == 0) return {};
  // a = d * 2^even with d in [1/4, 1), as a fraction of 2^32
  const int32_t exponent = a.exponent + 32;
  const int32_t odd = exponent & 1;
  return normalised(rsqrt_q31(a.mantissa >> odd), -31 - (exponent + odd) / 2);
}

uint8_t code_at_least(Scale s) {
  if (s.mantissa == 0) return 0;
  constexpr int32_t kOctaveOfOne = kCodeExponent + 3;  // of the least code, whose mantissa is 8
  const uint32_t eighths = s.mantissa >> 28;           // 8..15
  const uint32_t more = (s.mantissa & ((1u << 28) - 1)) != 0 ? 1 : 0;
  const int32_t code = (s.exponent + 31 - kOctaveOfOne) * 8 + static_cast<int32_t>(eighths - 8 + more);
  return static_cast<uint8_t>(code < 0 ? 0 : code > 255 ? 255 : code);
}

Scale scale_of_code(uint8_t code) {
  return make_scale(code_mantissa(code), static_cast<int32_t>(code_octave(code)) + kCodeExponent);
}

}  // namespace thimble

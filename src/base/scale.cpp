#include "base/scale.h"

#include <bit>

#include "base/math.h"
#include "base/scale_arithmetic.h"

namespace thimble {
namespace {

constexpr int32_t kMantissaBits = 23;  // of a float, without the hidden one

}  // namespace

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

Scale rsqrt(Scale a) {
  if (a.mantissa == 0) return {};
  // a = d * 2^even with d in [1/4, 1), as a fraction of 2^32
  const int32_t exponent = a.exponent + 32;
  const int32_t odd = exponent & 1;
  return normalised(rsqrt_q31(a.mantissa >> odd), -31 - (exponent + odd) / 2);
}

}  // namespace thimble

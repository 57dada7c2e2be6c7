#include "base/math.h"

namespace thimble {
namespace {

constexpr uint32_t kSignBit = 0x80000000;
constexpr uint32_t kInfinity = 0x7f800000;

uint32_t bits_of(float x) { return std::bit_cast<uint32_t>(x); }
float float_of(uint32_t bits) { return std::bit_cast<float>(bits); }

// 2^n for -126 <= n <= 127.
float power_of_two(int32_t n) { return float_of(static_cast<uint32_t>(n + 127) << 23); }

// |x| = fraction * 2^exponent with fraction in [0.5, 1). x is finite and not zero.
struct Split {
  float fraction;
  int32_t exponent;
};
Split split(float x) {
  uint32_t bits = bits_of(x) & ~kSignBit;
  int32_t exponent = -126;
  if (bits < 0x00800000) {  // subnormal: 2^24 makes it normal
    bits = bits_of(float_of(bits) * 16777216.0f);
    exponent -= 24;
  }
  exponent += static_cast<int32_t>(bits >> 23);
  return {float_of((bits & 0x007fffff) | 0x3f000000), exponent};
}

// 1 / d for d in [0.5, 1). 48/17 - 32/17 d is within 1/17 of the result (the minimax line); each Newton step squares
// the relative error: 3.5e-3, 1.2e-5, then rounding only.
float reciprocal_of_fraction(float d) {
  float y = 2.8235294f - d * 1.8823529f;
  for (int step = 0; step < 3; ++step) y = y + y * (1.0f - d * y);
  return y;
}

}  // namespace

// x = n ln 2 + r with |r| <= 0.3466; e^r by its Taylor series to r^7 (the rest is below 6e-9 of the result), then n is
// added to the exponent.
float exp_f32(float x) {
  if (is_nan(x)) return float_of(kCanonicalNan);
  if (x < -87.3f) return 0.0f;
  if (x > 88.72283f) return float_of(kInfinity);
  // Adding 1.5 * 2^23 leaves the nearest integer in the low bits of the sum.
  constexpr float kRound = 12582912.0f;
  const float shifted = x * 1.44269504f + kRound;
  const float n = shifted - kRound;
  // ln 2 in two parts (Cody and Waite): the first has 9 bits, so n times it is exact.
  const float r = (x - n * 0.693359375f) - n * -2.12194440e-4f;
  float p = 1.98412698e-4f;    // 1/7!
  p = p * r + 1.38888889e-3f;  // 1/6!
  p = p * r + 8.33333333e-3f;  // 1/5!
  p = p * r + 4.16666667e-2f;  // 1/4!
  p = p * r + 1.66666667e-1f;  // 1/3!
  p = p * r + 0.5f;
  const float y = 1.0f + (r + (r * r) * p);
  return float_of(bits_of(y) + ((bits_of(shifted) - bits_of(kRound)) << 23));
}

float reciprocal_f32(float x) { return divide_f32(1.0f, x); }

float divide_f32(float a, float b) {
  const uint32_t sign = bits_of(b) & kSignBit;
  const uint32_t b_magnitude = bits_of(b) & ~kSignBit;
  const uint32_t a_magnitude = bits_of(a) & ~kSignBit;
  if (is_nan(a) || is_nan(b) || (a_magnitude == b_magnitude && (a_magnitude == 0 || a_magnitude == kInfinity))) {
    return float_of(kCanonicalNan);
  }
  const float signed_a = float_of(bits_of(a) ^ sign);
  if (b_magnitude == kInfinity) return float_of(bits_of(signed_a) & kSignBit);
  if (b_magnitude == 0) return float_of((bits_of(signed_a) & kSignBit) | kInfinity);
  const Split d = split(b);
  // The exponent in two halves around the multiplication, so that nothing overflows or is lost on the way.
  const int32_t half = -d.exponent / 2;
  const float scaled = signed_a * power_of_two(half);
  return (scaled * reciprocal_of_fraction(d.fraction)) * power_of_two(-d.exponent - half);
}

// The integer guess halves and negates the exponent (error below 3.5 %); three Newton steps leave rounding only. The
// steps add a correction to y instead of scaling it, which loses less to rounding.
float rsqrt_f32(float x) {
  if (is_nan(x) || x < 0.0f) return float_of(kCanonicalNan);
  if (x == 0.0f) return float_of(kInfinity);
  if (bits_of(x) == kInfinity) return 0.0f;
  const bool subnormal = bits_of(x) < 0x00800000;
  const float scaled = subnormal ? x * 16777216.0f : x;  // 2^24, its root taken back at the end
  const float half = 0.5f * scaled;
  float y = float_of(0x5f3759dfu - (bits_of(scaled) >> 1));
  for (int step = 0; step < 3; ++step) y = y + y * (0.5f - (half * y) * y);
  return subnormal ? y * 4096.0f : y;
}

float silu_f32(float x) { return canonical_nan(divide_f32(x, 1.0f + exp_f32(-x))); }

CosSin cos_sin_turns(uint64_t phase) {
  const uint64_t quadrant = (phase + (uint64_t{1} << 61)) >> 62;  // nearest quarter turn; 4 wraps to 0
  const auto rest = static_cast<int64_t>(phase - (quadrant << 62));  // +-2^61, an eighth of a turn
  // The top 32 bits, as a 32-bit chip converts them in one instruction: units of 2^-34 turn.
  const float r = static_cast<float>(static_cast<int32_t>(rest >> 30)) * 3.657295198e-10f;
  const float r2 = r * r;
  // Taylor: for |r| <= pi/4 the first term left out is below 2e-9 (sine) and 2e-10 (cosine).
  float s = 2.75573192e-6f;        // 1/9!
  s = s * r2 - 1.98412698e-4f;     // 1/7!
  s = s * r2 + 8.33333333e-3f;     // 1/5!
  s = s * r2 - 1.66666667e-1f;     // 1/3!
  const float sine = r + r * (r2 * s);
  float c = -2.75573192e-7f;       // 1/10!
  c = c * r2 + 2.48015873e-5f;     // 1/8!
  c = c * r2 - 1.38888889e-3f;     // 1/6!
  c = c * r2 + 4.16666667e-2f;     // 1/4!
  c = c * r2 - 0.5f;
  const float cosine = 1.0f + r2 * c;
  switch (quadrant & 3) {
    case 0: return {cosine, sine};
    case 1: return {-sine, cosine};
    case 2: return {-cosine, -sine};
    default: return {sine, -cosine};
  }
}

float dot_f32(const float* a, const float* b, size_t n) {
  float lanes[kLanes] = {};
  for (size_t i = 0; i < n; ++i) lanes[i % kLanes] += a[i] * b[i];
  return sum_lanes(lanes);
}

float sum_f32(const float* a, size_t n) {
  float lanes[kLanes] = {};
  for (size_t i = 0; i < n; ++i) lanes[i % kLanes] += a[i];
  return sum_lanes(lanes);
}

}  // namespace thimble

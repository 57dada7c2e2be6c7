// How the integers work: an operand is taken apart into sign, exponent and a 24-bit mantissa; the mantissa becomes a
// 32-bit fixed-point number, and `high` multiplies two of those and keeps the upper word. "Qi.f" names a fixed-point
// number with i integer and f fraction bits. Eight bits beyond the mantissa keep the error of a few truncations near
// a hundredth of an ulp; where a result must be the correctly rounded one, an exact remainder decides the last bit.
// All of it is in uint32_t, because a 32-bit chip multiplies those in one or two instructions.
//
// Polynomials interpolate at Chebyshev nodes, computed with 60 digits and rounded to the nearest unit.

#include "base/math.h"

#include "base/fixed.h"

namespace thimble {
namespace {

constexpr uint32_t kSign = 0x80000000;
constexpr uint32_t kMagnitude = 0x7fffffff;
constexpr uint32_t kInfinity = 0x7f800000;
constexpr uint32_t kOne = 0x3f800000;
constexpr uint32_t kHiddenBit = 0x00800000;
constexpr int kMantissaBits = 23;

uint32_t high(uint32_t a, uint32_t b) { return mul_high_unsigned(a, b); }

// A positive number mantissa * 2^(exponent - 150), mantissa in [2^23, 2^24); for a normal float, exponent is its
// biased exponent field.
struct Unpacked {
  uint32_t mantissa;
  int exponent;
};

// magnitude: a float without its sign, neither zero, infinite nor NaN.
Unpacked unpack(uint32_t magnitude) {
  const int exponent = static_cast<int>(magnitude >> kMantissaBits);
  if (exponent != 0) return {(magnitude & (kHiddenBit - 1)) | kHiddenBit, exponent};
  const int shift = std::countl_zero(magnitude) - 8;
  return {magnitude << shift, 1 - shift};
}

// The float mantissa * 2^(exponent - 150), mantissa in [2^23, 2^24], exponent >= 1. A mantissa that rounding carried
// to 2^24 is right too: the carry goes into the exponent, and past the last exponent it makes infinity.
uint32_t pack(int exponent, uint32_t mantissa) {
  return (static_cast<uint32_t>(exponent - 1) << kMantissaBits) + mantissa;
}

// 2^f - 1 for f in Q0.32, as Q0.32: f times a polynomial of degree 6 (relative error of 2^f under 2^-32).
uint32_t exp2_fraction(uint32_t f) {
  uint32_t p = 0x00015bd3;
  p = 0x00099317 + high(f, p);
  p = 0x0057bf1a + high(f, p);
  p = 0x02763464 + high(f, p);
  p = 0x0e3589f8 + high(f, p);
  p = 0x3d7f7ba6 + high(f, p);
  p = 0xb17217f9 + high(f, p);
  return high(f, p);
}

// e^x = 2^n * 2^f with n + f = x * log2(e), 0 <= f < 1.
uint32_t exp_bits(uint32_t x) {
  constexpr uint32_t kLog2eHigh = 0xb8aa3b29;    // log2(e) in Q1.63, upper and
  constexpr uint32_t kLog2eLow = 0x5c17f0bc;     // lower word
  constexpr uint32_t kLastFinite = 0x42b17217;   // 88.7228317 <= ln(FLT_MAX)
  constexpr uint32_t kLastNormal = 0x42aeac4f;   // 87.3365402 <= -ln(FLT_MIN)
  constexpr uint32_t kRoundsToOne = 0x32800000;  // 2^-26: half an ulp of the floats below 1 is 2^-25

  const uint32_t magnitude = x & kMagnitude;
  const bool negative = (x & kSign) != 0;
  if (magnitude > kInfinity) return kCanonicalNan;
  if (magnitude > (negative ? kLastNormal : kLastFinite)) return negative ? 0 : kInfinity;
  if (magnitude < kRoundsToOne) return kOne;

  // |x| log2(e) = product * 2^-(shift + 32), of which n has at most 7 bits and f keeps 32. Signs and shifts of real
  // data defy branch prediction: no branches from here on.
  const uint32_t m = (magnitude | kHiddenBit) << 8;  // Q1.31; shifts the exponent out
  const uint64_t product = uint64_t{m} * kLog2eHigh + high(m, kLog2eLow);
  const int shift = 157 - static_cast<int>(magnitude >> kMantissaBits);  // 24..56
  const uint64_t sign = negative ? ~uint64_t{0} : 0;
  const uint64_t y = ((product >> shift) ^ sign) - sign;  // two's complement, so f >= 0
  const auto n = static_cast<uint32_t>(y >> 32);
  const auto f = static_cast<uint32_t>(y);
  const uint32_t fraction = ((exp2_fraction(f) >> 8) + 1) >> 1;  // rounded to 23 bits
  return ((n + 127) << kMantissaBits) + fraction;
}

// Quotients that the general case cannot compute; true when there was one.
bool divide_special(uint32_t a, uint32_t b, uint32_t sign, uint32_t* quotient) {
  const bool nan = a > kInfinity || b > kInfinity || (a == kInfinity && b == kInfinity) || (a == 0 && b == 0);
  const bool infinite = a == kInfinity || b == 0;
  const bool zero = a == 0 || b == kInfinity;
  *quotient = nan ? kCanonicalNan : sign | (infinite ? kInfinity : 0);
  return nan || infinite || zero;
}

// A quotient below the normal range: q * 2^(exponent - 150) with exponent <= 0 and something more behind q when
// `inexact`, rounded once, at the last bit of a subnormal.
uint32_t round_subnormal(uint32_t q, int exponent, bool inexact) {
  const int shift = 1 - exponent;
  if (shift > 24) return 0;  // below half of the least subnormal
  const uint32_t kept = q >> shift;
  const uint32_t rest = q & ((uint32_t{1} << shift) - 1);
  const uint32_t half = uint32_t{1} << (shift - 1);
  const bool up = rest > half || (rest == half && (inexact || (kept & 1) != 0));
  return kept + (up ? 1 : 0);
}

// Cold here means: called so seldom, in integer models, that its size counts more than its time.
[[gnu::cold]] uint32_t divide_bits(uint32_t a, uint32_t b) {
  const uint32_t sign = (a ^ b) & kSign;
  a &= kMagnitude;
  b &= kMagnitude;
  if (a - 1 >= kInfinity - 1 || b - 1 >= kInfinity - 1) {  // zero, infinity or NaN
    uint32_t quotient = 0;
    if (divide_special(a, b, sign, &quotient)) return quotient;
  }
  Unpacked num = unpack(a);
  const Unpacked den = unpack(b);
  const int less = num.mantissa < den.mantissa ? 1 : 0;
  num.mantissa <<= less;
  num.exponent -= less;
  // The quotient of the mantissas is in [1, 2). q is its first 24 bits or one less; the remainder, below twice the
  // divisor, is exact although both products wrap.
  uint32_t q = high(num.mantissa, reciprocal_q31(den.mantissa << 8));
  uint32_t remainder = (num.mantissa << kMantissaBits) - q * den.mantissa;
  if (remainder >= den.mantissa) {
    remainder -= den.mantissa;
    ++q;
  }
  const int exponent = num.exponent - den.exponent + 127;
  if (exponent >= 255) return sign | kInfinity;
  if (exponent <= 0) return sign | round_subnormal(q, exponent, remainder != 0);
  // No ties: (2q + 1) * divisor = dividend * 2^24 would need a divisor with 24 factors of two.
  const uint32_t up = 2 * remainder > den.mantissa ? 1 : 0;
  return sign | pack(exponent, q + up);
}

[[gnu::cold]] uint32_t rsqrt_bits(uint32_t x) {
  const uint32_t magnitude = x & kMagnitude;
  if (magnitude == 0) return x | kInfinity;
  if (x > kInfinity) return kCanonicalNan;  // negative, or NaN
  if (x == kInfinity) return 0;
  const Unpacked u = unpack(magnitude);
  // x = m * 2^(exponent - 150) with an even exponent and m in [2^24, 2^26), so that 1 / sqrt(x) has the mantissa
  // y = 2^36 / sqrt(m) in (2^23, 2^24].
  const int shift = (u.exponent & 1) != 0 ? 1 : 2;
  const uint32_t m = u.mantissa << shift;
  const int exponent = u.exponent - shift - 150;
  uint32_t y = rsqrt_q31(m << 6) >> 8;  // rounded down: y or one less
  // y + 1 is nearer when (y + 1/2)^2 m < 2^72. Times 4 and modulo 2^64 the right side is 0, and the two sides differ
  // by less than 2^55. No ties: (2y + 1)^2 is odd and m has no 74 factors of two.
  const uint64_t middle = 2 * uint64_t{y} + 1;
  if (static_cast<int64_t>(middle * middle * m) < 0) ++y;
  return pack(114 - exponent / 2, y);
}

// The sine of a / 2^61 eighths of a turn, 0 <= a <= 2^61, from t = (a / 2^61)^2 in Q0.32.
// sin(pi/4 w) / (pi/4 w) = 1 - t * (polynomial of degree 3 in t), relative error under 2^-35.
uint32_t sin_octant(uint64_t a, uint32_t t) {
  constexpr uint32_t kQuarterPi = 0xc90fdaa2;  // Q0.32
  if (a == 0) return 0;
  uint32_t p = 0x0000069f;
  p = 0x00030d46 - high(t, p);
  p = 0x00cfce58 - high(t, p);
  p = 0x1a51a662 - high(t, p);
  const uint32_t ratio = ~high(t, p);  // Q0.32
  // Normalised before the products, so that small angles keep all bits.
  const int zeros = std::countl_zero(a);
  const auto w = static_cast<uint32_t>(a << zeros >> 32);
  uint32_t sine = high(high(w, kQuarterPi), ratio);  // in [2^30, 2^32), times 2^-(29 + zeros)
  int exponent = 129 - zeros;
  if (sine < kSign) {
    sine <<= 1;
    --exponent;
  }
  return pack(exponent, ((sine >> 7) + 1) >> 1);
}

// The cosine of the same angle: 1 - t * (polynomial of degree 4 in t), error under 2^-33.
uint32_t cos_octant(uint32_t t) {
  uint32_t p = 0x00000068;
  p = 0x00003c3e - high(t, p);
  p = 0x00155d3c - high(t, p);
  p = 0x040f07c2 - high(t, p);
  p = 0x4ef4f327 - high(t, p);
  const uint32_t below_one = high(t, p);  // Q0.32, at most 1 - sqrt(1/2)
  return pack(126, (uint32_t{1} << 24) - ((below_one + 127) >> 8));
}

}  // namespace

// Newton's y(2 - dy) squares the relative error of its start, the line 48/17 - 32/17 d, which is 1/17 at most on
// [1/2, 1]: 17^-8 = 2^-32.7 after three steps.
uint32_t reciprocal_q31(uint32_t d) {
  uint32_t y = (0xb4b4b4b4 - high(d, 0x78787879)) << 1;  // Q2.30, then Q1.31
  // ~(dy) is 2 - dy less one unit, which outweighs the truncation of dy: y stays below 1/d and so below 2.
  for (int i = 0; i < 3; ++i) y = high(y, ~high(d, y)) << 1;
  return y;
}

// Newton's s(3 - ds^2)/2 takes a relative error e to 3/2 e^2. The start, 2.2 - 1.2 d, is off by 0.14 at most: 0.03,
// 1.3e-3, 2.5e-6, 1e-11.
uint32_t rsqrt_q31(uint32_t d) {
  uint32_t s = (0x8ccccccc - high(d, 0x4ccccccd)) << 1;  // Q2.30, then Q1.31
  // Two units less than 3 outweigh the two truncations: s stays below 1/sqrt(d) and so below 2.
  for (int i = 0; i < 4; ++i) s = high(s, 0xbffffffe - high(d, high(s, s))) << 1;
  return s;
}

float f32_from_q16(int32_t x) {
  if (x == 0) return 0.0f;
  const uint32_t sign = x < 0 ? kSign : 0;
  const uint32_t size = x < 0 ? 0u - static_cast<uint32_t>(x) : static_cast<uint32_t>(x);
  const int zeros = std::countl_zero(size);
  const uint32_t m = size << zeros;  // the leading one in bit 31
  const uint32_t kept = m >> 8;
  const uint32_t rest = m & 0xff;
  const uint32_t up = rest > 0x80 || (rest == 0x80 && (kept & 1) != 0) ? 1 : 0;
  return std::bit_cast<float>(sign | pack(127 + 15 - zeros, kept + up));
}

float f32_from_f16(uint16_t half) {
  // The exponent fields differ in width and bias: the product with 2^112 moves the one to the other, and is exact for
  // subnormals too. Infinity and NaN have a field of ones in both.
  const uint32_t magnitude = half & 0x7fffu;
  const uint32_t sign = (half & 0x8000u) << 16;
  const float moved = std::bit_cast<float>(magnitude << 13) * 0x1p112f;
  const uint32_t special = magnitude >= 0x7c00 ? kInfinity : 0;
  return std::bit_cast<float>(std::bit_cast<uint32_t>(moved) | special | sign);
}

float exp_f32(float x) { return std::bit_cast<float>(exp_bits(std::bit_cast<uint32_t>(x))); }

float divide_f32(float a, float b) {
  return std::bit_cast<float>(divide_bits(std::bit_cast<uint32_t>(a), std::bit_cast<uint32_t>(b)));
}

float reciprocal_f32(float x) { return std::bit_cast<float>(divide_bits(kOne, std::bit_cast<uint32_t>(x))); }

float rsqrt_f32(float x) { return std::bit_cast<float>(rsqrt_bits(std::bit_cast<uint32_t>(x))); }

[[gnu::cold]] CosSin cos_sin_turns(uint64_t phase) {
  constexpr uint64_t kOctant = uint64_t{1} << 61;
  const auto octant = static_cast<uint32_t>(phase >> 61);
  const uint64_t rest = phase & (kOctant - 1);
  const uint64_t a = (octant & 1) != 0 ? kOctant - rest : rest;  // odd octants run backwards
  const auto w = static_cast<uint32_t>((a - (a >> 61)) >> 29);   // Q0.32; a whole octant becomes the last unit
  const uint32_t t = high(w, w);
  const uint32_t sine = sin_octant(a, t);
  const uint32_t cosine = cos_octant(t);
  // Octants 1, 2, 5, 6 swap the two; 2 to 5 have a negative cosine, 4 to 7 a negative sine.
  const bool swap = ((octant + 1) & 2) != 0;
  const uint32_t c = swap ? sine : cosine;
  const uint32_t s = swap ? cosine : sine;
  const uint32_t c_sign = c == 0 ? 0 : ((octant + 2) & 4) << 29;
  const uint32_t s_sign = s == 0 ? 0 : (octant & 4) << 29;
  return {std::bit_cast<float>(c | c_sign), std::bit_cast<float>(s | s_sign)};
}

float silu_f32(float x) {
  constexpr uint32_t kLastFinite = 0x42b17217;  // exp(-x) is finite down to -88.7228317
  const auto bits = std::bit_cast<uint32_t>(x);
  if (bits > (kSign | kLastFinite) && bits <= (kSign | kInfinity)) return std::bit_cast<float>(kSign);
  return divide_f32(x, 1.0f + exp_f32(-x));
}

float dot_f32(const float* a, const float* b, size_t n) {
  float lane[kLanes] = {};
  const size_t whole = n - n % kLanes;
  for (size_t i = 0; i < whole; i += kLanes) {
    for (size_t l = 0; l < kLanes; ++l) lane[l] += a[i + l] * b[i + l];
  }
  for (size_t i = whole; i < n; ++i) lane[i - whole] += a[i] * b[i];
  return add_lanes(lane);
}

float sum_f32(const float* a, size_t n) {
  float lane[kLanes] = {};
  const size_t whole = n - n % kLanes;
  for (size_t i = 0; i < whole; i += kLanes) {
    for (size_t l = 0; l < kLanes; ++l) lane[l] += a[i + l];
  }
  for (size_t i = whole; i < n; ++i) lane[i - whole] += a[i];
  return add_lanes(lane);
}

}  // namespace thimble

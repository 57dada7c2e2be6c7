// Strategy: the eight lanes of a sum (base/math.h) are two registers, and a lane adds in the order of the definition:
// multiply and add, never fused. Eight rows, or four by two of rows and vectors, hide the latency of the additions.
// Columns that are not there count as +0, which changes no lane: none is ever -0.
//
// exp is the integer algorithm of base/math.cpp on four lanes; the quotient of silu is correctly rounded by definition,
// so the processor's own will do.

#include "base/math.h"
#include "kernels/neon/neon_kernels.h"
#include "kernels/neon/neon_vectors.h"

namespace thimble {

using namespace neon;

namespace {

// The eight lanes of a sum, or what is multiplied in them.
struct Eight {
  float32x4_t low;
  float32x4_t high;
};

THIMBLE_NEON Eight load_eight(const float* p) { return {vld1q_f32(p), vld1q_f32(p + kWidth)}; }
THIMBLE_NEON Eight load_eight(const uint16_t* p) {
  const auto halves = vreinterpretq_f16_u16(vld1q_u16(p));
  return {vcvt_f32_f16(vget_low_f16(halves)), vcvt_high_f32_f16(halves)};
}
// The first `left` of them, 1..7.
template <class Element>
THIMBLE_NEON Eight load_some(const Element* p, size_t left) {
  return load_eight(Some<kLanes, Element>(p, left).elements);
}

THIMBLE_NEON void add_products(Eight* sum, const Eight& a, const Eight& b) {
  sum->low = vaddq_f32(sum->low, vmulq_f32(a.low, b.low));
  sum->high = vaddq_f32(sum->high, vmulq_f32(a.high, b.high));
}

// The trees of four sums: ((0+4)+(2+6)) + ((1+5)+(3+7)) of each. Result r: rows[r].
THIMBLE_NEON float32x4_t add_trees(const Eight* rows) {
  const auto even_and_odd = [](const Eight& a, const Eight& b) __attribute__((always_inline)) {
    const auto x = vreinterpretq_f64_f32(vaddq_f32(a.low, a.high));
    const auto y = vreinterpretq_f64_f32(vaddq_f32(b.low, b.high));
    return vaddq_f32(vreinterpretq_f32_f64(vzip1q_f64(x, y)), vreinterpretq_f32_f64(vzip2q_f64(x, y)));
  };
  return vpaddq_f32(even_and_odd(rows[0], rows[1]), even_and_odd(rows[2], rows[3]));
}

THIMBLE_NEON float add_tree(const Eight& lanes) {
  const float32x4_t halves = vaddq_f32(lanes.low, lanes.high);
  return vpadds_f32(vadd_f32(vget_low_f32(halves), vget_high_f32(halves)));
}

// Where the result of row r and vector b goes.
struct Results {
  float* out;
  size_t stride;
};

// kRows rows times kBatch vectors; kRows * kBatch is 8 or 1.
template <size_t kRows, size_t kBatch, class Weight>
THIMBLE_NEON void tile(const Weight* w, size_t w_stride, const float* x, size_t x_stride, const Results& to,
                       size_t cols) {
  Eight sums[kBatch * kRows];
  for (Eight& sum : sums) sum = {vdupq_n_f32(0), vdupq_n_f32(0)};
  const auto step = [&](const auto& take, size_t i) __attribute__((always_inline)) {
    Eight v[kBatch];
    for (size_t b = 0; b < kBatch; ++b) v[b] = take(x + b * x_stride + i);
    for (size_t r = 0; r < kRows; ++r) {
      const Eight weights = take(w + r * w_stride + i);
      for (size_t b = 0; b < kBatch; ++b) add_products(&sums[b * kRows + r], weights, v[b]);
    }
  };
  size_t i = 0;
  for (; i + kLanes <= cols; i += kLanes) {
    step(
        [](const auto* p) __attribute__((always_inline)) { return load_eight(p); }, i);
  }
  if (i < cols) {
    step(
        [&](const auto* p) __attribute__((always_inline)) { return load_some(p, cols - i); }, i);
  }
  if constexpr (kRows * kBatch == 1) {
    *to.out = add_tree(sums[0]);
  } else {
    static_assert(kRows % kWidth == 0);
    for (size_t b = 0; b < kBatch; ++b) {
      for (size_t r = 0; r < kRows; r += kWidth) vst1q_f32(to.out + b * to.stride + r, add_trees(sums + b * kRows + r));
    }
  }
}

template <class Weight>
THIMBLE_NEON void matmul(const Weight* w, size_t w_stride, const float* x, size_t x_stride, float* out,
                         size_t out_stride, size_t rows, size_t cols, size_t batch) {
  size_t r = 0;
  for (; r + 8 <= rows; r += 8) {
    const Weight* row = w + r * w_stride;
    size_t b = 0;
    for (; b + 2 <= batch; b += 2) {
      const Results to{out + b * out_stride + r, out_stride};
      tile<4, 2>(row, w_stride, x + b * x_stride, x_stride, to, cols);
      tile<4, 2>(row + 4 * w_stride, w_stride, x + b * x_stride, x_stride, {to.out + 4, out_stride}, cols);
    }
    for (; b < batch; ++b) {
      tile<8, 1>(row, w_stride, x + b * x_stride, x_stride, {out + b * out_stride + r, out_stride}, cols);
    }
  }
  for (; r < rows; ++r) {
    for (size_t b = 0; b < batch; ++b) {
      tile<1, 1>(w + r * w_stride, w_stride, x + b * x_stride, x_stride, {out + b * out_stride + r, out_stride}, cols);
    }
  }
}

// 2^y = e^x as a fixed-point number with 32 bits behind the point, in two words.
struct Logarithm {
  uint32x4_t whole;
  uint32x4_t fraction;
};
THIMBLE_NEON Logarithm binary_logarithm(uint32x4_t magnitude, int32x4_t sign) {
  const uint32x4_t mantissa =
      vshlq_n_u32(vorrq_u32(vandq_u32(magnitude, vdupq_n_u32(0x007fffff)), vdupq_n_u32(0x00800000)), 8);
  const uint32x4_t small = mul_high(mantissa, vdupq_n_u32(0x5c17f0bc));
  const int32x4_t left = vsubq_s32(vreinterpretq_s32_u32(vshrq_n_u32(magnitude, 23)), vdupq_n_s32(157));
  const auto half =
      [](uint64x2_t product, uint32x2_t more, int32x2_t shift, int32x2_t minus) __attribute__((always_inline)) {
    const uint64x2_t size = vshlq_u64(vaddw_u32(product, more), vmovl_s32(shift));
    const int64x2_t mask = vmovl_s32(minus);
    return vreinterpretq_u32_s64(vsubq_s64(veorq_s64(vreinterpretq_s64_u64(size), mask), mask));
  };
  const uint32x4_t factor = vdupq_n_u32(0xb8aa3b29);
  const uint32x4_t low = half(vmull_u32(vget_low_u32(mantissa), vget_low_u32(factor)), vget_low_u32(small),
                              vget_low_s32(left), vget_low_s32(sign));
  const uint32x4_t high =
      half(vmull_high_u32(mantissa, factor), vget_high_u32(small), vget_high_s32(left), vget_high_s32(sign));
  return {vuzp2q_u32(low, high), vuzp1q_u32(low, high)};
}

// exp_f32() of four. Steps and constants: docs/NUMERICS.md.
THIMBLE_NEON float32x4_t exp(float32x4_t x) {
  const uint32x4_t bits = vreinterpretq_u32_f32(x);
  const uint32x4_t magnitude = vandq_u32(bits, vdupq_n_u32(0x7fffffff));
  const int32x4_t sign = vshrq_n_s32(vreinterpretq_s32_u32(bits), 31);
  const Logarithm y = binary_logarithm(magnitude, sign);
  uint32x4_t p = vdupq_n_u32(0x00015bd3);
  for (const uint32_t c : {0x00099317u, 0x0057bf1au, 0x02763464u, 0x0e3589f8u, 0x3d7f7ba6u, 0xb17217f9u}) {
    p = vaddq_u32(vdupq_n_u32(c), mul_high(y.fraction, p));
  }
  p = mul_high(y.fraction, p);
  const uint32x4_t fraction = vshrq_n_u32(vaddq_u32(vshrq_n_u32(p, 8), vdupq_n_u32(1)), 1);
  uint32x4_t result = vaddq_u32(vshlq_n_u32(vaddq_u32(y.whole, vdupq_n_u32(127)), 23), fraction);
  const auto choose = [&](uint32x4_t where, uint32_t value) __attribute__((always_inline)) {
    result = vbslq_u32(where, vdupq_n_u32(value), result);
  };
  const auto above = [&](uint32_t limit) __attribute__((always_inline)) {
    return vcgtq_u32(magnitude, vdupq_n_u32(limit));
  };
  const uint32x4_t negative = vreinterpretq_u32_s32(sign);
  choose(vmvnq_u32(above(0x327fffff)), 0x3f800000);            // |x| < 2^-26: 1
  choose(vandq_u32(above(0x42aeac4f), negative), 0);           // x < -87.3365402
  choose(vbicq_u32(above(0x42b17217), negative), 0x7f800000);  // x > 88.7228317
  choose(above(0x7f800000), kCanonicalNan);
  return vreinterpretq_f32_u32(result);
}

}  // namespace

void matmul_f32_neon(const float* w, size_t w_stride, const float* x, size_t x_stride, float* out, size_t out_stride,
                     size_t rows, size_t cols, size_t batch) {
  matmul(w, w_stride, x, x_stride, out, out_stride, rows, cols, batch);
}

void matmul_f16_neon(const uint16_t* w, size_t w_stride, const float* x, size_t x_stride, float* out, size_t out_stride,
                     size_t rows, size_t cols, size_t batch) {
  matmul(w, w_stride, x, x_stride, out, out_stride, rows, cols, batch);
}

void rms_norm_f32_neon(float* out, const float* x, const float* weight, size_t n, float eps) {
  float squares = 0;
  tile<1, 1>(x, n, x, n, {&squares, 1}, n);
  const float mean_square = divide_f32(squares, static_cast<float>(static_cast<uint32_t>(n)));
  const float32x4_t scale = vdupq_n_f32(rsqrt_f32(mean_square + eps));
  for (size_t i = 0; i < n; i += kWidth) {
    store(out + i, vmulq_f32(load(weight + i, n - i), vmulq_f32(load(x + i, n - i), scale)), n - i);
  }
}

void rope_f32_neon(float* x, const float* cos_sin, size_t n_heads, size_t head_dim) {
  constexpr uint32_t kNegativeEven[kWidth] = {0x80000000, 0, 0x80000000, 0};
  const uint32x4_t negative_even = vld1q_u32(kNegativeEven);
  for (size_t head = 0; head < n_heads; ++head) {
    float* h = x + head * head_dim;
    for (size_t i = 0; i < head_dim; i += kWidth) {
      const float32x4_t pair = load(h + i, head_dim - i);        // x0 x1
      const float32x4_t turn = load(cos_sin + i, head_dim - i);  // c  s
      const float32x4_t swapped = vrev64q_f32(pair);             // x1 x0
      const float32x4_t c = vtrn1q_f32(turn, turn);              // c  c
      const auto s =
          vreinterpretq_f32_u32(veorq_u32(vreinterpretq_u32_f32(vtrn2q_f32(turn, turn)), negative_even));  // -s s
      // x0 c + x1 -s and x1 c + x0 s, which is x0 s + x1 c
      store(h + i, vaddq_f32(vmulq_f32(pair, c), vmulq_f32(swapped, s)), head_dim - i);
    }
  }
}

void softmax_f32_neon(float* x, size_t n, float scale) {
  // A NaN anywhere becomes the largest; whatever is taken then, all of x becomes NaN.
  float most = x[0];
  size_t whole = 0;
  if (n >= kWidth) {
    float32x4_t most_of = vld1q_f32(x);
    for (whole = kWidth; whole + kWidth <= n; whole += kWidth) most_of = vmaxq_f32(most_of, vld1q_f32(x + whole));
    most = vmaxvq_f32(most_of);
  }
  for (; whole < n; ++whole) most = x[whole] > most ? x[whole] : most;
  const float32x4_t max = vdupq_n_f32(most);
  const float32x4_t factor = vdupq_n_f32(scale);
  const auto exponentials = [&](size_t i) __attribute__((always_inline)) {
    if (i >= n) return vdupq_n_f32(0);
    const float32x4_t e = exp(vmulq_f32(factor, vsubq_f32(load(x + i, n - i), max)));
    store(x + i, e, n - i);
    return vreinterpretq_f32_u32(vandq_u32(vreinterpretq_u32_f32(e), first(n - i)));
  };
  Eight sums = {vdupq_n_f32(0), vdupq_n_f32(0)};
  for (size_t i = 0; i < n; i += kLanes) {
    sums.low = vaddq_f32(sums.low, exponentials(i));
    sums.high = vaddq_f32(sums.high, exponentials(i + kWidth));
  }
  const float32x4_t inverse = vdupq_n_f32(reciprocal_f32(add_tree(sums)));
  for (size_t i = 0; i < n; i += kWidth) store(x + i, vmulq_f32(load(x + i, n - i), inverse), n - i);
}

void silu_mul_f32_neon(float* gate, const float* up, size_t n) {
  const float32x4_t lowest = vdupq_n_f32(-88.7228317f);  // the last whose exp(-x) is finite
  for (size_t i = 0; i < n; i += kWidth) {
    const float32x4_t x = load(gate + i, n - i);
    const float32x4_t denominator = vaddq_f32(vdupq_n_f32(1.0f), exp(vnegq_f32(x)));
    const float32x4_t silu = vbslq_f32(vcltq_f32(x, lowest), vdupq_n_f32(-0.0f), vdivq_f32(x, denominator));
    store(gate + i, vmulq_f32(silu, load(up + i, n - i)), n - i);
  }
}

void add_f32_neon(float* x, const float* y, size_t n) {
  for (size_t i = 0; i < n; i += kWidth) store(x + i, vaddq_f32(load(x + i, n - i), load(y + i, n - i)), n - i);
}

}  // namespace thimble

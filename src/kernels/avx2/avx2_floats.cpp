// Strategy: the eight lanes of a sum (base/math.h) are one register, and a lane adds in the order of the definition.
// Rows of four streams, or four rows by two vectors, hide the latency of the additions; the trees of eight sums are one
// network of shuffles. Columns that are not there count as +0, which changes no lane: none is ever -0.
//
// exp is the integer algorithm of base/math.cpp on lanes of 64 bits; the quotient of silu is correctly rounded by
// definition, so the processor's own will do.

#include "base/math.h"
#include "kernels/avx2/avx2_kernels.h"
#include "kernels/avx2/avx2_streams.h"

namespace thimble {

using namespace avx2;

namespace {

THIMBLE_AVX2 __m256 load(const float* p) { return _mm256_loadu_ps(p); }
THIMBLE_AVX2 __m256 load(const uint16_t* p) {
  return _mm256_cvtph_ps(_mm_loadu_si128(reinterpret_cast<const __m128i*>(p)));
}
THIMBLE_AVX2 __m256 load_some(const float* p, size_t left) { return avx2::load(p, left); }
THIMBLE_AVX2 __m256 load_some(const uint16_t* p, size_t left) { return _mm256_cvtph_ps(load_small(p, left)); }

// The trees of eight sums: ((0+4)+(2+6)) + ((1+5)+(3+7)) of each row. Result r: row r.
THIMBLE_AVX2 __m256 add_trees(const __m256 (&rows)[8]) {
  __m256 halves[4];  // rows k and k + 4: lanes 0+4, 1+5, 2+6, 3+7 of each
  for (size_t k = 0; k < 4; ++k) {
    halves[k] = _mm256_add_ps(_mm256_permute2f128_ps(rows[k], rows[k + 4], 0x20),
                              _mm256_permute2f128_ps(rows[k], rows[k + 4], 0x31));
  }
  const auto even_and_odd = [](__m256 a, __m256 b) __attribute__((always_inline)) {
    const __m256d x = _mm256_castps_pd(a);
    const __m256d y = _mm256_castps_pd(b);
    return _mm256_add_ps(_mm256_castpd_ps(_mm256_unpacklo_pd(x, y)), _mm256_castpd_ps(_mm256_unpackhi_pd(x, y)));
  };
  return _mm256_hadd_ps(even_and_odd(halves[0], halves[1]), even_and_odd(halves[2], halves[3]));
}

THIMBLE_AVX2 float add_tree(__m256 lanes) {
  const __m128 halves = _mm_add_ps(_mm256_castps256_ps128(lanes), _mm256_extractf128_ps(lanes, 1));
  const __m128 even_and_odd = _mm_add_ps(halves, _mm_movehl_ps(halves, halves));
  return _mm_cvtss_f32(_mm_add_ss(even_and_odd, _mm_movehdup_ps(even_and_odd)));
}

// Where the result of row r and vector b goes: out[r * row_stride + b * batch_stride].
struct Results {
  float* out;
  size_t row_stride;
  size_t batch_stride;
};

THIMBLE_AVX2 void store_four(float* out, size_t stride, __m128 v) {
  if (stride == 1) return _mm_storeu_ps(out, v);
  for (size_t i = 0; i < 4; ++i) {
    _mm_store_ss(out + i * stride, v);
    v = _mm_shuffle_ps(v, v, 0x39);  // the next one first
  }
}

// Asks for a line, into the outer cache: the nearest is full of vectors. A hint cannot fault, and integers may point
// anywhere.
template <class Weight>
THIMBLE_AVX2 void prefetch(const Weight* row, size_t elements) {
  __builtin_prefetch(reinterpret_cast<const void*>(reinterpret_cast<uintptr_t>(row) + elements * sizeof(Weight)), 0, 2);
}

// kRows rows times kBatch vectors: four by one or two, or one by one. kAhead: asks for the row that is `ahead` elements
// behind the first.
template <size_t kRows, size_t kBatch, bool kAhead = false, class Weight>
THIMBLE_AVX2 void tile(const Weight* w, size_t w_stride, const float* x, size_t x_stride, const Results& to,
                       size_t cols, size_t ahead = 0) {
  __m256 sums[8] = {};
  const auto step = [&](size_t i) __attribute__((always_inline)) {
    __m256 v[kBatch];
    for (size_t b = 0; b < kBatch; ++b) v[b] = load(x + b * x_stride + i);
    for (size_t r = 0; r < kRows; ++r) {
      __m256 weights = load(w + r * w_stride + i);
      asm("" : "+x"(weights));  // or gcc reads them once for each vector
      for (size_t b = 0; b < kBatch; ++b) {
        sums[b * kRows + r] = _mm256_add_ps(sums[b * kRows + r], _mm256_mul_ps(weights, v[b]));
      }
    }
  };
  size_t i = 0;
  if constexpr (kAhead) {
    constexpr size_t kLine = 64 / sizeof(Weight);
    for (; i + kLine <= cols; i += kLine) {
      prefetch(w, ahead + i);
      for (size_t k = 0; k < kLine; k += kLanes) step(i + k);
    }
  }
  for (; i + kLanes <= cols; i += kLanes) step(i);
  if (i < cols) {
    for (size_t r = 0; r < kRows; ++r) {
      const __m256 weights = load_some(w + r * w_stride + i, cols - i);
      for (size_t b = 0; b < kBatch; ++b) {
        const __m256 v = load_some(x + b * x_stride + i, cols - i);
        sums[b * kRows + r] = _mm256_add_ps(sums[b * kRows + r], _mm256_mul_ps(weights, v));
      }
    }
  }
  if constexpr (kRows * kBatch == 1) {
    *to.out = add_tree(sums[0]);
  } else {
    static_assert(kRows == 4);
    const __m256 results = add_trees(sums);
    store_four(to.out, to.row_stride, _mm256_castps256_ps128(results));
    if constexpr (kBatch == 2) store_four(to.out + to.batch_stride, to.row_stride, _mm256_extractf128_ps(results, 1));
  }
}

// One vector times four parts of the rows side by side, each row by row, as avx2_streams.h does with quantised ones.
// Returns how many rows that are: those of the streams that go by pairs.
template <class Weight>
THIMBLE_AVX2 size_t multiply_one(const Weight* w, size_t w_stride, const float* x, float* out, size_t rows,
                                 size_t cols) {
  const size_t each = rows / (2 * kStreams) * 2;
  for (size_t r = 0; r < each; r += 2) {
    __m256 sums[8];  // stream by stream, of two rows
    for (size_t pair = 0; pair < 2; ++pair) {
      const Weight* row = w + (r + pair) * w_stride;
      __m256 sum[kStreams] = {};
      size_t i = 0;
      for (; i + kLanes <= cols; i += kLanes) {
        const __m256 v = load(x + i);
        for (size_t s = 0; s < kStreams; ++s) {
          sum[s] = _mm256_add_ps(sum[s], _mm256_mul_ps(load(row + s * each * w_stride + i), v));
        }
      }
      for (size_t s = 0; s < kStreams; ++s) {
        if (i < cols) {
          const __m256 v = load_some(x + i, cols - i);
          sum[s] = _mm256_add_ps(sum[s], _mm256_mul_ps(load_some(row + s * each * w_stride + i, cols - i), v));
        }
        sums[2 * s + pair] = sum[s];
      }
    }
    const __m256 results = add_trees(sums);
    const __m128 low = _mm256_castps256_ps128(results);
    const __m128 high = _mm256_extractf128_ps(results, 1);
    const auto to = [&](size_t s) { return reinterpret_cast<__m64*>(out + s * each + r); };
    _mm_storel_pi(to(0), low);
    _mm_storeh_pi(to(1), low);
    _mm_storel_pi(to(2), high);
    _mm_storeh_pi(to(3), high);
  }
  return each * kStreams;
}

// Some vectors times four rows at a time, two vectors at a time; the rows are those of the streams where they are long,
// else neighbours, whose results are, too. Every two vectors ask for the row after next of another stream. Returns how
// many rows that are.
template <class Weight>
THIMBLE_AVX2 size_t multiply_some(const Weight* w, size_t w_stride, const float* x, size_t x_stride, float* out,
                                  size_t out_stride, size_t rows, size_t cols, size_t batch) {
  const size_t each = rows / kStreams;
  const size_t apart = cols >= kLongRow ? each : 1;
  for (size_t i = 0; i < each; ++i) {
    const size_t r = apart == 1 ? i * kStreams : i;
    const Weight* row = w + r * w_stride;
    const auto to = [&](size_t b) { return Results{out + b * out_stride + r, apart, out_stride}; };
    size_t b = 0;
    for (; b + 2 <= batch; b += 2) {
      const float* v = x + b * x_stride;
      if (apart == 1) {
        tile<kStreams, 2>(row, w_stride, v, x_stride, to(b), cols);
      } else {
        const size_t ahead = (b / 2 % kStreams * apart + 2) * w_stride;
        tile<kStreams, 2, true>(row, apart * w_stride, v, x_stride, to(b), cols, ahead);
      }
    }
    if (b < batch) tile<kStreams, 1>(row, apart * w_stride, x + b * x_stride, x_stride, to(b), cols);
  }
  return each * kStreams;
}

template <class Weight>
THIMBLE_AVX2 void matmul(const Weight* w, size_t w_stride, const float* x, size_t x_stride, float* out,
                         size_t out_stride, size_t rows, size_t cols, size_t batch) {
  const size_t done = batch == 1 ? multiply_one(w, w_stride, x, out, rows, cols)
                                 : multiply_some(w, w_stride, x, x_stride, out, out_stride, rows, cols, batch);
  for (size_t r = done; r < rows; ++r) {
    for (size_t b = 0; b < batch; ++b) {
      tile<1, 1>(w + r * w_stride, w_stride, x + b * x_stride, x_stride, {out + b * out_stride + r, 0, 0}, cols);
    }
  }
}

// high() of base/math.cpp, of the lower words of lanes of 64 bits.
THIMBLE_AVX2 __m256i high(__m256i a, __m256i b) { return odd(_mm256_mul_epu32(a, b)); }

// The bits of e^x in the lower word of each lane of 64 bits, for floats whose result is neither special nor 1;
// `magnitude` without its sign, `sign` all ones where x is negative. Steps and constants: docs/NUMERICS.md.
THIMBLE_AVX2 __m256i exp_lanes(__m256i magnitude, __m256i sign) {
  const auto constant = [](uint32_t c) __attribute__((always_inline)) {
    return _mm256_set1_epi64x(static_cast<int64_t>(c));
  };
  const __m256i hidden_bit = constant(0x00800000);
  const __m256i mantissa =
      _mm256_slli_epi64(_mm256_or_si256(_mm256_and_si256(magnitude, constant(0x007fffff)), hidden_bit), 8);
  const __m256i product =
      _mm256_add_epi64(_mm256_mul_epu32(mantissa, constant(0xb8aa3b29)), high(mantissa, constant(0x5c17f0bc)));
  const __m256i shift = _mm256_sub_epi64(constant(157), _mm256_srli_epi64(magnitude, 23));
  const __m256i y = _mm256_sub_epi64(_mm256_xor_si256(_mm256_srlv_epi64(product, shift), sign), sign);
  __m256i p = constant(0x00015bd3);
  p = _mm256_add_epi64(constant(0x00099317), high(y, p));
  p = _mm256_add_epi64(constant(0x0057bf1a), high(y, p));
  p = _mm256_add_epi64(constant(0x02763464), high(y, p));
  p = _mm256_add_epi64(constant(0x0e3589f8), high(y, p));
  p = _mm256_add_epi64(constant(0x3d7f7ba6), high(y, p));
  p = _mm256_add_epi64(constant(0xb17217f9), high(y, p));
  p = high(y, p);
  const __m256i fraction = _mm256_srli_epi64(_mm256_add_epi64(_mm256_srli_epi64(p, 8), constant(1)), 1);
  const __m256i exponent = _mm256_add_epi32(odd(y), constant(127));
  return _mm256_add_epi32(_mm256_slli_epi64(exponent, 23), fraction);
}

// exp_f32() of eight.
THIMBLE_AVX2 __m256 exp(__m256 x) {
  const __m256i bits = _mm256_castps_si256(x);
  const __m256i magnitude = _mm256_and_si256(bits, _mm256_set1_epi32(0x7fffffff));
  const __m256i sign = _mm256_srai_epi32(bits, 31);
  const __m256i low_words = _mm256_set1_epi64x(0xffffffff);
  const __m256i even_sign = _mm256_shuffle_epi32(sign, 0xa0);
  const __m256i odd_sign = _mm256_shuffle_epi32(sign, 0xf5);
  __m256i result =
      interleave(exp_lanes(_mm256_and_si256(magnitude, low_words), even_sign), exp_lanes(odd(magnitude), odd_sign));
  const auto choose = [&](__m256i where, uint32_t value) __attribute__((always_inline)) {
    result = _mm256_blendv_epi8(result, _mm256_set1_epi32(static_cast<int>(value)), where);
  };
  const auto above = [&](uint32_t limit) __attribute__((always_inline)) {
    return _mm256_cmpgt_epi32(magnitude, _mm256_set1_epi32(static_cast<int>(limit)));
  };
  choose(_mm256_xor_si256(above(0x327fffff), _mm256_set1_epi32(-1)), 0x3f800000);  // |x| < 2^-26: 1
  choose(_mm256_and_si256(above(0x42aeac4f), sign), 0);                            // x < -87.3365402
  choose(_mm256_andnot_si256(sign, above(0x42b17217)), 0x7f800000);                // x > 88.7228317
  choose(above(0x7f800000), kCanonicalNan);
  return _mm256_castsi256_ps(result);
}

}  // namespace

void matmul_f32_avx2(const float* w, size_t w_stride, const float* x, size_t x_stride, float* out, size_t out_stride,
                     size_t rows, size_t cols, size_t batch) {
  matmul(w, w_stride, x, x_stride, out, out_stride, rows, cols, batch);
}

void matmul_f16_avx2(const uint16_t* w, size_t w_stride, const float* x, size_t x_stride, float* out, size_t out_stride,
                     size_t rows, size_t cols, size_t batch) {
  matmul(w, w_stride, x, x_stride, out, out_stride, rows, cols, batch);
}

void rms_norm_f32_avx2(float* out, const float* x, const float* weight, size_t n, float eps) {
  float squares = 0;
  tile<1, 1>(x, n, x, n, {&squares, 0, 0}, n);
  const float mean_square = divide_f32(squares, static_cast<float>(static_cast<uint32_t>(n)));
  const __m256 scale = _mm256_set1_ps(rsqrt_f32(mean_square + eps));
  for (size_t i = 0; i < n; i += kLanes) {
    const __m256 scaled = _mm256_mul_ps(load_some(x + i, n - i), scale);
    store(out + i, _mm256_mul_ps(load_some(weight + i, n - i), scaled), n - i);
  }
}

void rope_f32_avx2(float* x, const float* cos_sin, size_t n_heads, size_t head_dim) {
  const __m256 negative_even = _mm256_setr_ps(-0.0f, 0.0f, -0.0f, 0.0f, -0.0f, 0.0f, -0.0f, 0.0f);
  for (size_t head = 0; head < n_heads; ++head) {
    float* h = x + head * head_dim;
    for (size_t i = 0; i < head_dim; i += kLanes) {
      const __m256 pair = load_some(h + i, head_dim - i);                       // x0 x1
      const __m256 turn = load_some(cos_sin + i, head_dim - i);                 // c  s
      const __m256 swapped = _mm256_permute_ps(pair, 0xb1);                     // x1 x0
      const __m256 c = _mm256_moveldup_ps(turn);                                // c  c
      const __m256 s = _mm256_xor_ps(_mm256_movehdup_ps(turn), negative_even);  // -s s
      // x0 c + x1 -s and x1 c + x0 s, which is x0 s + x1 c
      store(h + i, _mm256_add_ps(_mm256_mul_ps(pair, c), _mm256_mul_ps(swapped, s)), head_dim - i);
    }
  }
}

void softmax_f32_avx2(float* x, size_t n, float scale) {
  // max takes its second operand where one is NaN; whichever it takes, all of x becomes NaN.
  __m256 most = _mm256_set1_ps(x[0]);
  for (size_t i = 0; i < n; i += kLanes) {
    const __m256 v = load_some(x + i, n - i);
    most = n - i >= kLanes ? _mm256_max_ps(v, most)
                           : _mm256_blendv_ps(most, _mm256_max_ps(v, most), _mm256_castsi256_ps(first(n - i)));
  }
  __m128 half = _mm_max_ps(_mm256_castps256_ps128(most), _mm256_extractf128_ps(most, 1));
  half = _mm_max_ps(half, _mm_movehl_ps(half, half));
  half = _mm_max_ps(half, _mm_movehdup_ps(half));
  const __m256 max = _mm256_broadcastss_ps(half);
  const __m256 factor = _mm256_set1_ps(scale);
  __m256 sums = _mm256_setzero_ps();
  for (size_t i = 0; i < n; i += kLanes) {
    __m256 e = exp(_mm256_mul_ps(factor, _mm256_sub_ps(load_some(x + i, n - i), max)));
    if (n - i < kLanes) e = _mm256_and_ps(e, _mm256_castsi256_ps(first(n - i)));
    sums = _mm256_add_ps(sums, e);
    store(x + i, e, n - i);
  }
  const __m256 inverse = _mm256_set1_ps(reciprocal_f32(add_tree(sums)));
  for (size_t i = 0; i < n; i += kLanes) {
    store(x + i, _mm256_mul_ps(load_some(x + i, n - i), inverse), n - i);
  }
}

void silu_mul_f32_avx2(float* gate, const float* up, size_t n) {
  const __m256 sign = _mm256_set1_ps(-0.0f);
  const __m256 lowest = _mm256_set1_ps(-88.7228317f);  // the last whose exp(-x) is finite
  for (size_t i = 0; i < n; i += kLanes) {
    const __m256 x = load_some(gate + i, n - i);
    const __m256 below = _mm256_cmp_ps(x, lowest, _CMP_LT_OQ);
    const __m256 denominator = _mm256_add_ps(_mm256_set1_ps(1.0f), exp(_mm256_xor_ps(x, sign)));
    const __m256 silu = _mm256_blendv_ps(_mm256_div_ps(x, denominator), sign, below);
    store(gate + i, _mm256_mul_ps(silu, load_some(up + i, n - i)), n - i);
  }
}

void add_f32_avx2(float* x, const float* y, size_t n) {
  for (size_t i = 0; i < n; i += kLanes) {
    store(x + i, _mm256_add_ps(load_some(x + i, n - i), load_some(y + i, n - i)), n - i);
  }
}

}  // namespace thimble

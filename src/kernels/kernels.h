// The one interface between the engine and the arithmetic. A kernel knows pointers, shapes and strides, never the
// model. docs/NUMERICS.md defines every result to the last bit; all implementations agree with ref/.
//
// Preconditions of all: pointers aligned to their element, weight rows to 16 bytes; strides counted in elements;
// outputs do not overlap inputs unless the comment says so. Integer vectors:
//   wide    int32, |x| < 2^30
//   narrow  int8, |x| <= 127; zero from its length up to the next multiple of kVectorPadding (quantized_layout.h),
//           starting on 16 bytes
#pragma once

#include <cstddef>
#include <cstdint>
#include <type_traits>
#include <utility>

#include "base/fixed.h"
#include "kernels/heads.h"
#include "kernels/units.h"

namespace thimble {

inline constexpr size_t kMostLookedThrough = 256;  // rows that find_above_f32 takes at once

// What weigh_i8 leaves for mix_i8 and for the scale of its result.
struct AttentionWeights {
  uint32_t sum = 0;     // of the exponentials, in units of 2^-kExp2Fraction; 1 at least
  uint32_t octave = 0;  // the highest code_octave() among the values' codes
};

inline constexpr size_t kMostBatch = 8;  // vectors that a matrix product takes at once

struct Kernels {
  const char* name;  // "ref"

  // --- f32 ---

  // out[b * out_stride + r] = dot(w + r * w_stride, x + b * x_stride, cols), r < rows, b < batch.
  // w: [rows, cols], batch 1..kMostBatch. Serves weights, attention scores (w: keys) and the mix (w: values,
  // transposed).
  void (*matmul_f32)(const float* w, size_t w_stride, const float* x, size_t x_stride, float* out, size_t out_stride,
                     size_t rows, size_t cols, size_t batch);

  // The same with weights in half precision (IEEE-754 binary16), each widened before it is multiplied.
  void (*matmul_f16)(const uint16_t* w, size_t w_stride, const float* x, size_t x_stride, float* out, size_t out_stride,
                     size_t rows, size_t cols, size_t batch);

  // out[i] = weight[i] * (x[i] * rsqrt(dot(x, x) / n + eps)). x, weight, out: [n]; out may be x.
  void (*rms_norm_f32)(float* out, const float* x, const float* weight, size_t n, float eps);

  // Rotates the pairs (x[2i], x[2i+1]) of every head by the angle whose cosine and sine stand at
  // cos_sin[2i], cos_sin[2i+1]. x: [n_heads, head_dim], in place; head_dim even.
  void (*rope_f32)(float* x, const float* cos_sin, size_t n_heads, size_t head_dim);

  // x[i] = exp(scale * (x[i] - max)) / sum. x: [n], n >= 1, in place; scale > 0.
  void (*softmax_f32)(float* x, size_t n, float scale);

  // gate[i] = silu(gate[i]) * up[i]. [n], gate in place.
  void (*silu_mul_f32)(float* gate, const float* up, size_t n);

  // x[i] += y[i]. [n], x in place.
  void (*add_f32)(float* x, const float* y, size_t n);

  // --- logits, by their bits: for samplers ---

  // The place of the first x whose bits are the most, as a signed number: of numbers above zero, if there are any, the
  // highest. n >= 1.
  size_t (*find_most_f32)(const float* x, size_t n);

  // The places, in order, of each x with (bits ^ flip) > bar; flip is 0 or 0x7fffffff. Returns how many. found: [n],
  // n <= kMostLookedThrough
  size_t (*find_above_f32)(uint8_t* found, const float* x, size_t n, int32_t flip, int32_t bar);

  // --- integers ---

  // Rows first_row .. first_row + rows - 1 of a q8 matrix, for `batch` narrow vectors (1..kMostBatch):
  // out[b * out_stride + i] = floor(acc * row scale / 2^row_shift(cols)), wide, with acc the exact dot product of
  // row first_row + i and x + b * x_stride. cols <= 65536. x_stride: a multiple of kVectorPadding.
  void (*matmul_q8)(const std::byte* panels, size_t cols, size_t first_row, size_t rows, const int8_t* x,
                    size_t x_stride, int32_t* out, size_t out_stride, size_t batch);

  // The same for a q4 matrix, whose weights are nibble * group scale.
  void (*matmul_q4)(const std::byte* panels, size_t cols, size_t first_row, size_t rows, const int8_t* x,
                    size_t x_stride, int32_t* out, size_t out_stride, size_t batch);

  // out[i] = floor(x[i] * weight[i] / 2^kNormShift), wide. Returns the sum of floor(x[i] / 2^kNormSquareShift)^2.
  // |x[i]| < 2^kStreamBits, n <= 65536; out may be x.
  uint64_t (*norm_i32)(int32_t* out, const int32_t* x, const int16_t* weight, size_t n);

  // The largest |x[i]|; 0 for n = 0.
  uint32_t (*max_abs_i32)(const int32_t* x, size_t n);

  // The narrow vector nearest to x * 127 / largest, where largest = max_abs(x), which is returned; zeros up to padded.
  uint32_t (*quantize_i8)(int8_t* out, const int32_t* x, size_t n, size_t padded);

  // out[i] = narrowed(x[i], m); zeros from n up to padded. out may start anywhere.
  void (*rescale_i8)(int8_t* out, const int32_t* x, size_t n, size_t padded, Multiplier m);

  // x[i] = shifted(x[i], x_shift) + scaled(y[i] << y_lift, m). The caller chooses them so that
  // |x[i]| < 2^kStreamBits after it and |y[i] << y_lift| < 2^31.
  void (*add_i32)(int32_t* x, int32_t x_shift, const int32_t* y, int32_t y_lift, Multiplier m, size_t n);

  // As rope_f32 for wide vectors: cos_sin in units of 2^-kRotationFraction, and x' = rotated x / 2^kRotationShift.
  void (*rope_i32)(int32_t* x, const int32_t* cos_sin, size_t n_heads, size_t head_dim);

  // gate[i] = silu(g) * up[i] / 2^kGatedShift, wide, with g = scaled(gate[i], to_q16) the gate in units of
  // 2^-kGateFraction. gate in place; both wide.
  void (*silu_mul_i32)(int32_t* gate, const int32_t* up, Multiplier to_q16, size_t n);

  // out[i] = scaled(x[i], to_q16) / 2^kLogitFraction, rounded to f32.
  void (*logits_i32)(float* out, const int32_t* x, Multiplier to_q16, size_t n);

  // Scores of one head, in units of 2^-kScoreFraction: with v = dot(key t, q) * code_mantissa(codes[t]),
  // y[t] = scaled(v, {m.mantissa, m.shift - code_octave(codes[t])}), t < length.
  // keys: int8 [length, key_stride], key_stride a multiple of 8 and zero from head_dim on; q: int8 [key_stride], the
  // same. head_dim <= 8192.
  void (*scores_i8)(int32_t* y, const int8_t* keys, size_t key_stride, const uint8_t* codes, const int8_t* q,
                    size_t head_dim, size_t length, Multiplier m);

  // Softmax without its division, times the scale of the values: with p[t] = 2^15 * 2^(-(max y - y[t]) / 256) from a
  // table, a[t] = p[t] * code_mantissa(codes[t]) / 2^(kWeightShift + octave - code_octave(codes[t])), rounded, at most
  // kMostWeight. length >= 1, at most 65536.
  AttentionWeights (*weigh_i8)(uint16_t* a, const int32_t* y, const uint8_t* codes, size_t length);

  // out[d] = floor(sum over t < length of a[t] * values[d * value_stride + t] / 2^shift), d < head_dim; the sum is
  // exact. values: int8 [head_dim, value_stride], value_stride a multiple of 16. length <= 65536.
  void (*mix_i8)(int32_t* out, const int8_t* values, size_t value_stride, const uint16_t* a, size_t head_dim,
                 size_t length, int32_t shift);

#if defined(THIMBLE_HEAD_KERNELS)
  // Null in sets that would gain nothing by it: the engine then does with the kernels above.
  const HeadKernels* heads = nullptr;
#endif
};

// The set's kernels for all heads, or null. A constant where programs have to be small.
constexpr const HeadKernels* head_kernels([[maybe_unused]] const Kernels& kernels) {
#if defined(THIMBLE_HEAD_KERNELS)
  return kernels.heads;
#else
  return nullptr;
#endif
}

// The type of a kernel: Kernel<&Kernels::add_f32> add_f32_ref; declares one.
template <auto kMember>
using Kernel = std::remove_pointer_t<std::remove_cvref_t<decltype(std::declval<Kernels>().*kMember)>>;

// What the library uses on this machine: the best set of registry.h.
const Kernels& library_kernels();

// What an engine that is made now uses: library_kernels(), unless the program defines this function itself, to measure
// kernels, say.
const Kernels& active_kernels();

// Calls since the program began whose output differed from the oracle's in a bit (any NaN equals any NaN). Only builds
// with the CMake option THIMBLE_CHECK_KERNELS look (checked/checked_kernels.h).
#if defined(THIMBLE_CHECK_KERNELS)
uint64_t kernel_mismatches();
#else
constexpr uint64_t kernel_mismatches() { return 0; }
#endif

}  // namespace thimble

// The one interface between the engine and the arithmetic. A kernel knows pointers, shapes and strides, never the
// model. docs/NUMERICS.md defines every result to the last bit; all implementations agree with ref/.
//
// Preconditions of all: pointers aligned to their element, weight rows to 16 bytes; strides counted in elements;
// outputs do not overlap inputs unless the comment says so.
#pragma once

#include <cstddef>

namespace thimble {

struct Kernels {
  const char* name;  // "ref"

  // out[b * out_stride + r] = dot(w + r * w_stride, x + b * x_stride, cols), r < rows, b < batch.
  // w: [rows, cols], batch 1..8. Serves weights, attention scores (w: keys) and the mix (w: values, transposed).
  void (*matmul_f32)(const float* w, size_t w_stride, const float* x, size_t x_stride, float* out, size_t out_stride,
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
};

// The oracle: plain scalar code that reads like the definition. Always built.
extern const Kernels kRefKernels;

// What the engine uses on this machine.
const Kernels& active_kernels();

}  // namespace thimble

// The oracle: each function is its definition in kernels.h, written once more in C++.

#include "kernels/ref/ref_kernels.h"

#include <bit>

#include "base/math.h"

namespace thimble {

void matmul_f32_ref(const float* w, size_t w_stride, const float* x, size_t x_stride, float* out, size_t out_stride,
                    size_t rows, size_t cols, size_t batch) {
  for (size_t b = 0; b < batch; ++b) {
    for (size_t r = 0; r < rows; ++r) {
      out[b * out_stride + r] = dot_f32(w + r * w_stride, x + b * x_stride, cols);
    }
  }
}

void matmul_f16_ref(const uint16_t* w, size_t w_stride, const float* x, size_t x_stride, float* out, size_t out_stride,
                    size_t rows, size_t cols, size_t batch) {
  for (size_t b = 0; b < batch; ++b) {
    for (size_t r = 0; r < rows; ++r) {
      float lane[kLanes] = {};
      for (size_t i = 0; i < cols; ++i) lane[i % kLanes] += f32_from_f16(w[r * w_stride + i]) * x[b * x_stride + i];
      out[b * out_stride + r] = add_lanes(lane);
    }
  }
}

void rms_norm_f32_ref(float* out, const float* x, const float* weight, size_t n, float eps) {
  const float mean_square = divide_f32(dot_f32(x, x, n), static_cast<float>(static_cast<uint32_t>(n)));
  const float scale = rsqrt_f32(mean_square + eps);
  for (size_t i = 0; i < n; ++i) out[i] = weight[i] * (x[i] * scale);
}

void rope_f32_ref(float* x, const float* cos_sin, size_t n_heads, size_t head_dim) {
  for (size_t head = 0; head < n_heads; ++head) {
    float* h = x + head * head_dim;
    for (size_t i = 0; i < head_dim; i += 2) {
      const float c = cos_sin[i];
      const float s = cos_sin[i + 1];
      const float x0 = h[i];
      const float x1 = h[i + 1];
      // x0 c - x1 s. Negation is exact; written as a difference beside the sum below, gcc 12 at -O3 with FMA makes one
      // fused vfmaddsub of the two, in spite of -ffp-contract=off.
      h[i] = x0 * c + x1 * -s;
      h[i + 1] = x0 * s + x1 * c;
    }
  }
}

void softmax_f32_ref(float* x, size_t n, float scale) {
  float max = x[0];
  for (size_t i = 1; i < n; ++i) {
    if (x[i] > max) max = x[i];
  }
  for (size_t i = 0; i < n; ++i) x[i] = exp_f32(scale * (x[i] - max));
  const float inverse = reciprocal_f32(sum_f32(x, n));
  for (size_t i = 0; i < n; ++i) x[i] = x[i] * inverse;
}

void silu_mul_f32_ref(float* gate, const float* up, size_t n) {
  for (size_t i = 0; i < n; ++i) gate[i] = silu_f32(gate[i]) * up[i];
}

void add_f32_ref(float* x, const float* y, size_t n) {
  for (size_t i = 0; i < n; ++i) x[i] = x[i] + y[i];
}

size_t find_most_f32_ref(const float* x, size_t n) {
  const float* place = x;
  auto most = std::bit_cast<int32_t>(*x);
  for (const float *at = x, *const end = x + n; at != end; ++at) {
    const auto bits = std::bit_cast<int32_t>(*at);
    if (bits > most) [[unlikely]]
      most = bits, place = at;
  }
  return static_cast<size_t>(place - x);
}

size_t find_above_f32_ref(uint8_t* found, const float* x, size_t n, int32_t flip, int32_t bar) {
  uint8_t* next = found;
  for (const float *at = x, *const end = x + n; at != end; ++at) {
    if ((std::bit_cast<int32_t>(*at) ^ flip) > bar) [[unlikely]]
      *next++ = static_cast<uint8_t>(at - x);
  }
  return static_cast<size_t>(next - found);
}

}  // namespace thimble

// The integer kernels of the checked set.

#include "kernels/checked/comparison.h"
#include "kernels/ref/ref_kernels.h"

namespace thimble::checked {

void matmul_q8(const std::byte* panels, size_t cols, size_t first_row, size_t rows, const int8_t* x, size_t x_stride,
               int32_t* out, size_t out_stride, size_t batch) {
  inner().matmul_q8(panels, cols, first_row, rows, x, x_stride, out, out_stride, batch);
  expect_product("matmul_q8", out, out_stride, rows, batch, [&](size_t b, size_t first, size_t count, int32_t* to) {
    matmul_q8_ref(panels, cols, first_row + first, count, x + b * x_stride, x_stride, to, count, 1);
  });
}

void matmul_q4(const std::byte* panels, size_t cols, size_t first_row, size_t rows, const int8_t* x, size_t x_stride,
               int32_t* out, size_t out_stride, size_t batch) {
  inner().matmul_q4(panels, cols, first_row, rows, x, x_stride, out, out_stride, batch);
  expect_product("matmul_q4", out, out_stride, rows, batch, [&](size_t b, size_t first, size_t count, int32_t* to) {
    matmul_q4_ref(panels, cols, first_row + first, count, x + b * x_stride, x_stride, to, count, 1);
  });
}

uint64_t norm_i32(int32_t* out, const int32_t* x, const int16_t* weight, size_t n) {
  save(x, n);
  const uint64_t squares = inner().norm_i32(out, x, weight, n);
  const uint64_t expected = norm_i32_ref(copy<int32_t>(), copy<int32_t>(), weight, n);
  expect(squares == expected && equal_bits(copy<int32_t>(), out, n), "norm_i32");
  return squares;
}

uint32_t max_abs_i32(const int32_t* x, size_t n) {
  const uint32_t largest = inner().max_abs_i32(x, n);
  expect(largest == max_abs_i32_ref(x, n), "max_abs_i32");
  return largest;
}

uint32_t quantize_i8(int8_t* out, const int32_t* x, size_t n, size_t padded) {
  const uint32_t largest = inner().quantize_i8(out, x, n, padded);
  if (padded > kMaxVector) return largest;
  const uint32_t expected = quantize_i8_ref(copy<int8_t>(), x, n, padded);
  expect(largest == expected && equal_bits(copy<int8_t>(), out, padded), "quantize_i8");
  return largest;
}

void rescale_i8(int8_t* out, const int32_t* x, size_t n, size_t padded, Multiplier m) {
  inner().rescale_i8(out, x, n, padded, m);
  if (padded > kMaxVector) return;
  rescale_i8_ref(copy<int8_t>(), x, n, padded, m);
  expect(equal_bits(copy<int8_t>(), out, padded), "rescale_i8");
}

void add_i32(int32_t* x, int32_t x_shift, const int32_t* y, int32_t y_lift, Multiplier m, size_t n) {
  save(x, n);
  inner().add_i32(x, x_shift, y, y_lift, m, n);
  add_i32_ref(copy<int32_t>(), x_shift, y, y_lift, m, n);
  expect(equal_bits(copy<int32_t>(), x, n), "add_i32");
}

void rope_i32(int32_t* x, const int32_t* cos_sin, size_t n_heads, size_t head_dim) {
  save(x, n_heads * head_dim);
  inner().rope_i32(x, cos_sin, n_heads, head_dim);
  rope_i32_ref(copy<int32_t>(), cos_sin, n_heads, head_dim);
  expect(equal_bits(copy<int32_t>(), x, n_heads * head_dim), "rope_i32");
}

void silu_mul_i32(int32_t* gate, const int32_t* up, Multiplier to_q16, size_t n) {
  save(gate, n);
  inner().silu_mul_i32(gate, up, to_q16, n);
  silu_mul_i32_ref(copy<int32_t>(), up, to_q16, n);
  expect(equal_bits(copy<int32_t>(), gate, n), "silu_mul_i32");
}

void logits_i32(float* out, const int32_t* x, Multiplier to_q16, size_t n) {
  inner().logits_i32(out, x, to_q16, n);
  in_pieces(n, [&](size_t first, size_t count) {
    logits_i32_ref(copy<float>(), x + first, to_q16, count);
    expect(equal_bits(copy<float>(), out + first, count), "logits_i32");
  });
}

void scores_i8(int32_t* y, const int8_t* keys, size_t key_stride, const uint8_t* codes, const int8_t* q,
               size_t head_dim, size_t length, Multiplier m) {
  inner().scores_i8(y, keys, key_stride, codes, q, head_dim, length, m);
  scores_i8_ref(copy<int32_t>(), keys, key_stride, codes, q, head_dim, length, m);
  expect(equal_bits(copy<int32_t>(), y, length), "scores_i8");
}

AttentionWeights weigh_i8(uint16_t* a, const int32_t* y, const uint8_t* codes, size_t length) {
  const AttentionWeights weights = inner().weigh_i8(a, y, codes, length);
  const AttentionWeights expected = weigh_i8_ref(copy<uint16_t>(), y, codes, length);
  expect(weights.sum == expected.sum && weights.octave == expected.octave && equal_bits(copy<uint16_t>(), a, length),
         "weigh_i8");
  return weights;
}

void mix_i8(int32_t* out, const int8_t* values, size_t value_stride, const uint16_t* a, size_t head_dim, size_t length,
            int32_t shift) {
  inner().mix_i8(out, values, value_stride, a, head_dim, length, shift);
  mix_i8_ref(copy<int32_t>(), values, value_stride, a, head_dim, length, shift);
  expect(equal_bits(copy<int32_t>(), out, head_dim), "mix_i8");
}

}  // namespace thimble::checked

// The checked set: its float kernels, and the bookkeeping.

#include "kernels/checked/checked_kernels.h"

#include <atomic>

#include "kernels/checked/comparison.h"
#include "kernels/registry.h"

namespace thimble {
namespace {

std::atomic<const Kernels*> under_check = nullptr;  // null: the best
std::atomic<uint64_t> mismatches = 0;
std::atomic<void (*)(const char*)> mismatch_handler = nullptr;

}  // namespace

namespace checked {

const Kernels& inner() {
  const Kernels* set = under_check.load(std::memory_order_relaxed);
  return set != nullptr ? *set : best_kernels();
}

void expect(bool equal, const char* function) {
  if (equal) return;
  mismatches.fetch_add(1, std::memory_order_relaxed);
  if (auto* handler = mismatch_handler.load(std::memory_order_relaxed)) handler(function);
}

namespace {

void matmul_f32(const float* w, size_t w_stride, const float* x, size_t x_stride, float* out, size_t out_stride,
                size_t rows, size_t cols, size_t batch) {
  inner().matmul_f32(w, w_stride, x, x_stride, out, out_stride, rows, cols, batch);
  expect_product("matmul_f32", out, out_stride, rows, batch, [&](size_t b, size_t first, size_t count, float* to) {
    matmul_f32_ref(w + first * w_stride, w_stride, x + b * x_stride, x_stride, to, count, count, cols, 1);
  });
}

void matmul_f16(const uint16_t* w, size_t w_stride, const float* x, size_t x_stride, float* out, size_t out_stride,
                size_t rows, size_t cols, size_t batch) {
  inner().matmul_f16(w, w_stride, x, x_stride, out, out_stride, rows, cols, batch);
  expect_product("matmul_f16", out, out_stride, rows, batch, [&](size_t b, size_t first, size_t count, float* to) {
    matmul_f16_ref(w + first * w_stride, w_stride, x + b * x_stride, x_stride, to, count, count, cols, 1);
  });
}

void rms_norm_f32(float* out, const float* x, const float* weight, size_t n, float eps) {
  const bool fits = n <= kMaxVector;
  if (fits) save(x, n);
  inner().rms_norm_f32(out, x, weight, n, eps);
  if (!fits) return;
  rms_norm_f32_ref(copy<float>(), copy<float>(), weight, n, eps);
  expect(equal_bits(copy<float>(), out, n), "rms_norm_f32");
}

void rope_f32(float* x, const float* cos_sin, size_t n_heads, size_t head_dim) {
  bool equal = true;
  for (size_t head = 0; head < n_heads; ++head) {
    in_pieces(head_dim, [&](size_t first, size_t count) {
      float* piece = x + head * head_dim + first;
      save(piece, count);
      inner().rope_f32(piece, cos_sin + first, 1, count);
      rope_f32_ref(copy<float>(), cos_sin + first, 1, count);
      equal = equal && equal_bits(copy<float>(), piece, count);
    });
  }
  expect(equal, "rope_f32");
}

void softmax_f32(float* x, size_t n, float scale) {
  const bool fits = n <= kMaxVector;
  if (fits) save(x, n);
  inner().softmax_f32(x, n, scale);
  if (!fits) return;
  softmax_f32_ref(copy<float>(), n, scale);
  expect(equal_bits(copy<float>(), x, n), "softmax_f32");
}

void silu_mul_f32(float* gate, const float* up, size_t n) {
  in_pieces(n, [&](size_t first, size_t count) {
    save(gate + first, count);
    inner().silu_mul_f32(gate + first, up + first, count);
    silu_mul_f32_ref(copy<float>(), up + first, count);
    expect(equal_bits(copy<float>(), gate + first, count), "silu_mul_f32");
  });
}

void add_f32(float* x, const float* y, size_t n) {
  in_pieces(n, [&](size_t first, size_t count) {
    save(x + first, count);
    inner().add_f32(x + first, y + first, count);
    add_f32_ref(copy<float>(), y + first, count);
    expect(equal_bits(copy<float>(), x + first, count), "add_f32");
  });
}

size_t find_most_f32(const float* x, size_t n) {
  const size_t most = inner().find_most_f32(x, n);
  expect(most == find_most_f32_ref(x, n), "find_most_f32");
  return most;
}

size_t find_above_f32(uint8_t* found, const float* x, size_t n, int32_t flip, int32_t bar) {
  const size_t count = inner().find_above_f32(found, x, n, flip, bar);
  const size_t expected = find_above_f32_ref(copy<uint8_t>(), x, n, flip, bar);
  expect(count == expected && equal_bits(copy<uint8_t>(), found, count), "find_above_f32");
  return count;
}

constexpr Kernels kHeadByHead = {
    .name = "checked",
    .matmul_f32 = matmul_f32,
    .matmul_f16 = matmul_f16,
    .rms_norm_f32 = rms_norm_f32,
    .rope_f32 = rope_f32,
    .softmax_f32 = softmax_f32,
    .silu_mul_f32 = silu_mul_f32,
    .add_f32 = add_f32,
    .find_most_f32 = find_most_f32,
    .find_above_f32 = find_above_f32,
    .matmul_q8 = matmul_q8,
    .matmul_q4 = matmul_q4,
    .norm_i32 = norm_i32,
    .max_abs_i32 = max_abs_i32,
    .quantize_i8 = quantize_i8,
    .rescale_i8 = rescale_i8,
    .add_i32 = add_i32,
    .rope_i32 = rope_i32,
    .silu_mul_i32 = silu_mul_i32,
    .logits_i32 = logits_i32,
    .scores_i8 = scores_i8,
    .weigh_i8 = weigh_i8,
    .mix_i8 = mix_i8,
};

#if defined(THIMBLE_HEAD_KERNELS)
constexpr Kernels kAllHeads = [] {
  Kernels set = kHeadByHead;
  set.heads = &kHeads;
  return set;
}();
#endif

}  // namespace
}  // namespace checked

const Kernels& checked_kernels() {
#if defined(THIMBLE_HEAD_KERNELS)
  if (best_kernels().heads != nullptr) return checked::kAllHeads;
#endif
  return checked::kHeadByHead;
}

void set_kernels_under_check(const Kernels& kernels) { under_check = &kernels; }
uint64_t kernel_mismatches() { return mismatches; }
void set_kernel_mismatch_handler(void (*handler)(const char* function)) { mismatch_handler = handler; }

}  // namespace thimble

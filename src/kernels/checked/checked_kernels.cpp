// The oracle must see the inputs that the kernel saw, and most kernels overwrite theirs. There is no heap here, so the
// inputs are copied into a buffer per thread: whole vectors where an output depends on all inputs, pieces otherwise.

#include "kernels/checked/checked_kernels.h"

#include <atomic>
#include <bit>
#include <cstring>

#include "base/math.h"
#include "kernels/generic/generic_kernels.h"
#include "kernels/ref/ref_kernels.h"

namespace thimble {
namespace {

constexpr size_t kMaxVector = 65536;  // the largest dim of a model; a softmax over more positions goes unchecked

thread_local float copy[kMaxVector];

std::atomic<const Kernels*> under_check = &kGenericKernels;
std::atomic<uint64_t> mismatches = 0;
std::atomic<void (*)(const char*)> mismatch_handler = nullptr;

const Kernels& inner() { return *under_check.load(std::memory_order_relaxed); }

void expect(bool equal, const char* function) {
  if (equal) return;
  mismatches.fetch_add(1, std::memory_order_relaxed);
  if (auto* handler = mismatch_handler.load(std::memory_order_relaxed)) handler(function);
}

bool equal_bits(const float* a, const float* b, size_t n) {
  for (size_t i = 0; i < n; ++i) {
    if (std::bit_cast<uint32_t>(canonical_nan(a[i])) != std::bit_cast<uint32_t>(canonical_nan(b[i]))) return false;
  }
  return true;
}

void save(const float* x, size_t n) { std::memcpy(copy, x, n * sizeof(float)); }

// Calls piece(first, count) for pieces of 0 .. n - 1 that fit the buffer.
template <class Piece>
void in_pieces(size_t n, Piece piece) {
  for (size_t first = 0; first < n; first += kMaxVector) {
    piece(first, n - first < kMaxVector ? n - first : kMaxVector);
  }
}

void matmul_f32_checked(const float* w, size_t w_stride, const float* x, size_t x_stride, float* out, size_t out_stride,
                        size_t rows, size_t cols, size_t batch) {
  inner().matmul_f32(w, w_stride, x, x_stride, out, out_stride, rows, cols, batch);
  bool equal = true;
  for (size_t b = 0; b < batch; ++b) {
    in_pieces(rows, [&](size_t first, size_t count) {
      matmul_f32_ref(w + first * w_stride, w_stride, x + b * x_stride, x_stride, copy, count, count, cols, 1);
      equal = equal && equal_bits(copy, out + b * out_stride + first, count);
    });
  }
  expect(equal, "matmul_f32");
}

void rms_norm_f32_checked(float* out, const float* x, const float* weight, size_t n, float eps) {
  const bool fits = n <= kMaxVector;
  if (fits) save(x, n);
  inner().rms_norm_f32(out, x, weight, n, eps);
  if (!fits) return;
  rms_norm_f32_ref(copy, copy, weight, n, eps);
  expect(equal_bits(copy, out, n), "rms_norm_f32");
}

void rope_f32_checked(float* x, const float* cos_sin, size_t n_heads, size_t head_dim) {
  bool equal = true;
  for (size_t head = 0; head < n_heads; ++head) {
    in_pieces(head_dim, [&](size_t first, size_t count) {
      float* piece = x + head * head_dim + first;
      save(piece, count);
      inner().rope_f32(piece, cos_sin + first, 1, count);
      rope_f32_ref(copy, cos_sin + first, 1, count);
      equal = equal && equal_bits(copy, piece, count);
    });
  }
  expect(equal, "rope_f32");
}

void softmax_f32_checked(float* x, size_t n, float scale) {
  const bool fits = n <= kMaxVector;
  if (fits) save(x, n);
  inner().softmax_f32(x, n, scale);
  if (!fits) return;
  softmax_f32_ref(copy, n, scale);
  expect(equal_bits(copy, x, n), "softmax_f32");
}

void silu_mul_f32_checked(float* gate, const float* up, size_t n) {
  in_pieces(n, [&](size_t first, size_t count) {
    save(gate + first, count);
    inner().silu_mul_f32(gate + first, up + first, count);
    silu_mul_f32_ref(copy, up + first, count);
    expect(equal_bits(copy, gate + first, count), "silu_mul_f32");
  });
}

void add_f32_checked(float* x, const float* y, size_t n) {
  in_pieces(n, [&](size_t first, size_t count) {
    save(x + first, count);
    inner().add_f32(x + first, y + first, count);
    add_f32_ref(copy, y + first, count);
    expect(equal_bits(copy, x + first, count), "add_f32");
  });
}

}  // namespace

constinit const Kernels kCheckedKernels = {
    "checked",           matmul_f32_checked,   rms_norm_f32_checked, rope_f32_checked,
    softmax_f32_checked, silu_mul_f32_checked, add_f32_checked,
};

void set_kernels_under_check(const Kernels& kernels) { under_check = &kernels; }
uint64_t kernel_mismatches() { return mismatches; }
void set_kernel_mismatch_handler(void (*handler)(const char* function)) { mismatch_handler = handler; }

}  // namespace thimble

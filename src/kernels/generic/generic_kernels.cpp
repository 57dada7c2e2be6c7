// Strategy: decoding is bound by reading weights, so a tile of rows and batch vectors loads each weight once and each
// input once per row of the tile. The eight lanes of a sum become two vectors of four (GCC's and clang's portable
// vector types), which every compiler keeps in registers; writing the lanes as a plain array instead leaves them in
// memory with gcc 12. Adding lane by lane in order of i is what ref/ does, so the bits agree by construction.
// The kernels that grow with dim only are ref's own.

#include "kernels/generic/generic_kernels.h"

#include <cstdint>

#include "base/math.h"
#include "kernels/generic/vector_unit.h"

namespace thimble {
namespace {

using Vec4 = float __attribute__((vector_size(16)));
constexpr size_t kHalf = kLanes / 2;

// With vector registers, tiles of 4 x 1 and 2 x 2 keep 8 accumulators in the 16 that x86-64 and 32-bit NEON have.
// Without, the 8 lanes of a single sum are what 16 float registers hold.
constexpr size_t kTileRows = kVectorUnit ? 4 : 1;

// Four rows are four streams, each too short for a processor's own prefetcher: without a hint, weights that come from
// memory take twice as long as with one row at a time (32000 x 288, Zen 5). Of 4, 8 and 16 rows ahead, 8 gives most
// of the gain there and costs cached weights least.
constexpr size_t kPrefetchRows = 8;

// The builtin stays one instruction under -ffreestanding too, where memcpy is a call. Without vector registers the
// elements are loaded one by one: a copy of 16 bytes has no alignment that a strict machine could use.
Vec4 load4(const float* p) {
  if constexpr (!kVectorUnit) return Vec4{p[0], p[1], p[2], p[3]};
  Vec4 v;
  __builtin_memcpy(&v, p, sizeof v);
  return v;
}

// Four halves: docs in base/math.h, f32_from_f16.
Vec4 load4(const uint16_t* p) {
  using Bits = uint32_t __attribute__((vector_size(16)));
  if constexpr (!kVectorUnit)
    return Vec4{f32_from_f16(p[0]), f32_from_f16(p[1]), f32_from_f16(p[2]), f32_from_f16(p[3])};
  const Bits half = {p[0], p[1], p[2], p[3]};
  const Bits magnitude = half & 0x7fff;
  const auto moved = reinterpret_cast<Bits>(reinterpret_cast<Vec4>(magnitude << 13) * 0x1p112f);
  const auto special = reinterpret_cast<Bits>(magnitude >= 0x7c00) & 0x7f800000;
  return reinterpret_cast<Vec4>(moved | special | (half & 0x8000) << 16);
}

float load1(const float* p) { return *p; }
float load1(const uint16_t* p) { return f32_from_f16(*p); }

// Products of the columns after the last whole eight, count 1..7: column k of them belongs to lane k.
template <class Weight>
void add_tail(Vec4& low, Vec4& high, const Weight* w, const float* x, size_t count) {
  Vec4* last = &low;
  if (count >= kHalf) {
    low += load4(w) * load4(x);
    w += kHalf;
    x += kHalf;
    count -= kHalf;
    last = &high;
  }
  if (count > 0) (*last)[0] += load1(w) * x[0];
  if (count > 1) (*last)[1] += load1(w + 1) * x[1];
  if (count > 2) (*last)[2] += load1(w + 2) * x[2];
}

// The tree of add_lanes(), its first level as one vector addition.
float add_halves(Vec4 low, Vec4 high) {
  const Vec4 sum = low + high;
  return (sum[0] + sum[2]) + (sum[1] + sum[3]);
}

// Asks for the weights that a later tile will need. The address may lie behind the matrix: a hint cannot fault, and
// integers may point anywhere.
template <class Weight>
void prefetch(const Weight* p, size_t elements_ahead) {
  if constexpr (kVectorUnit) {
    __builtin_prefetch(reinterpret_cast<const void*>(reinterpret_cast<uintptr_t>(p) + elements_ahead * sizeof(Weight)));
  }
}

// One tile: kRows rows times kBatch vectors.
template <size_t kRows, size_t kBatch, class Weight>
void tile(const Weight* w, size_t w_stride, const float* x, size_t x_stride, float* out, size_t out_stride,
          size_t cols) {
  Vec4 low[kRows][kBatch] = {};
  Vec4 high[kRows][kBatch] = {};
  const size_t whole = cols - cols % kLanes;
  for (size_t i = 0; i < whole; i += kLanes) {
    for (size_t r = 0; r < kRows; ++r) prefetch(w + r * w_stride + i, kPrefetchRows * w_stride);
    for (size_t b = 0; b < kBatch; ++b) {
      const Vec4 x_low = load4(x + b * x_stride + i);
      const Vec4 x_high = load4(x + b * x_stride + i + kHalf);
      for (size_t r = 0; r < kRows; ++r) {
        low[r][b] += load4(w + r * w_stride + i) * x_low;
        high[r][b] += load4(w + r * w_stride + i + kHalf) * x_high;
      }
    }
  }
  for (size_t r = 0; r < kRows; ++r) {
    for (size_t b = 0; b < kBatch; ++b) {
      if (whole < cols) {
        add_tail(low[r][b], high[r][b], w + r * w_stride + whole, x + b * x_stride + whole, cols - whole);
      }
      out[b * out_stride + r] = add_halves(low[r][b], high[r][b]);
    }
  }
}

// kRows rows for all vectors: the rows stay in the nearest cache from one pair of vectors to the next.
template <size_t kRows, class Weight>
void row_block(const Weight* w, size_t w_stride, const float* x, size_t x_stride, float* out, size_t out_stride,
               size_t cols, size_t batch) {
  constexpr size_t kPairRows = kRows < 2 ? 1 : 2;
  size_t b = 0;
  for (; kVectorUnit && b + 2 <= batch; b += 2) {
    for (size_t r = 0; r < kRows; r += kPairRows) {
      tile<kPairRows, 2>(w + r * w_stride, w_stride, x + b * x_stride, x_stride, out + b * out_stride + r, out_stride,
                         cols);
    }
  }
  for (; b < batch; ++b) {
    tile<kRows, 1>(w, w_stride, x + b * x_stride, x_stride, out + b * out_stride, out_stride, cols);
  }
}

template <class Weight>
void matmul_generic(const Weight* w, size_t w_stride, const float* x, size_t x_stride, float* out, size_t out_stride,
                    size_t rows, size_t cols, size_t batch) {
  size_t r = 0;
  for (; r + kTileRows <= rows; r += kTileRows) {
    row_block<kTileRows>(w + r * w_stride, w_stride, x, x_stride, out + r, out_stride, cols, batch);
  }
  for (; r < rows; ++r) row_block<1>(w + r * w_stride, w_stride, x, x_stride, out + r, out_stride, cols, batch);
}

}  // namespace

void matmul_f32_generic(const float* w, size_t w_stride, const float* x, size_t x_stride, float* out, size_t out_stride,
                        size_t rows, size_t cols, size_t batch) {
  matmul_generic(w, w_stride, x, x_stride, out, out_stride, rows, cols, batch);
}

void matmul_f16_generic(const uint16_t* w, size_t w_stride, const float* x, size_t x_stride, float* out,
                        size_t out_stride, size_t rows, size_t cols, size_t batch) {
  matmul_generic(w, w_stride, x, x_stride, out, out_stride, rows, cols, batch);
}

}  // namespace thimble

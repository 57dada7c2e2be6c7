// Strategy: a panel of eight rows at a time, so that eight sums hide the latency of the additions, the vector is loaded
// once for eight rows, and their sums meet in one register for the scales.
//
// vpmaddubsw adds two products of a byte without and a byte with a sign, in 16 bits. q8: |w| * (x with the sign of w),
// at most 2 * 128 * 127, which fits. q4: (n + 8) * x, less 8 * x, which is the same for all rows; then a multiply-add
// by the group's scale.

#include "kernels/avx2/avx2_kernels.h"
#include "kernels/avx2/avx2_vectors.h"
#include "kernels/panels.h"

namespace thimble {

using namespace avx2;

namespace {

constexpr size_t kStep = 32;  // columns

THIMBLE_AVX2 __m256i load_bytes(const void* p) { return _mm256_loadu_si256(static_cast<const __m256i*>(p)); }
// 16 bytes, zeros behind them.
THIMBLE_AVX2 __m256i load_half(const void* p) {
  return _mm256_zextsi128_si256(_mm_loadu_si128(static_cast<const __m128i*>(p)));
}

// + sums of four neighbouring products
THIMBLE_AVX2 __m256i add_products(__m256i sum, __m256i w, __m256i x) {
  const __m256i pairs = _mm256_maddubs_epi16(_mm256_abs_epi8(w), _mm256_sign_epi8(x, w));
  return _mm256_add_epi32(sum, _mm256_madd_epi16(pairs, _mm256_set1_epi16(1)));
}

// Accumulators of kRows rows of int8, `bytes` long, a multiple of 16. Lane r: row r.
template <size_t kRows>
THIMBLE_AVX2 __m256i q8_sums(const int8_t* w, size_t stride, const int8_t* x, size_t bytes) {
  __m256i sums[kPanelRows] = {};
  size_t c = 0;
  for (; c + kStep <= bytes; c += kStep) {
    const __m256i v = load_bytes(x + c);
    for (size_t r = 0; r < kRows; ++r) sums[r] = add_products(sums[r], load_bytes(w + r * stride + c), v);
  }
  if (c < bytes) {
    const __m256i v = load_half(x + c);
    for (size_t r = 0; r < kRows; ++r) sums[r] = add_products(sums[r], load_half(w + r * stride + c), v);
  }
  return sum_rows(sums);
}

// A block of a q4 row as bytes n + 8, its lower halves first.
THIMBLE_AVX2 __m256i nibbles(const std::byte* block) {
  const __m256i twice = _mm256_broadcastsi128_si256(_mm_loadu_si128(reinterpret_cast<const __m128i*>(block)));
  const __m256i moved = _mm256_srlv_epi32(twice, _mm256_setr_epi32(0, 0, 0, 0, 4, 4, 4, 4));
  return _mm256_and_si256(_mm256_xor_si256(moved, _mm256_set1_epi8(8)), _mm256_set1_epi8(15));
}

// The scales of a block's two groups as int16, each in its half.
THIMBLE_AVX2 __m256i scales_of(std::byte both) {
  const __m256i high = _mm256_set1_epi8(static_cast<char>(both));
  const __m256i low = _mm256_slli_epi16(high, 4);
  return _mm256_srai_epi16(_mm256_blend_epi32(low, high, 0xf0), 12);
}

// Accumulators of kRows rows of q4.
template <size_t kRows>
THIMBLE_AVX2 __m256i q4_sums(const std::byte* w, const std::byte* group_scales, size_t blocks, const int8_t* x) {
  constexpr size_t kBlockBytes = kQ4Block / 2;
  __m256i sums[kPanelRows] = {};
  for (size_t k = 0; k < blocks; ++k) {
    const __m256i v = load_bytes(x + k * kQ4Block);
    const __m256i offset = _mm256_maddubs_epi16(_mm256_set1_epi8(8), v);
    for (size_t r = 0; r < kRows; ++r) {
      const std::byte* block = w + (r * blocks + k) * kBlockBytes;
      const __m256i pairs = _mm256_sub_epi16(_mm256_maddubs_epi16(nibbles(block), v), offset);
      const __m256i scaled = _mm256_madd_epi16(pairs, scales_of(group_scales[r * blocks + k]));
      sums[r] = _mm256_add_epi32(sums[r], scaled);
    }
  }
  return sum_rows(sums);
}

// Calls sums(tile, count, b) for tiles of rows and all vectors of a batch, and stores what it returns, scaled.
template <class Sums>
THIMBLE_AVX2 void multiply_panels(const PanelWalk& rows, size_t cols, int32_t* out, size_t out_stride, size_t batch,
                                  const Sums& sums) {
  const int32_t spare = spare_bits(cols);
  for_each_tile<kPanelRows>(
      rows, [&](const PanelWalk& tile, auto count) __attribute__((always_inline)) {
        for (size_t b = 0; b < batch; ++b) {
          const __m256i result = scale_rows(sums(tile, count, b), tile.row_scales(), count, spare, kProductBits + 1);
          store(out + b * out_stride + tile.i(), result, count);
        }
      });
}

}  // namespace

void matmul_q8_avx2(const std::byte* panels, size_t cols, size_t first_row, size_t rows, const int8_t* x,
                    size_t x_stride, int32_t* out, size_t out_stride, size_t batch) {
  const PanelLayout layout = q8_layout(cols);
  multiply_panels(
      {panels, layout, first_row, rows}, cols, out, out_stride,
      batch, [&](const PanelWalk& tile, auto count, size_t b) __attribute__((always_inline)) {
        const auto* w = reinterpret_cast<const int8_t*>(tile.weights());
        return q8_sums<count>(w, layout.row_bytes, x + b * x_stride, layout.row_bytes);
      });
}

void matmul_q4_avx2(const std::byte* panels, size_t cols, size_t first_row, size_t rows, const int8_t* x,
                    size_t x_stride, int32_t* out, size_t out_stride, size_t batch) {
  const size_t blocks = q4_blocks(cols);
  multiply_panels(
      {panels, q4_layout(cols), first_row, rows}, cols, out, out_stride,
      batch, [&](const PanelWalk& tile, auto count, size_t b) __attribute__((always_inline)) {
        return q4_sums<count>(tile.weights(), tile.group_scales(blocks), blocks, x + b * x_stride);
      });
}

}  // namespace thimble

// Strategy: a panel of eight rows at a time, so that eight sums hide the latency of the additions, the vector is loaded
// once for eight rows, and their sums meet in one register for the scales. One vector goes through long rows one by
// one, in four streams.
//
// vpmaddubsw adds two products of a byte without and a byte with a sign, in 16 bits. q8: |w| * (x with the sign of w),
// at most 2 * 128 * 127, which fits. q4: (n + 8) * x, less 8 * x, which is the same for all rows; then a multiply-add
// by the group's scale.

#include "kernels/avx2/avx2_kernels.h"
#include "kernels/avx2/avx2_streams.h"

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

// + the products of kRows rows of int8, `bytes` long, a multiple of 16.
template <size_t kRows>
THIMBLE_AVX2 void add_q8_rows(__m256i* sums, const std::byte* w, size_t stride, const int8_t* x, size_t bytes) {
  size_t c = 0;
  for (; c + kStep <= bytes; c += kStep) {
    const __m256i v = load_bytes(x + c);
    for (size_t r = 0; r < kRows; ++r) sums[r] = add_products(sums[r], load_bytes(w + r * stride + c), v);
  }
  if (c < bytes) {
    const __m256i v = load_half(x + c);
    for (size_t r = 0; r < kRows; ++r) sums[r] = add_products(sums[r], load_half(w + r * stride + c), v);
  }
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

constexpr size_t kBlockBytes = kQ4Block / 2;

// + products of a block with v. too_much: 8 * v in pairs, since nibbles are n + 8.
THIMBLE_AVX2 __m256i add_block(__m256i sum, const std::byte* block, std::byte group_scales, __m256i v,
                               __m256i too_much) {
  const __m256i pairs = _mm256_sub_epi16(_mm256_maddubs_epi16(nibbles(block), v), too_much);
  return _mm256_add_epi32(sum, _mm256_madd_epi16(pairs, scales_of(group_scales)));
}

// + the products of kRows rows of q4; scales_stride: bytes from a row's group scales to the next row's.
template <size_t kRows>
THIMBLE_AVX2 void add_q4_rows(__m256i* sums, const std::byte* w, size_t stride, const std::byte* group_scales,
                              size_t scales_stride, const int8_t* x, size_t blocks) {
  for (size_t k = 0; k < blocks; ++k) {
    const __m256i v = load_bytes(x + k * kQ4Block);
    const __m256i too_much = _mm256_maddubs_epi16(_mm256_set1_epi8(8), v);
    for (size_t r = 0; r < kRows; ++r) {
      sums[r] = add_block(sums[r], w + r * stride + k * kBlockBytes, group_scales[r * scales_stride + k], v, too_much);
    }
  }
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

// What multiply_streams does of a product. Never inlined: what it takes of the stack, short rows need not.
[[gnu::noinline]] size_t multiply_q8_streams(const std::byte* panels, size_t cols, size_t first_row, size_t rows,
                                             const int8_t* x, int32_t* out) {
  const PanelLayout layout = q8_layout(cols);
  return multiply_streams<__m256i>(
      panels, layout, first_row, rows, spare_bits(cols), out,
      [&](const std::byte* panel, size_t apart, size_t r, __m256i(&sums)[kStreams]) __attribute__((always_inline)) {
        const std::byte* w = panel + layout.header_bytes + r * layout.row_bytes;
        for (__m256i& sum : sums) sum = _mm256_setzero_si256();
        add_q8_rows<kStreams>(sums, w, apart, x, layout.row_bytes);
      },
      sum_rows);
}

[[gnu::noinline]] size_t multiply_q4_streams(const std::byte* panels, size_t cols, size_t first_row, size_t rows,
                                             const int8_t* x, int32_t* out) {
  const PanelLayout layout = q4_layout(cols);
  const size_t blocks = q4_blocks(cols);
  return multiply_streams<__m256i>(
      panels, layout, first_row, rows, spare_bits(cols), out,
      [&](const std::byte* panel, size_t apart, size_t r, __m256i(&sums)[kStreams]) __attribute__((always_inline)) {
        const std::byte* w = panel + layout.header_bytes + r * layout.row_bytes;
        for (__m256i& sum : sums) sum = _mm256_setzero_si256();
        add_q4_rows<kStreams>(sums, w, apart, panel + kRowScaleBytes + r * blocks, apart, x, blocks);
      },
      sum_rows);
}

}  // namespace

void matmul_q8_avx2(const std::byte* panels, size_t cols, size_t first_row, size_t rows, const int8_t* x,
                    size_t x_stride, int32_t* out, size_t out_stride, size_t batch) {
  const bool streams = batch == 1 && cols >= kLongRow;
  const size_t done = streams ? multiply_q8_streams(panels, cols, first_row, rows, x, out) : 0;
  const PanelLayout layout = q8_layout(cols);
  multiply_panels(
      {panels, layout, first_row + done, rows - done}, cols, out + done, out_stride,
      batch, [&](const PanelWalk& tile, auto count, size_t b) __attribute__((always_inline)) {
        __m256i sums[kPanelRows] = {};
        add_q8_rows<count>(sums, tile.weights(), layout.row_bytes, x + b * x_stride, layout.row_bytes);
        return sum_rows(sums);
      });
}

void matmul_q4_avx2(const std::byte* panels, size_t cols, size_t first_row, size_t rows, const int8_t* x,
                    size_t x_stride, int32_t* out, size_t out_stride, size_t batch) {
  const bool streams = batch == 1 && cols >= kLongRow;
  const size_t done = streams ? multiply_q4_streams(panels, cols, first_row, rows, x, out) : 0;
  const PanelLayout layout = q4_layout(cols);
  const size_t blocks = q4_blocks(cols);
  multiply_panels(
      {panels, layout, first_row + done, rows - done}, cols, out + done, out_stride,
      batch, [&](const PanelWalk& tile, auto count, size_t b) __attribute__((always_inline)) {
        __m256i sums[kPanelRows] = {};
        const std::byte* group_scales = tile.group_scales(blocks);
        add_q4_rows<count>(sums, tile.weights(), layout.row_bytes, group_scales, blocks, x + b * x_stride, blocks);
        return sum_rows(sums);
      });
}

}  // namespace thimble

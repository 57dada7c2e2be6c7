// Strategy: as in avx512_q8_products.cpp, two blocks to a step; short rows take one block to a step.

#include "base/checked.h"
#include "kernels/avx512/avx512_kernels.h"
#include "kernels/avx512/avx512_panels.h"

namespace thimble {

using namespace avx512;

namespace {

constexpr size_t kBlockBytes = kQ4Block / 2;

// Each in all four int32 of its quarter.
THIMBLE_AVX512 __m512i in_quarters(uint32_t first, uint32_t second, uint32_t third, uint32_t fourth) {
  const auto a = static_cast<int>(first), b = static_cast<int>(second);
  const auto c = static_cast<int>(third), d = static_cast<int>(fourth);
  return _mm512_setr_epi32(a, a, a, a, b, b, b, b, c, c, c, c, d, d, d, d);
}

// The lower halves of bytes, as n + 8.
THIMBLE_AVX512 __m512i plus_8(__m512i n) {
  constexpr int kXorAnd = 0x28;  // (a ^ b) & c
  return _mm512_ternarylogic_epi32(n, _mm512_set1_epi8(8), _mm512_set1_epi8(15), kXorAnd);
}

// Two blocks of a row, 32 bytes, as bytes n + 8 in the order of columns: the lower halves of a block, then the upper.
THIMBLE_AVX512 __m512i nibbles(__m256i blocks) {
  const __m512i twice =
      _mm512_permutexvar_epi64(_mm512_setr_epi64(0, 1, 0, 1, 2, 3, 2, 3), _mm512_castsi256_si512(blocks));
  return plus_8(_mm512_srlv_epi32(twice, in_quarters(0, 4, 0, 4)));
}

// The scales of two blocks' groups, each as the lower half of four int32, the upper half 0.
THIMBLE_AVX512 __m512i scales_of(const std::byte* two_blocks) {
  uint16_t both;
  __builtin_memcpy(&both, two_blocks, sizeof both);
  // the byte of a block in bits 8..15 of each int32 of its two quarters
  const __m512i where = in_quarters(0x80800080, 0x80800080, 0x80800180, 0x80800180);
  const __m512i placed = _mm512_shuffle_epi8(_mm512_set1_epi16(static_cast<short>(both)), where);
  return _mm512_srai_epi16(_mm512_sllv_epi16(placed, in_quarters(4, 0, 4, 0)), 12);
}

// The scales of sixteen blocks' groups: of the upper halves of bytes, as int16 with zeros above.
THIMBLE_AVX512 __m512i upper_scales(__m128i bytes) {
  return _mm512_cvtepu16_epi32(_mm256_srai_epi16(_mm256_cvtepi8_epi16(bytes), 4));
}

// Rows of q4 of kBlocks blocks, block by block, whose two groups are the halves of a register. The scales of groups go
// through memory, from where a lane's copies cost nothing.
template <size_t kBlocks>
[[gnu::noinline]] void multiply_rows_of(const std::byte* panels, size_t first_row, size_t rows, const int8_t* x,
                                        int32_t* out) {
  constexpr size_t kCols = kBlocks * kQ4Block;
  constexpr size_t kHeaderBytes = q4_header_bytes(kCols);
  constexpr size_t kRowBytes = kCols / 2;
  constexpr int32_t kSpare = spare_bits(kCols);
  static_assert(spare_bits(kCols - kQ4Block + 1) == kSpare);
  const __m256i lift = _mm256_setr_epi32(0, 0, 0, 0, 4, 4, 4, 4);
  constexpr int kXorAnd = 0x28;  // (a ^ b) & c
  multiply_short_rows<kHeaderBytes, kRowBytes, kSpare>(
      panels, first_row, rows, out, [&](const std::byte* panel, size_t row, auto count) __attribute__((always_inline)) {
        const std::byte* w = panel + kHeaderBytes + row * kRowBytes;
        const std::byte* group_scales = panel + kRowScaleBytes + row * kBlocks;
        constexpr size_t kCount = count * kBlocks;
        uint32_t first[round_up<size_t>(kCount, 16)];  // of a block's two groups
        uint32_t second[round_up<size_t>(kCount, 16)];
        for (size_t i = 0; i < kCount; i += 16) {
          const __m128i both = _mm_maskz_loadu_epi8(first_words(kCount - i), group_scales + i);
          _mm512_storeu_si512(first + i, upper_scales(_mm_slli_epi16(both, 4)));
          _mm512_storeu_si512(second + i, upper_scales(both));
        }
        asm("" : "+m"(first), "+m"(second));  // or gcc takes them out of registers, lane by lane
        __m256i sums[kPanelRows] = {};
        for (size_t k = 0; k < kBlocks; ++k) {
          const __m256i v = _mm256_loadu_si256(reinterpret_cast<const __m256i*>(x + k * kQ4Block));
          const __m256i eight_times = _mm256_dpbusd_epi32(_mm256_setzero_si256(), _mm256_set1_epi8(8), v);
          const __m256i minus_8 = _mm256_sub_epi32(_mm256_setzero_si256(), eight_times);
          for (size_t r = 0; r < count; ++r) {
            const size_t i = r * kBlocks + k;
            const auto* block = reinterpret_cast<const __m128i*>(w + i * kBlockBytes);
            const __m256i moved = _mm256_srlv_epi32(_mm256_broadcastsi128_si256(_mm_loadu_si128(block)), lift);
            const __m256i n = _mm256_ternarylogic_epi32(moved, _mm256_set1_epi8(8), _mm256_set1_epi8(15), kXorAnd);
            const __m256i group = _mm256_mask_set1_epi32(_mm256_set1_epi32(static_cast<int>(first[i])), 0xf0,
                                                         static_cast<int>(second[i]));
            // sums of four products fit the lower half of an int32
            add_pair_products(&sums[r], _mm256_dpbusd_epi32(minus_8, n, v), group);
          }
        }
        return sum_short_rows(sums);
      });
}

// What a vector has for the products with bytes n + 8.
struct Factor {
  __m512i x;
  __m512i minus_8;  // times sums of four elements

  // Sums of four products fit the lower half of an int32, which `scales` has.
  THIMBLE_AVX512 void add_products(__m512i* sum, __m512i n, __m512i scales) const {
    add_pair_products(sum, _mm512_dpbusd_epi32(minus_8, n, x), scales);
  }
};
THIMBLE_AVX512 Factor factor(__m512i x) {
  const __m512i eight_times = _mm512_dpbusd_epi32(_mm512_setzero_si512(), _mm512_set1_epi8(8), x);
  return {x, _mm512_sub_epi32(_mm512_setzero_si512(), eight_times)};
}

// Of a row: two blocks, or one and zeros.
THIMBLE_AVX512 __m512i load_nibbles(const std::byte* blocks, size_t count) {
  return nibbles(_mm256_maskz_loadu_epi8(static_cast<__mmask32>(first_bytes(count * kBlockBytes)), blocks));
}

// Calls step(k, count) for blocks k .. k + count - 1, two at a time.
template <class Step>
THIMBLE_AVX512 void for_each_pair(size_t blocks, const Step& step) {
  size_t k = 0;
  for (; k + 2 <= blocks; k += 2) step(k, 2);
  if (k < blocks) step(k, 1);
}

// Accumulators of kRows rows for each vector of kBatch.
template <size_t kRows, size_t kBatch>
THIMBLE_AVX512 void tile_sums(const std::byte* w, const std::byte* group_scales, size_t blocks, const int8_t* x,
                              size_t x_stride, __m256i (&result)[kBatch]) {
  const size_t panel_bytes = q4_header_bytes(blocks * kQ4Block) + kPanelRows * blocks * kBlockBytes;
  __m512i sums[kBatch][kPanelRows] = {};
  for_each_pair(
      blocks, [&](size_t k, size_t count) __attribute__((always_inline)) {
        Factor v[kBatch];
        for (size_t b = 0; b < kBatch; ++b) {
          v[b] = factor(_mm512_maskz_loadu_epi8(first_bytes(count * kQ4Block), x + b * x_stride + k * kQ4Block));
        }
        for (size_t r = 0; r < kRows; ++r) {
          const std::byte* at = w + (r * blocks + k) * kBlockBytes;
          const std::byte* line = w + (kPanelRows * k + 2 * r) * kBlockBytes;
          if constexpr (kRows == kPanelRows) prefetch_next_panel(line, panel_bytes);
          const __m512i n = load_nibbles(at, count);
          const __m512i scales = scales_of(group_scales + r * blocks + k);
          for (size_t b = 0; b < kBatch; ++b) v[b].add_products(&sums[b][r], n, scales);
        }
      });
  for (size_t b = 0; b < kBatch; ++b) result[b] = sum_rows(sums[b]);
}

// Four blocks, or those that are left: a block is a quarter of a register, so that the first groups of four blocks come
// out of 64 bytes by one instruction, and the second by two.
constexpr size_t kBlocksTogether = 4;

// Calls step(k, count) for blocks k .. k + count - 1, four at a time.
template <class Step>
THIMBLE_AVX512 void for_each_four(size_t blocks, const Step& step) {
  size_t k = 0;
  for (; k + kBlocksTogether <= blocks; k += kBlocksTogether) step(k, kBlocksTogether);
  if (k < blocks) step(k, blocks - k);
}

// The first and second groups of four blocks of a vector.
struct Groups {
  Factor first;
  Factor second;
};
THIMBLE_AVX512 Groups load_vector(const int8_t* x, size_t count) {
  const size_t bytes = count * kQ4Block;
  const __m512i low = _mm512_maskz_loadu_epi8(first_bytes(bytes < kWidth ? bytes : kWidth), x);
  const __m512i high =
      bytes > kWidth ? _mm512_maskz_loadu_epi8(first_bytes(bytes - kWidth), x + kWidth) : _mm512_setzero_si512();
  return {factor(_mm512_shuffle_i32x4(low, high, 0x88)), factor(_mm512_shuffle_i32x4(low, high, 0xdd))};
}

// Four blocks of a row: weights n as bytes n + 8, and the scales of their groups as the lower half of int32, the upper
// half 0.
struct Weights {
  __m512i first, second;
  __m512i first_scales, second_scales;
};
THIMBLE_AVX512 Weights load_weights(const std::byte* blocks, const std::byte* group_scales, size_t count) {
  const __m512i both = _mm512_maskz_loadu_epi8(first_bytes(count * kBlockBytes), blocks);
  int32_t scales;  // behind those of the row stand others, or zeros, or weights
  __builtin_memcpy(&scales, group_scales, sizeof scales);
  // the byte of a block in bits 8..15 of each int32 of its quarter
  const __m512i where = in_quarters(0x80800080, 0x80800180, 0x80800280, 0x80800380);
  const __m512i placed = _mm512_shuffle_epi8(_mm512_set1_epi32(scales), where);
  return {plus_8(both), plus_8(_mm512_srli_epi16(both, 4)), _mm512_srai_epi16(_mm512_slli_epi16(placed, 4), 12),
          _mm512_srai_epi16(placed, 12)};
}

THIMBLE_AVX512 void add_products(__m512i* sum, const Weights& w, const Groups& v) {
  v.first.add_products(sum, w.first, w.first_scales);
  v.second.add_products(sum, w.second, w.second_scales);
}

// Accumulators of a row of each stream.
THIMBLE_AVX512 void stream_sums(const std::byte* w, const std::byte* group_scales, size_t apart, size_t blocks,
                                const int8_t* x, __m512i (&sums)[kStreams]) {
  for (__m512i& sum : sums) sum = _mm512_setzero_si512();
  for_each_four(
      blocks, [&](size_t k, size_t count) __attribute__((always_inline)) {
        const Groups v = load_vector(x + k * kQ4Block, count);
        for (size_t s = 0; s < kStreams; ++s) {
          const std::byte* scales = group_scales + s * apart + k;
          add_products(&sums[s], load_weights(w + s * apart + k * kBlockBytes, scales, count), v);
        }
      });
}

[[gnu::noinline]] void multiply_any_rows(const std::byte* panels, size_t cols, size_t first_row, size_t rows,
                                         const int8_t* x, size_t x_stride, int32_t* out, size_t out_stride,
                                         size_t batch) {
  const PanelLayout layout = q4_layout(cols);
  const size_t blocks = q4_blocks(cols);
  const int32_t spare = spare_bits(cols);
  size_t done = 0;
  if (batch == 1 && cols >= kLongRow) {
    done = multiply_streams(
        panels, layout, first_row, rows, spare, out,
        [&](const std::byte* panel, size_t apart, size_t r, __m512i(&sums)[kStreams]) __attribute__((always_inline)) {
          const std::byte* group_scales = panel + kRowScaleBytes + r * blocks;
          stream_sums(panel + layout.header_bytes + r * layout.row_bytes, group_scales, apart, blocks, x, sums);
        });
  }
  multiply_panels(
      {panels, layout, first_row + done, rows - done}, spare, out + done, out_stride,
      batch, [&](const PanelWalk& tile, auto count, size_t b, auto& result) __attribute__((always_inline)) {
        tile_sums<count>(tile.weights(), tile.group_scales(blocks), blocks, x + b * x_stride, x_stride, result);
      });
}

}  // namespace

void matmul_q4_avx512(const std::byte* panels, size_t cols, size_t first_row, size_t rows, const int8_t* x,
                      size_t x_stride, int32_t* out, size_t out_stride, size_t batch) {
  const size_t blocks = q4_blocks(cols);
  if (batch == 1 && blocks == 2) return multiply_rows_of<2>(panels, first_row, rows, x, out);
  if (batch == 1 && blocks == 4) return multiply_rows_of<4>(panels, first_row, rows, x, out);
  multiply_any_rows(panels, cols, first_row, rows, x, x_stride, out, out_stride, batch);
}

}  // namespace thimble

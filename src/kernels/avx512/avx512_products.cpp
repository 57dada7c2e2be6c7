// Strategy: as in avx2_products.cpp, a panel of eight rows at a time, 64 columns to a step, for one vector or two,
// whose sums are 16 of the 32 registers. The last step of a row is a masked one.
//
// Short rows take steps of 32 columns: what they spend their time with is the reduction of eight sums, and sums of half
// the lanes take less than half of it.

#include "kernels/avx512/avx512_kernels.h"
#include "kernels/avx512/avx512_vectors.h"
#include "kernels/panels.h"

namespace thimble {

using namespace avx512;

namespace {

// The vectors of a batch that a tile is multiplied with.
struct Inputs {
  const int8_t* x;
  size_t stride;
};

// Sums of all elements of a vector, times 128.
THIMBLE_AVX512 int32_t sum_times_128(const int8_t* x, size_t bytes) {
  __m512i sum = _mm512_setzero_si512();
  for (size_t c = 0; c < bytes; c += kWidth) {
    const __m512i v = _mm512_maskz_loadu_epi8(first_bytes(bytes - c < kWidth ? bytes - c : kWidth), x + c);
    sum = _mm512_dpbusd_epi32(sum, _mm512_set1_epi8(1), v);
  }
  return _mm512_reduce_add_epi32(sum) * 128;
}

// Asks for what stands at the same place of the next panel. A hint cannot fault, and integers may point anywhere.
THIMBLE_AVX512 void prefetch_next_panel(const std::byte* p, size_t panel_bytes) {
  __builtin_prefetch(reinterpret_cast<const void*>(reinterpret_cast<uintptr_t>(p) + panel_bytes));
}

// In which order the next panel's lines are asked for: as the rows of this one are read, or as their addresses rise.
// From memory the second is quicker, from a cache the first; long rows are those of models that no cache holds.
enum class Ahead { kByRow, kByAddress };
constexpr size_t kLongRow = 512;  // columns

// The whole panels that come next, of rows of kRowBytes, for one vector. A constant, so that the loop over columns
// needs no counter and no addresses: without, half of the gain is lost.
template <size_t kRowBytes>
THIMBLE_AVX512 void multiply_short_panels(PanelWalk* walk, const int8_t* x, int32_t too_much, int32_t spare,
                                          int32_t* out) {
  constexpr size_t kPanelBytes = q8_header_bytes() + kPanelRows * kRowBytes;
  const __m256i flip = _mm256_set1_epi8(-128);
  const __m256i excess = _mm256_set1_epi32(too_much);
  const size_t panels = walk->whole_panels();
  const std::byte* rows = walk->weights();
  const RowScale* scales = walk->row_scales();
  out += walk->i();
  for (size_t p = 0; p < panels; ++p) {
    for (size_t at = 0; at < kPanelBytes; at += 64) prefetch_next_panel(rows + at, kPanelBytes);
    __m256i sums[kPanelRows] = {};
    for (size_t c = 0; c < kRowBytes; c += 32) {
      const __m256i v = _mm256_loadu_si256(reinterpret_cast<const __m256i*>(x + c));
      for (size_t r = 0; r < kPanelRows; ++r) {
        const __m256i w = _mm256_loadu_si256(reinterpret_cast<const __m256i*>(rows + r * kRowBytes + c));
        sums[r] = _mm256_dpbusd_epi32(sums[r], _mm256_xor_si256(w, flip), v);
      }
    }
    const __m256i exact = _mm256_sub_epi32(sum_short_rows(sums), excess);
    avx2::store(out + p * kPanelRows, avx2::scale_rows(exact, scales, kPanelRows, spare, kProductBits + 1), kPanelRows);
    rows += kPanelBytes;
    scales += kPanelBytes / sizeof(RowScale);
  }
  walk->advance_panels(panels);
}

// The same for the short rows that small models have; of others, nothing. From 160 bytes on it gained nothing.
THIMBLE_AVX512 void multiply_if_short(PanelWalk* walk, size_t row_bytes, const int8_t* x, int32_t too_much,
                                      int32_t spare, int32_t* out) {
  switch (row_bytes) {
    case 64:
      return multiply_short_panels<64>(walk, x, too_much, spare, out);
    case 96:
      return multiply_short_panels<96>(walk, x, too_much, spare, out);
    case 128:
      return multiply_short_panels<128>(walk, x, too_much, spare, out);
    default:
      return;
  }
}

// Accumulators of kRows rows of int8 for each vector, too large by 128 times its sum.
template <Ahead kAhead, size_t kRows, size_t kBatch>
THIMBLE_AVX512 void q8_sums(const std::byte* w, size_t stride, const Inputs& in, __m256i (&result)[kBatch]) {
  const size_t panel_bytes = q8_header_bytes() + kPanelRows * stride;
  __m512i sums[kBatch][kPanelRows] = {};
  const auto step = [&](size_t c, __mmask64 columns) __attribute__((always_inline)) {
    __m512i v[kBatch];
    for (size_t b = 0; b < kBatch; ++b) v[b] = _mm512_maskz_loadu_epi8(columns, in.x + b * in.stride + c);
    for (size_t r = 0; r < kRows; ++r) {
      if constexpr (kRows == kPanelRows) {
        const bool by_row = kAhead == Ahead::kByRow;
        prefetch_next_panel(w + (by_row ? r * stride + c : kPanelRows * c + r * kWidth), panel_bytes);
      }
      const __m512i weights = plus_128(_mm512_maskz_loadu_epi8(columns, w + r * stride + c));
      for (size_t b = 0; b < kBatch; ++b) sums[b][r] = _mm512_dpbusd_epi32(sums[b][r], weights, v[b]);
    }
  };
  size_t c = 0;
  for (; c + kWidth <= stride; c += kWidth) step(c, ~uint64_t{0});
  if (c < stride) step(c, first_bytes(stride - c));
  for (size_t b = 0; b < kBatch; ++b) result[b] = sum_rows(sums[b]);
}

// Two blocks of a q4 row, 32 bytes, as bytes n + 8 in the order of columns: the lower halves of a block, then the
// upper.
THIMBLE_AVX512 __m512i nibbles(__m256i blocks) {
  const __m512i twice =
      _mm512_permutexvar_epi64(_mm512_setr_epi64(0, 1, 0, 1, 2, 3, 2, 3), _mm512_castsi256_si512(blocks));
  const __m512i moved = _mm512_srlv_epi32(twice, _mm512_setr_epi32(0, 0, 0, 0, 4, 4, 4, 4, 0, 0, 0, 0, 4, 4, 4, 4));
  constexpr int kXorAnd = 0x28;  // (a ^ b) & c
  return _mm512_ternarylogic_epi32(moved, _mm512_set1_epi8(8), _mm512_set1_epi8(15), kXorAnd);
}

// The scales of two blocks' groups, each as the lower half of four int32, the upper half 0.
THIMBLE_AVX512 __m512i scales_of(const std::byte* two_blocks) {
  uint16_t both;
  __builtin_memcpy(&both, two_blocks, sizeof both);
  // byte 0 for the first block's lanes, byte 1 for the second's, in bits 8..15 of each int32
  const __m512i where =
      _mm512_setr_epi32(static_cast<int>(0x808000'80), static_cast<int>(0x808000'80), static_cast<int>(0x808000'80),
                        static_cast<int>(0x808000'80), static_cast<int>(0x808000'80), static_cast<int>(0x808000'80),
                        static_cast<int>(0x808000'80), static_cast<int>(0x808000'80), static_cast<int>(0x808001'80),
                        static_cast<int>(0x808001'80), static_cast<int>(0x808001'80), static_cast<int>(0x808001'80),
                        static_cast<int>(0x808001'80), static_cast<int>(0x808001'80), static_cast<int>(0x808001'80),
                        static_cast<int>(0x808001'80));
  const __m512i placed = _mm512_shuffle_epi8(_mm512_set1_epi16(static_cast<short>(both)), where);
  const __m512i lift = _mm512_setr_epi32(4, 4, 4, 4, 0, 0, 0, 0, 4, 4, 4, 4, 0, 0, 0, 0);
  return _mm512_srai_epi16(_mm512_sllv_epi16(placed, lift), 12);
}

// Accumulators of kRows rows of q4 for each vector.
template <Ahead kAhead, size_t kRows, size_t kBatch>
THIMBLE_AVX512 void q4_sums(const std::byte* w, const std::byte* group_scales, size_t blocks, const Inputs& in,
                            __m256i (&result)[kBatch]) {
  constexpr size_t kBlockBytes = kQ4Block / 2;
  const size_t panel_bytes = q4_header_bytes(blocks * kQ4Block) + kPanelRows * blocks * kBlockBytes;
  __m512i sums[kBatch][kPanelRows] = {};
  const auto step = [&](size_t k, size_t count) __attribute__((always_inline)) {
    const __mmask64 columns = first_bytes(count * kQ4Block);
    const auto bytes = static_cast<__mmask32>(first_bytes(count * kBlockBytes));
    __m512i v[kBatch];
    __m512i minus_8[kBatch];  // times sums of four elements
    for (size_t b = 0; b < kBatch; ++b) {
      v[b] = _mm512_maskz_loadu_epi8(columns, in.x + b * in.stride + k * kQ4Block);
      const __m512i sums_of_4 = _mm512_dpbusd_epi32(_mm512_setzero_si512(), _mm512_set1_epi8(8), v[b]);
      minus_8[b] = _mm512_sub_epi32(_mm512_setzero_si512(), sums_of_4);
    }
    for (size_t r = 0; r < kRows; ++r) {
      const std::byte* two_blocks = w + (r * blocks + k) * kBlockBytes;
      if constexpr (kRows == kPanelRows) {
        const bool by_row = kAhead == Ahead::kByRow;
        prefetch_next_panel(by_row ? two_blocks : w + (kPanelRows * k + 2 * r) * kBlockBytes, panel_bytes);
      }
      const __m512i n = nibbles(_mm256_maskz_loadu_epi8(bytes, two_blocks));
      const __m512i scales = scales_of(group_scales + r * blocks + k);
      for (size_t b = 0; b < kBatch; ++b) {
        // sums of four products fit the lower half of an int32
        const __m512i products = _mm512_dpbusd_epi32(minus_8[b], n, v[b]);
        sums[b][r] = _mm512_dpwssd_epi32(sums[b][r], products, scales);
      }
    }
  };
  size_t k = 0;
  for (; k + 2 <= blocks; k += 2) step(k, 2);
  if (k < blocks) step(k, 1);
  for (size_t b = 0; b < kBatch; ++b) result[b] = sum_rows(sums[b]);
}

// The scales of sixteen blocks' groups: of the upper halves of bytes, as int16 with zeros above.
THIMBLE_AVX512 __m512i upper_scales(__m128i bytes) {
  return _mm512_cvtepu16_epi32(_mm256_srai_epi16(_mm256_cvtepi8_epi16(bytes), 4));
}

// The whole panels that come next, of rows of kBlocks, for one vector: steps of a block, whose two groups are the
// halves of a register. Scales go through memory, from where a lane's copies cost nothing.
template <size_t kBlocks>
THIMBLE_AVX512 void multiply_short_q4_panels(PanelWalk* walk, const int8_t* x, int32_t spare, int32_t* out) {
  constexpr size_t kBlockBytes = kQ4Block / 2;
  constexpr size_t kCount = kPanelRows * kBlocks;
  constexpr size_t kPanelBytes = q4_header_bytes(kBlocks * kQ4Block) + kCount * kBlockBytes;
  static_assert(kCount % 16 == 0);
  const __m256i lift = _mm256_setr_epi32(0, 0, 0, 0, 4, 4, 4, 4);
  constexpr int kXorAnd = 0x28;  // (a ^ b) & c
  const size_t panels = walk->whole_panels();
  const std::byte* rows = walk->weights();
  const std::byte* group_scales = walk->group_scales(kBlocks);
  const RowScale* scales = walk->row_scales();
  out += walk->i();
  for (size_t p = 0; p < panels; ++p) {
    for (size_t at = 0; at < kPanelBytes; at += 64) prefetch_next_panel(rows + at, kPanelBytes);
    uint32_t first[kCount];  // of a block's two groups
    uint32_t second[kCount];
    for (size_t i = 0; i < kCount; i += 16) {
      const __m128i both = _mm_loadu_si128(reinterpret_cast<const __m128i*>(group_scales + i));
      _mm512_storeu_si512(first + i, upper_scales(_mm_slli_epi16(both, 4)));
      _mm512_storeu_si512(second + i, upper_scales(both));
    }
    asm("" : "+m"(first), "+m"(second));  // or gcc takes them out of registers, lane by lane
    __m256i sums[kPanelRows] = {};
    for (size_t k = 0; k < kBlocks; ++k) {
      const __m256i v = _mm256_loadu_si256(reinterpret_cast<const __m256i*>(x + k * kQ4Block));
      const __m256i eight_times = _mm256_dpbusd_epi32(_mm256_setzero_si256(), _mm256_set1_epi8(8), v);
      const __m256i minus_8 = _mm256_sub_epi32(_mm256_setzero_si256(), eight_times);
      for (size_t r = 0; r < kPanelRows; ++r) {
        const size_t i = r * kBlocks + k;
        const auto* block = reinterpret_cast<const __m128i*>(rows + i * kBlockBytes);
        const __m256i moved = _mm256_srlv_epi32(_mm256_broadcastsi128_si256(_mm_loadu_si128(block)), lift);
        const __m256i n = _mm256_ternarylogic_epi32(moved, _mm256_set1_epi8(8), _mm256_set1_epi8(15), kXorAnd);
        const __m256i group =
            _mm256_mask_set1_epi32(_mm256_set1_epi32(static_cast<int>(first[i])), 0xf0, static_cast<int>(second[i]));
        // sums of four products fit the lower half of an int32
        sums[r] = _mm256_dpwssd_epi32(sums[r], _mm256_dpbusd_epi32(minus_8, n, v), group);
      }
    }
    const __m256i result = avx2::scale_rows(sum_short_rows(sums), scales, kPanelRows, spare, kProductBits + 1);
    avx2::store(out + p * kPanelRows, result, kPanelRows);
    rows += kPanelBytes;
    group_scales += kPanelBytes;
    scales += kPanelBytes / sizeof(RowScale);
  }
  walk->advance_panels(panels);
}

// Calls sums(tile, count, inputs, result) for tiles of rows and all vectors of a batch, by pairs, and stores `result`
// less what is too much in it, scaled.
template <class Sums>
THIMBLE_AVX512 void multiply_panels(const PanelWalk& rows, size_t cols, const Inputs& in, const int32_t* too_much,
                                    int32_t* out, size_t out_stride, size_t batch, const Sums& sums) {
  const int32_t spare = spare_bits(cols);
  for_each_tile<kPanelRows>(
      rows, [&](const PanelWalk& tile, auto count) __attribute__((always_inline)) {
        const auto finish = [&](__m256i sum, size_t b) __attribute__((always_inline)) {
          const __m256i exact = _mm256_sub_epi32(sum, _mm256_set1_epi32(too_much[b]));
          const __m256i scaled = avx2::scale_rows(exact, tile.row_scales(), count, spare, kProductBits + 1);
          avx2::store(out + b * out_stride + tile.i(), scaled, count);
        };
        size_t b = 0;
        for (; b + 2 <= batch; b += 2) {
          __m256i result[2];
          sums(tile, count, Inputs{in.x + b * in.stride, in.stride}, result);
          finish(result[0], b);
          finish(result[1], b + 1);
        }
        if (b < batch) {
          __m256i result[1];
          sums(tile, count, Inputs{in.x + b * in.stride, in.stride}, result);
          finish(result[0], b);
        }
      });
}

}  // namespace

void matmul_q8_avx512(const std::byte* panels, size_t cols, size_t first_row, size_t rows, const int8_t* x,
                      size_t x_stride, int32_t* out, size_t out_stride, size_t batch) {
  const PanelLayout layout = q8_layout(cols);
  int32_t too_much[kMostBatch];
  for (size_t b = 0; b < batch; ++b) too_much[b] = sum_times_128(x + b * x_stride, layout.row_bytes);
  PanelWalk walk(panels, layout, first_row, rows);
  if (batch == 1) multiply_if_short(&walk, layout.row_bytes, x, too_much[0], spare_bits(cols), out);
  const auto multiply = [&](auto ahead) __attribute__((always_inline)) {
    multiply_panels(
        walk, cols, {x, x_stride}, too_much, out, out_stride,
        batch, [&](const PanelWalk& tile, auto count, const Inputs& in, auto& result) __attribute__((always_inline)) {
          q8_sums<ahead, count>(tile.weights(), layout.row_bytes, in, result);
        });
  };
  if (cols < kLongRow) return multiply(std::integral_constant<Ahead, Ahead::kByRow>());
  multiply(std::integral_constant<Ahead, Ahead::kByAddress>());
}

void matmul_q4_avx512(const std::byte* panels, size_t cols, size_t first_row, size_t rows, const int8_t* x,
                      size_t x_stride, int32_t* out, size_t out_stride, size_t batch) {
  const size_t blocks = q4_blocks(cols);
  const int32_t too_much[kMostBatch] = {};
  PanelWalk walk(panels, q4_layout(cols), first_row, rows);
  if (batch == 1 && blocks == 2) multiply_short_q4_panels<2>(&walk, x, spare_bits(cols), out);
  if (batch == 1 && blocks == 4) multiply_short_q4_panels<4>(&walk, x, spare_bits(cols), out);
  const auto multiply = [&](auto ahead) __attribute__((always_inline)) {
    multiply_panels(
        walk, cols, {x, x_stride}, too_much, out, out_stride,
        batch, [&](const PanelWalk& tile, auto count, const Inputs& in, auto& result) __attribute__((always_inline)) {
          q4_sums<ahead, count>(tile.weights(), tile.group_scales(blocks), blocks, in, result);
        });
  };
  if (cols < kLongRow) return multiply(std::integral_constant<Ahead, Ahead::kByRow>());
  multiply(std::integral_constant<Ahead, Ahead::kByAddress>());
}

}  // namespace thimble

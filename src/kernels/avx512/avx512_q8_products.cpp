// Strategy: one vector goes through long rows one by one, through short ones eight at a time, in steps of 32 columns:
// what short rows spend their time with is the reduction of eight sums, and sums of half the lanes take less than half
// of it. A batch goes through eight rows at a time, two vectors to a tile, whose sums are 16 of the 32 registers. The
// last step of a row is a masked one.
//
// vpdpbusd has the weights + 128 (avx512_vectors.h), so sums start with what makes up for it.

#include "kernels/avx512/avx512_kernels.h"
#include "kernels/avx512/avx512_panels.h"

namespace thimble {

using namespace avx512;

namespace {

// What the sums of a row start with: -128 times the elements of x.
THIMBLE_AVX512 __m512i start_of(const int8_t* x, size_t bytes) {
  __m512i sum = _mm512_setzero_si512();
  for (size_t c = 0; c < bytes; c += kWidth) {
    const __m512i v = _mm512_maskz_loadu_epi8(first_bytes(bytes - c < kWidth ? bytes - c : kWidth), x + c);
    sum = _mm512_dpbusd_epi32(sum, _mm512_set1_epi8(-128), v);
  }
  return _mm512_sub_epi32(_mm512_setzero_si512(), sum);
}

// Rows of kBytes bytes, in steps of 32. Never inlined: what other rows take of the stack, short ones need not.
template <size_t kBytes>
[[gnu::noinline]] void multiply_rows_of(const std::byte* panels, size_t first_row, size_t rows, const int8_t* in,
                                        int32_t* out) {
  constexpr int32_t kSpare = spare_bits(kBytes);
  constexpr size_t kSteps = kBytes / 32;
  static_assert(spare_bits(kBytes - 15) == kSpare);
  __m256i x[kSteps];
  __m256i sum = _mm256_setzero_si256();
  for (size_t k = 0; k < kSteps; ++k) {
    x[k] = _mm256_loadu_si256(reinterpret_cast<const __m256i*>(in + 32 * k));
    add_byte_products(&sum, _mm256_set1_epi8(-128), x[k]);
  }
  const __m256i start = _mm256_sub_epi32(_mm256_setzero_si256(), sum);
  multiply_short_rows<q8_header_bytes(), kBytes, kSpare>(
      panels, first_row, rows, out, [&](const std::byte* panel, size_t row, auto count) __attribute__((always_inline)) {
        const std::byte* w = panel + q8_header_bytes() + row * kBytes;
        __m256i sums[kPanelRows] = {};
        for (size_t r = 0; r < count; ++r) sums[r] = start;
        for (size_t k = 0; k < kSteps; ++k) {
          for (size_t r = 0; r < count; ++r) {
            const __m256i v = _mm256_loadu_si256(reinterpret_cast<const __m256i*>(w + r * kBytes + 32 * k));
            add_byte_products(&sums[r], _mm256_xor_si256(v, _mm256_set1_epi8(-128)), x[k]);
          }
        }
        return sum_short_rows(sums);
      });
}

// Calls step(c, columns) for `columns` from c on, 64 at a time.
template <class Step>
THIMBLE_AVX512 void for_each_step(size_t row_bytes, const Step& step) {
  size_t c = 0;
  for (; c + kWidth <= row_bytes; c += kWidth) step(c, ~uint64_t{0});
  if (c < row_bytes) step(c, first_bytes(row_bytes - c));
}

// Accumulators of kRows rows for each vector of kBatch.
template <size_t kRows, size_t kBatch>
THIMBLE_AVX512 void tile_sums(const std::byte* w, size_t row_bytes, const int8_t* x, size_t x_stride,
                              const __m512i* start, __m256i (&result)[kBatch]) {
  const size_t panel_bytes = q8_header_bytes() + kPanelRows * row_bytes;
  __m512i sums[kBatch][kPanelRows] = {};
  for (size_t b = 0; b < kBatch; ++b) {
    for (size_t r = 0; r < kRows; ++r) sums[b][r] = start[b];
  }
  const auto step = [&](size_t c, __mmask64 columns) __attribute__((always_inline)) {
    __m512i v[kBatch];
    for (size_t b = 0; b < kBatch; ++b) v[b] = _mm512_maskz_loadu_epi8(columns, x + b * x_stride + c);
    for (size_t r = 0; r < kRows; ++r) {
      if constexpr (kRows == kPanelRows) prefetch_next_panel(w + kPanelRows * c + r * kWidth, panel_bytes);
      const __m512i weights = plus_128(_mm512_maskz_loadu_epi8(columns, w + r * row_bytes + c));
      for (size_t b = 0; b < kBatch; ++b) add_byte_products(&sums[b][r], weights, v[b]);
    }
  };
  for_each_step(row_bytes, step);
  for (size_t b = 0; b < kBatch; ++b) result[b] = sum_rows(sums[b]);
}

// Accumulators of a row of each stream.
THIMBLE_AVX512 void stream_sums(const std::byte* w, size_t apart, size_t row_bytes, const int8_t* x, __m512i start,
                                __m512i (&sums)[kStreams]) {
  for (__m512i& sum : sums) sum = start;
  const auto step = [&](size_t c, __mmask64 columns) __attribute__((always_inline)) {
    const __m512i v = _mm512_maskz_loadu_epi8(columns, x + c);
    for (size_t s = 0; s < kStreams; ++s) {
      add_byte_products(&sums[s], plus_128(_mm512_maskz_loadu_epi8(columns, w + s * apart + c)), v);
    }
  };
  for_each_step(row_bytes, step);
}

[[gnu::noinline]] void multiply_any_rows(const std::byte* panels, size_t cols, size_t first_row, size_t rows,
                                         const int8_t* x, size_t x_stride, int32_t* out, size_t out_stride,
                                         size_t batch) {
  const PanelLayout layout = q8_layout(cols);
  const size_t row_bytes = layout.row_bytes;
  const int32_t spare = spare_bits(cols);
  __m512i start[kMostBatch];
  for (size_t b = 0; b < batch; ++b) start[b] = start_of(x + b * x_stride, row_bytes);
  size_t done = 0;
  if (batch == 1 && cols >= kLongRow) {
    done = multiply_streams(
        panels, layout, first_row, rows, spare, out,
        [&](const std::byte* panel, size_t apart, size_t r, __m512i(&sums)[kStreams]) __attribute__((always_inline)) {
          stream_sums(panel + q8_header_bytes() + r * row_bytes, apart, row_bytes, x, start[0], sums);
        });
  }
  multiply_panels(
      {panels, layout, first_row + done, rows - done}, spare, out + done, out_stride,
      batch, [&](const PanelWalk& tile, auto count, size_t b, auto& result) __attribute__((always_inline)) {
        tile_sums<count>(tile.weights(), row_bytes, x + b * x_stride, x_stride, start + b, result);
      });
}

}  // namespace

void matmul_q8_avx512(const std::byte* panels, size_t cols, size_t first_row, size_t rows, const int8_t* x,
                      size_t x_stride, int32_t* out, size_t out_stride, size_t batch) {
  if (batch == 1) {
    // rows as short as small models have them; from 160 bytes on it gained nothing
    const size_t row_bytes = q8_layout(cols).row_bytes;
    if (row_bytes == 64) return multiply_rows_of<64>(panels, first_row, rows, x, out);
    if (row_bytes == 96) return multiply_rows_of<96>(panels, first_row, rows, x, out);
    if (row_bytes == 128) return multiply_rows_of<128>(panels, first_row, rows, x, out);
  }
  multiply_any_rows(panels, cols, first_row, rows, x, x_stride, out, out_stride, batch);
}

}  // namespace thimble

// The functions of pie_*.S, whose sources say what they do and how. Vectors and rows start on 16 bytes, strides and
// gaps are multiples of 16, a chunk is 16 elements; counts are not 0.
#pragma once

#include <cstddef>
#include <cstdint>

extern "C" {

// pie_dots.S: sums[r] = dot product of row r and x.
// 8 `groups` rows, each of at most 8 chunks and right behind the one before, with a gap behind every eighth.
void pie_dots_short(const int8_t* rows, const int8_t* x, size_t chunks, int32_t* sums, size_t groups, size_t gap);
// 8 rows of at least 3 chunks.
void pie_dots_long(const int8_t* rows, const int8_t* x, size_t chunks, int32_t* sums, size_t stride);
// Any.
void pie_dots(const int8_t* rows, const int8_t* x, size_t chunks, int32_t* sums, size_t stride, size_t count);

// pie_q4.S. The scales of 32 `count` groups, from halves to whole bytes. Reads another 16 bytes behind packed.
void pie_q4_scales(const std::byte* packed, int8_t* scales, size_t count);
// Rows of one panel; scales start anywhere, and those of one more block are read.
void pie_q4_rows(const std::byte* rows, size_t blocks, const int8_t* x, int32_t* sums, const int8_t* scales,
                 size_t count);
// Blocks with their scales as weights of int8.
void pie_q4_unpack(const std::byte* blocks, const int8_t* scales, int8_t* weights, size_t count);
// Whole panels. scratch: 32 bytes for every 16 of a panel's scales, and 16.
void pie_q4_panels(const std::byte* panels, size_t blocks, const int8_t* x, int32_t* sums, size_t count,
                   int8_t* scratch);

// pie_scores.S. sums[t] = dot product of key t and q, t < 4 count: keys of 8 elements, q on 8 bytes.
void pie_keys_of_8(const int8_t* keys, const int8_t* q, int32_t* sums, size_t count);
// y[t] becomes the score of a product, t < 4 count; shift less any octave of the codes: 1..32.
void pie_scores(int32_t* y, const uint8_t* codes, size_t count, int32_t mantissa, int32_t shift);
// a[t] = exponential of y[t] - most times factors[codes[t] - first_code] / 2^17, rounded, t < 4 count. Returns the sum
// of the exponentials.
uint32_t pie_weigh(uint16_t* a, const int32_t* y, const uint8_t* codes, size_t count, int32_t most,
                   const uint16_t* exponentials, const uint16_t* factors, int32_t first_code);
// weights = 256 high + low, 16 `count` of them.
void pie_split(const uint16_t* weights, int8_t* high, int8_t* low, size_t count);

// pie_vectors.S. The largest |x[i]|, and the largest x[i], i < 4 count.
uint32_t pie_max_abs(const int32_t* x, size_t count);
int32_t pie_max(const int32_t* x, size_t count);
// The places, from `first` on, of each x whose bits ^ flip are more than bar, as signed numbers: of 32 `count`
// elements. Returns how many.
uint32_t pie_find_above(uint8_t* found, const float* x, size_t count, int32_t flip, int32_t bar, uint32_t first);
// x[i] = (x[i] + half) / 2^shift rounded down, shift 1..31; x[i] * 2^shift, which stays in 32 bits: i < 4 count.
void pie_shift_right(int32_t* x, size_t count, int32_t half, int32_t shift);
void pie_shift_left(int32_t* x, size_t count, int32_t shift);
// The largest x[i] + 256 (255 - the least), i < 16 count.
uint32_t pie_byte_range(const uint8_t* x, size_t count);

// pie_elements.S. Vectors start on their elements, bytes that are written on 8 and the x of pie_add on 16; shifts are
// 1..31. Counts are of eight elements, but those of logits and norm of four, of pie_rope of pairs, and of pie_gate of
// single ones. Sums of whole panels become results.
void pie_scale_panels(int32_t* sums, const std::byte* panels, size_t count, size_t panel_bytes, int32_t spare);
// out[i] = x[i] * 2^lift * factor / 2^54, rounded.
void pie_quantize(int8_t* out, const int32_t* x, size_t count, int32_t lift, int32_t factor);
// The others are the kernels of their names, with the multiplier in two.
void pie_rescale(int8_t* out, const int32_t* x, size_t count, int32_t mantissa, int32_t shift);
void pie_add(int32_t* x, const int32_t* y, size_t count, int32_t lift, int32_t mantissa, int32_t shift);
void pie_logits(float* out, const int32_t* x, size_t count, int32_t mantissa, int32_t shift);
void pie_rope(int32_t* x, const int32_t* cos_sin, size_t count);
void pie_gate(int32_t* gate, const int32_t* up, size_t count, const uint16_t* sigmoid, int32_t mantissa, int32_t shift);
// At most 128 times four. sums: of the squares of x[i] / 64, their lower word; and of those squares / 2^22, each
// rounded down.
void pie_norm(int32_t* out, const int32_t* x, const int16_t* weight, size_t count, uint32_t* sums);
}

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

// pie_vectors.S. sums[t] = dot product of key t and q, t < 4 count: keys of 8 elements, q on 8 bytes.
void pie_keys_of_8(const int8_t* keys, const int8_t* q, int32_t* sums, size_t count);
// weights = 256 high + low, 16 `count` of them.
void pie_split(const uint16_t* weights, int8_t* high, int8_t* low, size_t count);
// The largest |x[i]|, i < 4 count.
uint32_t pie_max_abs(const int32_t* x, size_t count);
}

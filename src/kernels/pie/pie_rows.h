// Dot products of rows of int8 in memory, whatever they are: weights, keys, values.
#pragma once

#include "kernels/pie/pie_assembly.h"

namespace thimble {

inline constexpr size_t kPieChunk = 16;    // elements of a vector
inline constexpr size_t kPieGroup = 8;     // rows that pie_dots_short and pie_dots_long take together
inline constexpr size_t kPieShortRow = 8;  // chunks: what pie_dots_short takes

struct PieRows {
  const int8_t* first;  // on 16 bytes
  size_t stride;        // from one row to the next, a multiple of 16
  size_t chunks;        // that count, > 0

  const int8_t* row(size_t r) const { return first + r * stride; }
};

// sums[r] for eight rows.
inline void pie_dot_group(const PieRows& rows, const int8_t* x, int32_t* sums) {
  if (rows.chunks <= kPieShortRow && rows.stride == rows.chunks * kPieChunk) {
    pie_dots_short(rows.first, x, rows.chunks, sums, 1, 0);
  } else if (rows.chunks > 2) {
    pie_dots_long(rows.first, x, rows.chunks, sums, rows.stride);
  } else {
    pie_dots(rows.first, x, rows.chunks, sums, rows.stride, kPieGroup);
  }
}

// sums[r], r < count.
inline void pie_dot_rows(const PieRows& rows, const int8_t* x, int32_t* sums, size_t count) {
  size_t r = 0;
  for (; r + kPieGroup <= count; r += kPieGroup) {
    pie_dot_group({rows.row(r), rows.stride, rows.chunks}, x, sums + r);
  }
  if (r < count) pie_dots(rows.row(r), x, rows.chunks, sums + r, rows.stride, count - r);
}

}  // namespace thimble

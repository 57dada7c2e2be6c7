// Dot products of rows of int8 in memory, whatever they are: weights, keys, values.
#pragma once

#include "kernels/pie/pie_assembly.h"

namespace thimble {

inline constexpr size_t kPieChunk = 16;    // elements of a vector
inline constexpr size_t kPieGroup = 8;     // rows that pie_dots_short and pie_dots_long take together
inline constexpr size_t kPieShortRow = 8;  // chunks: the most that pie_dots_short takes
inline constexpr size_t kPieLongRow = 3;   // and the least of pie_dots_long

struct PieRows {
  const int8_t* first;  // on 16 bytes
  size_t stride;        // from one row to the next, a multiple of 16
  size_t chunks;        // that count, > 0
};

// sums[r], r < 8 groups. gap: bytes behind each group, on top of the stride.
inline void pie_dot_groups(const PieRows& rows, const int8_t* x, int32_t* sums, size_t groups, size_t gap) {
  if (rows.chunks <= kPieShortRow && rows.stride == rows.chunks * kPieChunk) {
    pie_dots_short(rows.first, x, rows.chunks, sums, groups, gap);
    return;
  }
  const int8_t* group = rows.first;
  for (; groups > 0; --groups) {
    if (rows.chunks >= kPieLongRow) {
      pie_dots_long(group, x, rows.chunks, sums, rows.stride);
    } else {
      pie_dots(group, x, rows.chunks, sums, rows.stride, kPieGroup);
    }
    group += kPieGroup * rows.stride + gap;
    sums += kPieGroup;
  }
}

// sums[r], r < count.
inline void pie_dot_rows(const PieRows& rows, const int8_t* x, int32_t* sums, size_t count) {
  const size_t rest = count % kPieGroup;
  if (count > rest) pie_dot_groups(rows, x, sums, count / kPieGroup, 0);
  if (rest > 0) {
    pie_dots(rows.first + (count - rest) * rows.stride, x, rows.chunks, sums + (count - rest), rows.stride, rest);
  }
}

}  // namespace thimble

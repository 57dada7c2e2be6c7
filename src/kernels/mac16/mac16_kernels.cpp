#include "kernels/mac16/mac16_kernels.h"

#include "kernels/panels.h"
#include "kernels/scalar/score.h"

// mac16_rows.S
extern "C" {
void mac16_rows(const int8_t* rows, size_t row_bytes, const int32_t* x, size_t steps, int32_t* sums, size_t count);
void mac16_keys(const int8_t* keys, const int32_t* x, int32_t* sums, size_t count);
void mac16_mix(const int8_t* values, size_t stride, const uint16_t* a, size_t steps, int32_t* sums, size_t count);
}

namespace thimble {
namespace {

constexpr size_t kStep = 16;         // columns of one turn of mac16_rows: what rows are padded to
constexpr size_t kStepsAtOnce = 32;  // of all vectors together

// A vector as mac16_rows wants it, in words: the start, and two columns in each word.
constexpr size_t lane_words(size_t columns) { return 1 + columns / 2; }

void make_lanes(const int8_t* x, size_t columns, int32_t* out) {
  int32_t sum = 0;
  int32_t* to = out + 1;
  for (const int8_t* const end = x + columns; x != end; x += 2) {
    const int32_t even = x[0];
    const int32_t odd = x[1];
    *to++ = static_cast<int32_t>(static_cast<uint32_t>(256 * even - odd) << 16 | (static_cast<uint32_t>(odd) & 0xffff));
    sum += even;
  }
  out[0] = -256 * 128 * sum;  // the offset of the weights in even columns
}

}  // namespace

void matmul_q8_mac16(const std::byte* panels, size_t cols, size_t first_row, size_t rows, const int8_t* x,
                     size_t x_stride, int32_t* out, size_t out_stride, size_t batch) {
  const PanelLayout layout = q8_layout(cols);
  const int32_t spare = spare_bits(cols);
  const size_t steps = layout.row_bytes / kStep;
  const size_t steps_at_once = kStepsAtOnce / batch;
  int32_t lanes[lane_words(kStepsAtOnce * kStep) + kMostBatch - 1];
  if (steps == 0) clear_product(out, out_stride, rows, batch);
  for (size_t first = 0; first < steps; first += steps_at_once) {
    const size_t count = steps - first < steps_at_once ? steps - first : steps_at_once;
    const bool last = first + count == steps;
    const size_t stride = lane_words(count * kStep);
    for (size_t b = 0; b < batch; ++b) make_lanes(x + b * x_stride + first * kStep, count * kStep, lanes + b * stride);
    for (PanelWalk part(panels, layout, first_row, rows); !part.done();) {
      const size_t part_rows = part.left_in_panel();
      const auto* w = reinterpret_cast<const int8_t*>(part.weights());
      for (size_t b = 0; b < batch; ++b) {
        int32_t* to = out + b * out_stride + part.i();
        if (first == 0) {
          mac16_rows(w, layout.row_bytes, lanes + b * stride, count, to, part_rows);
        } else {
          int32_t more[kPanelRows];
          mac16_rows(w + first * kStep, layout.row_bytes, lanes + b * stride, count, more, part_rows);
          for (size_t r = 0; r < part_rows; ++r) to[r] += more[r];
        }
        if (!last) continue;
        if (part_rows == kPanelRows) {
          scale_rows(part, kPanelRows, spare, to);  // which compilers unroll
        } else {
          scale_rows(part, part_rows, spare, to);
        }
      }
      part.advance(part_rows);
    }
  }
}

void scores_i8_mac16(int32_t* y, const int8_t* keys, size_t key_stride, const uint8_t* codes, const int8_t* q,
                     size_t head_dim, size_t length, Multiplier m) {
  constexpr size_t kKey = 8;
  if (key_stride != kKey) {
    scores_i8_scalar(y, keys, key_stride, codes, q, head_dim, length, m);
    return;
  }
  if (length == 0) return;
  int32_t lanes[lane_words(kKey)];
  make_lanes(q, kKey, lanes);
  mac16_keys(keys, lanes, y, length);
#pragma GCC unroll 2
  for (size_t t = 0; t < length; ++t) y[t] = score(y[t], codes[t], m);
}

void mix_i8_mac16(int32_t* out, const int8_t* values, size_t value_stride, const uint16_t* a, size_t head_dim,
                  size_t length, int32_t shift) {
  constexpr size_t kColumns = 4;
  const bool words = reinterpret_cast<uintptr_t>(a) % sizeof(int32_t) == 0;
  if (length < kColumns || length > kMixBlock || !words || head_dim == 0) {
    mix_i8_scalar(out, values, value_stride, a, head_dim, length, shift);
    return;
  }
  const size_t steps = length / kColumns;
  mac16_mix(values, value_stride, a, steps, out, head_dim);
  for (size_t d = 0; d < head_dim; ++d) {
    int32_t sum = out[d];
    for (size_t t = steps * kColumns; t < length; ++t) sum += values[d * value_stride + t] * a[t];
    out[d] = sum >> shift;
  }
}

}  // namespace thimble

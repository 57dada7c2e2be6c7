// The walk over panels; the sums are assembly's. Rows of weights and narrow vectors start on 16 bytes by the contract
// of kernels.h, which is all that the assembly asks for.

#include "kernels/panels.h"
#include "kernels/pie/pie_kernels.h"
#include "kernels/pie/pie_rows.h"

namespace thimble {
namespace {

static_assert(kPieGroup == kPanelRows);

// The sums of a product become its results, out [batch, out_stride].
void scale_sums(PanelWalk walk, const PanelLayout& layout, int32_t spare, int32_t* out, size_t out_stride,
                size_t batch) {
  while (!walk.done()) {
    const size_t panels = walk.whole_panels();
    const size_t rows = walk.left_in_panel();
    for (size_t b = 0; b < batch; ++b) {
      int32_t* sums = out + b * out_stride + walk.i();
      if (panels > 0) {
        pie_scale_panels(sums, walk.weights() - layout.header_bytes, panels, layout.panel(kPanelRows), spare);
      } else {
        scale_rows(walk, rows, spare, sums);
      }
    }
    if (panels > 0) {
      walk.advance_panels(panels);
    } else {
      walk.advance(rows);
    }
  }
}

// Weights that meet all vectors of a batch before the next ones are read: what a cache in front of PSRAM keeps easily.
constexpr size_t kBytesAtOnce = 8192;

// Calls visit(walk, rows, panels) for the parts of a product: whole panels, at most most_panels; or rows of a single
// one, and then panels is 0.
template <class Visit>
void for_each_part(PanelWalk walk, size_t most_panels, const Visit& visit) {
  while (!walk.done()) {
    const size_t whole = walk.whole_panels();
    const size_t panels = whole < most_panels ? whole : most_panels;
    if (panels > 0) {
      visit(walk, panels * kPanelRows, panels);
      walk.advance_panels(panels);
    } else {
      const size_t rows = walk.left_in_panel();
      visit(walk, rows, 0);
      walk.advance(rows);
    }
  }
}

// --- q4 ---

// What follows lies on the stack, of which a worker has 4 kB.
constexpr size_t kScaleBytes = 256;    // of a panel, packed, that are spread at once: 8 rows of 32 blocks
constexpr size_t kUnpackedBlocks = 4;  // of 8 rows, as weights of int8
static_assert(kScaleBytes % kPieChunk == 0);

// Scales of some blocks that follow each other in a panel's header, spread.
class SpreadScales {
 public:
  static constexpr size_t kMostBlocks = kScaleBytes - kPieChunk + 1;  // wherever they start

  // The blocks' scales need not start on 16 bytes: what stands in front of them is spread as well.
  const int8_t* spread(const std::byte* packed, size_t blocks) {
    const size_t in_front = reinterpret_cast<uintptr_t>(packed) % kPieChunk;
    pie_q4_scales(packed - in_front, scales_, (in_front + blocks + kPieChunk - 1) / kPieChunk);
    return scales_ + 2 * in_front;
  }
  int8_t* scratch() { return scales_; }

 private:
  alignas(kPieChunk) int8_t scales_[2 * kScaleBytes + kPieChunk];
};

// Rows for several vectors: unpacked to int8 once, some blocks of them at a time, and then like those of q8.
[[gnu::noinline]] void multiply_unpacked(const PanelWalk& part, size_t rows, size_t blocks, size_t row_bytes,
                                         const int8_t* x, size_t x_stride, int32_t* out, size_t out_stride,
                                         size_t batch) {
  SpreadScales scales;
  const int8_t* spread = scales.spread(part.group_scales(blocks), rows * blocks);
  alignas(kPieChunk) int8_t weights[kPanelRows * kUnpackedBlocks * kQ4Block];
  for (size_t first = 0; first < blocks; first += kUnpackedBlocks) {
    const size_t count = blocks - first < kUnpackedBlocks ? blocks - first : kUnpackedBlocks;
    const size_t stride = count * kQ4Block;
    if (count == blocks) {
      pie_q4_unpack(part.weights(), spread, weights, rows * blocks);
    } else {
      for (size_t r = 0; r < rows; ++r) {
        pie_q4_unpack(part.weights() + r * row_bytes + first * (kQ4Block / 2), spread + 2 * (r * blocks + first),
                      weights + r * stride, count);
      }
    }
    for (size_t b = 0; b < batch; ++b) {
      int32_t sums[kPanelRows];
      pie_dot_rows({weights, stride, stride / kPieChunk}, x + b * x_stride + first * kQ4Block, sums, rows);
      int32_t* to = out + b * out_stride;
      for (size_t r = 0; r < rows; ++r) to[r] = first == 0 ? sums[r] : to[r] + sums[r];
    }
  }
}

// A row that is too long for the room: piece by piece.
void multiply_long_row(const std::byte* row, const std::byte* group_scales, size_t blocks, const int8_t* x,
                       size_t x_stride, int32_t* out, size_t out_stride, size_t batch) {
  SpreadScales scales;
  for (size_t b = 0; b < batch; ++b) out[b * out_stride] = 0;
  for (size_t first = 0; first < blocks; first += SpreadScales::kMostBlocks) {
    const size_t left = blocks - first;
    const size_t count = left < SpreadScales::kMostBlocks ? left : SpreadScales::kMostBlocks;
    const int8_t* spread = scales.spread(group_scales + first, count);
    for (size_t b = 0; b < batch; ++b) {
      int32_t sum;
      pie_q4_rows(row + first * (kQ4Block / 2), count, x + b * x_stride + first * kQ4Block, &sum, spread, 1);
      out[b * out_stride] += sum;
    }
  }
}

}  // namespace

void matmul_q8_pie(const std::byte* panels, size_t cols, size_t first_row, size_t rows, const int8_t* x,
                   size_t x_stride, int32_t* out, size_t out_stride, size_t batch) {
  const PanelLayout layout = q8_layout(cols);
  const size_t chunks = layout.row_bytes / kPieChunk;
  if (chunks == 0) return clear_product(out, out_stride, rows, batch);
  const size_t panel_bytes = layout.panel(kPanelRows);
  const size_t most_panels = batch == 1 ? SIZE_MAX : panel_bytes < kBytesAtOnce ? kBytesAtOnce / panel_bytes : 1;
  const PanelWalk walk(panels, layout, first_row, rows);
  for_each_part(walk, most_panels, [&](const PanelWalk& part, size_t part_rows, size_t part_panels) {
    const auto* w = reinterpret_cast<const int8_t*>(part.weights());
    for (size_t b = 0; b < batch; ++b) {
      const int8_t* vector = x + b * x_stride;
      int32_t* sums = out + b * out_stride + part.i();
      if (part_panels > 0) {
        pie_dot_groups({w, layout.row_bytes, chunks}, vector, sums, part_panels, layout.header_bytes);
      } else {
        pie_dot_rows({w, layout.row_bytes, chunks}, vector, sums, part_rows);
      }
    }
  });
  scale_sums(walk, layout, spare_bits(cols), out, out_stride, batch);
}

void matmul_q4_pie(const std::byte* panels, size_t cols, size_t first_row, size_t rows, const int8_t* x,
                   size_t x_stride, int32_t* out, size_t out_stride, size_t batch) {
  const PanelLayout layout = q4_layout(cols);
  const size_t blocks = q4_blocks(cols);
  if (blocks == 0) return clear_product(out, out_stride, rows, batch);
  const bool fits = kPanelRows * blocks <= kScaleBytes;
  const PanelWalk walk(panels, layout, first_row, rows);
  // Assembly takes all panels for a single vector; two share the scales of a panel, more share its weights.
  for_each_part(walk, fits && batch == 1 ? SIZE_MAX : 0,
                [&](const PanelWalk& part, size_t part_rows, size_t part_panels) {
                  int32_t* sums = out + part.i();
                  if (!fits) {
                    for (size_t r = 0; r < part_rows; ++r) {
                      multiply_long_row(part.weights() + r * layout.row_bytes, part.group_scales(blocks) + r * blocks,
                                        blocks, x, x_stride, sums + r, out_stride, batch);
                    }
                    return;
                  }
                  if (batch > 2) {
                    multiply_unpacked(part, part_rows, blocks, layout.row_bytes, x, x_stride, sums, out_stride, batch);
                    return;
                  }
                  SpreadScales scales;
                  if (part_panels > 0) {
                    pie_q4_panels(part.weights() - layout.header_bytes, blocks, x, sums, part_panels, scales.scratch());
                    return;
                  }
                  const int8_t* spread = scales.spread(part.group_scales(blocks), part_rows * blocks);
                  for (size_t b = 0; b < batch; ++b) {
                    pie_q4_rows(part.weights(), blocks, x + b * x_stride, sums + b * out_stride, spread, part_rows);
                  }
                });
  scale_sums(walk, layout, spare_bits(cols), out, out_stride, batch);
}

}  // namespace thimble

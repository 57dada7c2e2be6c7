#include "engine/products.h"

#include <cstring>

#include "base/math.h"

namespace thimble {
namespace {

void read_q8_row(const TensorView& w, size_t r, int32_t* out) {
  const PanelLayout layout = q8_layout(w.cols);
  const std::byte* row = w.data + layout.row(r);
  const int32_t row_scale = load_u16(w.data + layout.row_scale(r));
  for (size_t c = 0; c < w.cols; ++c) out[c] = static_cast<int8_t>(row[c]) * row_scale;
}

void read_q4_row(const TensorView& w, size_t r, int32_t* out) {
  const PanelLayout layout = q4_layout(w.cols);
  const std::byte* row = w.data + layout.row(r);
  const int32_t row_scale = load_u16(w.data + layout.row_scale(r));
  const std::byte* group_scales = w.data + layout.group_scales(r, q4_blocks(w.cols));
  for (size_t c = 0; c < w.cols; ++c) {
    const std::byte pair = row[c / kQ4Block * (kQ4Block / 2) + c % kQ4Group];
    const std::byte scales = group_scales[c / kQ4Block];
    const int32_t weight = c % kQ4Block < kQ4Group ? q4_low(pair) * q4_low(scales) : q4_high(pair) * q4_high(scales);
    out[c] = weight * row_scale;
  }
}

}  // namespace

void Products::rows(const TensorView& w, Range rows, const Vectors& x, const Vectors& out, size_t batch) const {
  if (rows.size() == 0 || (kStreaming && w.data == nullptr)) return;
  switch (w.type) {
    case DType::kF32:
      kernels_.matmul_f32(w.f32_row(rows.first), w.row_bytes / sizeof(float), x.f32(0), x.stride, out.f32(0),
                          out.stride, rows.size(), w.cols, batch);
      break;
    case DType::kF16:
      kernels_.matmul_f16(w.f16_row(rows.first), w.row_bytes / sizeof(uint16_t), x.f32(0), x.stride, out.f32(0),
                          out.stride, rows.size(), w.cols, batch);
      break;
    case DType::kQ8:
      kernels_.matmul_q8(w.data, w.cols, rows.first, rows.size(), x.narrow(0), x.stride, out.wide(0), out.stride,
                         batch);
      break;
    case DType::kQ4:
      kernels_.matmul_q4(w.data, w.cols, rows.first, rows.size(), x.narrow(0), x.stride, out.wide(0), out.stride,
                         batch);
      break;
    case DType::kQ16:  // a norm is no matrix
      break;
  }
}

void Products::share(size_t units, Part part, const void* body) const {
  struct Call {
    Part part;
    const void* body;
    size_t units;
    uint32_t workers;
  };
  Call call{part, body, units, parallel_.workers};
  const Parallel::Task task = [](void* argument, uint32_t worker) {
    const auto& c = *static_cast<const Call*>(argument);
    const Range range{c.units * worker / c.workers, c.units * (worker + 1) / c.workers};
    const FpEnvironment environment;  // a thread's own
    if (range.size() > 0) c.part(c.body, range, worker);
  };
  parallel_.run(parallel_.context, task, &call);
}

void Products::multiply_pieces(const TensorView& w, Range rows, const Vectors& x, const Vectors& out,
                               size_t batch) const {
  size_t done = 0;
  while (done < rows.size()) {
    const TensorView piece = stream_->piece(w, rows.first + done, rows.last);
    if (piece.rows == 0) break;
    split_rows(piece.rows, w.cols * batch,
               [&](Range part) { this->rows(piece, part, x, out.from(done + part.first), batch); });
    done += piece.rows;
  }
  for (size_t b = 0; b < batch; ++b) std::memset(out.from(done, b).data, 0, (rows.size() - done) * sizeof(float));
}

void Products::all(const TensorView& w, const Vectors& x, const Vectors& out, size_t batch) const {
  if (kStreaming && w.data == nullptr) return multiply_pieces(w, {0, w.rows}, x, out, batch);
  split_rows(w.rows, w.cols * batch, [&](Range range) { rows(w, range, x, out.from(range.first), batch); });
}

// Row r of a matrix that is not in one piece, as a matrix of one row in `scratch`.
Status Products::fetch_row(TensorView* w, size_t r, std::byte* scratch) const {
  const auto read = [&](size_t from, size_t to, size_t bytes) {
    return stream_->fetch(w->offset + from, {scratch + to, bytes});
  };
  w->data = scratch;
  const bool q4 = w->type == DType::kQ4;
  if (!q4 && w->type != DType::kQ8) return read(r * w->row_bytes, 0, w->row_bytes);
  const PanelLayout layout = q4 ? q4_layout(w->cols) : q8_layout(w->cols);
  const size_t blocks = q4 ? q4_blocks(w->cols) : 0;
  THIMBLE_RETURN_IF_ERROR(read(layout.row_scale(r), 0, sizeof(uint16_t)));
  if (q4) THIMBLE_RETURN_IF_ERROR(read(layout.group_scales(r, blocks), kRowScaleBytes, blocks));
  return read(layout.row(r), layout.header_bytes, layout.row_bytes);
}

Status Products::read_row(TensorView w, size_t r, const Vectors& out, size_t b, std::byte* scratch) const {
  if (kStreaming && w.data == nullptr) {
    THIMBLE_RETURN_IF_ERROR(fetch_row(&w, r, scratch));
    r = 0;
  }
  switch (w.type) {
    case DType::kF32:
      std::memcpy(out.f32(b), w.f32_row(r), w.cols * sizeof(float));
      break;
    case DType::kF16:
      for (size_t c = 0; c < w.cols; ++c) out.f32(b)[c] = f32_from_f16(w.f16_row(r)[c]);
      break;
    case DType::kQ8:
      read_q8_row(w, r, out.wide(b));
      break;
    case DType::kQ4:
      read_q4_row(w, r, out.wide(b));
      break;
    case DType::kQ16:
      break;
  }
  return {};
}

}  // namespace thimble

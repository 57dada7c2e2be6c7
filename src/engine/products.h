// The door to the weights: rows of matrices times the vectors of a sweep, in the arithmetic of the model, shared among
// the workers. Nobody else in the forward pass knows where a matrix lies or how it is stored.
#pragma once

#include <cstddef>
#include <cstdint>

#include "base/fp_environment.h"
#include "base/quantized_layout.h"
#include "engine/activations.h"
#include "engine/streaming/weight_stream.h"
#include "kernels/kernels.h"
#include "thimble/model.h"
#include "thimble/parallel.h"

namespace thimble {

struct Range {
  size_t first = 0;
  size_t last = 0;  // exclusive
  size_t size() const { return last - first; }
};

class Products {
 public:
  // stream: brings matrices that are not in one piece in memory; null when all are.
  Products(const Kernels& kernels, WeightStream* stream) : kernels_(kernels), stream_(stream) {}

  void set_parallel(const Parallel& parallel) { parallel_ = parallel; }

  // out[b][i] = row rows.first + i of w times x[b], b < batch: f32, or wide in units of unit_of(w, scale of x[b]).
  // May be called by any worker. Nothing for a matrix that is not in one piece: stream() was called for that.
  void rows(const TensorView& w, Range rows, const Vectors& x, const Vectors& out, size_t batch) const;

  // The same for a matrix that is not in one piece, by all workers, piece by piece as they come; nothing for others. In
  // the order of the file, ahead of the stage that calls rows(). When a piece does not come, its rows are zeros, and
  // what the stream's status() says is for the caller of the sweep.
  void stream(const TensorView& w, Range rows, const Vectors& x, const Vectors& out, size_t batch) const {
    if (kStreaming && w.data == nullptr) multiply_pieces(w, rows, x, out, batch);
  }
  void stream(const TensorView& w, const Vectors& x, const Vectors& out, size_t batch) const {
    stream(w, {0, w.rows}, x, out, batch);
  }

  // out[b] = w times x[b], by all workers.
  void all(const TensorView& w, const Vectors& x, const Vectors& out, size_t batch) const;

  // out[b] = row r as numbers: f32; or wide, below 2^24 in size, times 2^w.exponent. Of a matrix that is not in one
  // piece the row is brought into `scratch`, which holds tensor_bytes() of a matrix of one row. Errors: those of
  // WeightStream::fetch.
  Status read_row(TensorView w, size_t r, const Vectors& out, size_t b, std::byte* scratch) const;

  static Scale unit_of(const TensorView& w, Scale x) { return shifted_by(x, w.exponent + row_shift(w.cols)); }

  // Calls body(range, worker) with ranges that cover 0 .. units - 1, one per worker, and waits for all. Alone, when the
  // whole stage is fewer than Parallel::least_products products.
  template <class Body>
  void split(size_t units, size_t unit_products, const Body& body) const;
  // The same for the rows of a matrix, in whole panels: body(range).
  template <class Body>
  void split_rows(size_t rows, size_t row_products, const Body& body) const;

 private:
  using Part = void (*)(const void* body, Range range, uint32_t worker);
  void share(size_t units, Part part, const void* body) const;

  void multiply_pieces(const TensorView& w, Range rows, const Vectors& x, const Vectors& out, size_t batch) const;
  Status fetch_row(TensorView* w, size_t r, std::byte* scratch) const;

  const Kernels& kernels_;
  WeightStream* const stream_;
  Parallel parallel_;
};

template <class Body>
[[gnu::always_inline]] inline void Products::split_rows(size_t rows, size_t row_products, const Body& body) const {
  split(panel_count(rows), kPanelRows * row_products, [&](Range panels, uint32_t) {
    const size_t last = panels.last * kPanelRows;
    body(Range{panels.first * kPanelRows, last < rows ? last : rows});
  });
}

// Inlined, as a frame less on the deepest stack there is.
template <class Body>
[[gnu::always_inline]] inline void Products::split(size_t units, size_t unit_products, const Body& body) const {
  if (parallel_.workers == 1 || units * unit_products < parallel_.least_products) {
    body(Range{0, units}, 0);
    return;
  }
  const Part part = [](const void* b, Range range, uint32_t worker) { (*static_cast<const Body*>(b))(range, worker); };
  share(units, part, &body);
}

}  // namespace thimble

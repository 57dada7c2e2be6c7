// What a forward pass computes with: the buffers of a plan, each with its shape.
#pragma once

#include <cstddef>
#include <cstdint>

#include "base/scale.h"
#include "thimble/memory.h"
#include "thimble/plan.h"

namespace thimble {

// A vector for each token of a sweep: [batch, stride]. What its elements are, the arithmetic of the model says: f32 in
// a float model; in an integer model wide or narrow integers (kernels.h).
struct Vectors {
  std::byte* data = nullptr;
  size_t stride = 0;  // elements from one token's vector to the next

  float* f32(size_t b = 0) const { return reinterpret_cast<float*>(data) + b * stride; }
  int32_t* wide(size_t b = 0) const { return reinterpret_cast<int32_t*>(data) + b * stride; }
  int8_t* narrow(size_t b = 0) const { return reinterpret_cast<int8_t*>(data) + b * stride; }
  // The same from element n of vector b on; f32 or wide.
  Vectors from(size_t n, size_t b = 0) const { return {data + (b * stride + n) * sizeof(float), stride}; }
};

struct Activations {
  Activations(const Plan& plan, const Memory& memory);

  Vectors x;            // [max_batch, dim]         residual stream
  Vectors xb;           // [max_batch, dim] f32, or [max_batch, narrow_stride] narrow: what a matrix is multiplied with
  Vectors xb2;          // [max_batch, dim]         output of a projection before it is added
  Vectors q;            // [max_batch, q_dim]       queries, then the heads' outputs
  Vectors k;            // [max_batch, kv_dim]
  Vectors v;            // [max_batch, kv_dim]
  Vectors gate;         // [max_batch, hidden_dim]
  Vectors up;           // [max_batch, hidden_dim]
  Vectors rope;         // [max_batch, head_dim]    cos, sin of pair 0, ...; integers in units of 2^-30
  Vectors queries;      // [max_batch, n_heads x key stride] narrow, for a kv cache of int8
  Vectors logits;       // [max_batch, logits_rows] f32
  Vectors wide_logits;  // [max_batch, logits_rows], integer models
  // Scales of integer vectors. The residual stream has no more than an exponent: x * 2^x_exponents[b].
  int32_t* x_exponents = nullptr;  // [max_batch]
  Scale* xb_scales = nullptr;      // [max_batch]
  Scale* head_scales = nullptr;    // [max_batch, n_heads], of queries, then of the heads' outputs
  std::byte* att = nullptr;        // [max_workers, att_bytes]: scores of all positions, of a narrow cache their weights
  size_t att_bytes = 0;

  // int8 elements between the inputs of two tokens: integer models multiply matrices with vectors of all three widths.
  static size_t narrow_stride(const ModelConfig& c);
  // Bytes of Buffer::kScales.
  static size_t scale_bytes(const ModelConfig& c, size_t max_batch) {
    return max_batch * (sizeof(int32_t) + (1 + c.n_heads) * sizeof(Scale));
  }
};

}  // namespace thimble

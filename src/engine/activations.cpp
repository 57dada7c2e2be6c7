#include "engine/activations.h"

#include <new>

#include "base/checked.h"
#include "base/quantized_layout.h"
#include "engine/kv_cache.h"

namespace thimble {

size_t Activations::narrow_stride(const ModelConfig& c) {
  size_t widest = c.dim;
  if (c.q_dim() > widest) widest = c.q_dim();
  if (c.hidden_dim > widest) widest = c.hidden_dim;
  return round_up<size_t>(widest, kVectorPadding);
}

Activations::Activations(const Plan& plan, const Memory& memory) {
  const ModelConfig& c = plan.config;
  const size_t batch = plan.options.max_batch;
  const auto vectors = [&](Buffer buffer, size_t stride) { return Vectors{memory.at(plan.at(buffer)).data(), stride}; };
  x = vectors(Buffer::kX, c.dim);
  xb = vectors(Buffer::kXb, plan.arithmetic == Arithmetic::kInteger ? narrow_stride(c) : c.dim);
  xb2 = vectors(Buffer::kXb2, c.dim);
  q = vectors(Buffer::kQ, c.q_dim());
  k = vectors(Buffer::kK, c.kv_dim());
  v = vectors(Buffer::kV, c.kv_dim());
  gate = vectors(Buffer::kHb, c.hidden_dim);
  up = vectors(Buffer::kHb2, c.hidden_dim);
  rope = vectors(Buffer::kRope, c.head_dim);
  queries = vectors(Buffer::kQueries, c.n_heads * kv_key_stride(c, KvType::kI8));
  logits = vectors(Buffer::kLogits, plan.logits_rows);
  wide_logits = logits.from(batch * plan.logits_rows);
  att = memory.at(plan.at(Buffer::kAtt)).data();
  att_bytes = plan.at(Buffer::kAtt).bytes / plan.options.max_workers;

  std::byte* scales = memory.at(plan.at(Buffer::kScales)).data();
  x_exponents = reinterpret_cast<int32_t*>(scales);
  xb_scales = reinterpret_cast<Scale*>(x_exponents + batch);
  head_scales = xb_scales + batch;
  for (size_t i = 0; i < batch; ++i) x_exponents[i] = 0;
  for (size_t i = 0; i < batch * (1 + c.n_heads); ++i) new (&xb_scales[i]) Scale();
}

}  // namespace thimble

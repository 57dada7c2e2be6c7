#include "engine/activations.h"

#include "base/checked.h"
#include "base/quantized_layout.h"

namespace thimble {

namespace {

constexpr struct {
  Vectors Activations::*vectors;
  Buffer buffer;
} kPlaces[] = {
    {&Activations::x, Buffer::kX},
    {&Activations::xb, Buffer::kXb},
    {&Activations::xb2, Buffer::kXb2},
    {&Activations::q, Buffer::kQ},
    {&Activations::k, Buffer::kK},
    {&Activations::v, Buffer::kV},
    {&Activations::gate, Buffer::kGate},
    {&Activations::up, Buffer::kUp},
    {&Activations::rope, Buffer::kRope},
    {&Activations::logits, Buffer::kLogits},
    {&Activations::queries, Buffer::kQueries},
};

}  // namespace

size_t Activations::narrow_stride(const ModelConfig& c) {
  size_t widest = c.dim;
  if (c.q_dim() > widest) widest = c.q_dim();
  if (c.hidden_dim > widest) widest = c.hidden_dim;
  return round_up<size_t>(widest, kVectorPadding);
}

Activations::Activations(const Plan& plan, const Memory& memory) {
  const size_t batch = plan.options.max_batch;
  for (const auto& place : kPlaces) {
    const std::span<std::byte> bytes = memory.at(plan.at(place.buffer));
    this->*place.vectors = {bytes.data(), bytes.size() / (batch * sizeof(float))};
  }
  xb2.stride = x.stride;
  queries.stride *= sizeof(float);
  if (plan.arithmetic == Arithmetic::kInteger) xb.stride *= sizeof(float);
  logits.stride = plan.logits_rows;
  wide_logits = logits.from(batch * plan.logits_rows);
  att = memory.at(plan.at(Buffer::kAtt)).data();
  att_bytes = plan.at(Buffer::kAtt).bytes / plan.options.max_workers;

  x_exponents = reinterpret_cast<int32_t*>(memory.at(plan.at(Buffer::kScales)).data());
  xb_scales = reinterpret_cast<Scale*>(x_exponents + batch);
  head_scales = xb_scales + batch;
}

}  // namespace thimble

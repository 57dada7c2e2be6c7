// Setting an engine up: laying the plan over the caller's memory.

#include "thimble/engine.h"

#include <new>

#include "base/fp_environment.h"
#include "base/math.h"
#include "engine/kv_cache.h"
#include "engine/weights.h"
#include "kernels/kernels.h"

namespace thimble {
namespace {

Status check_memory(const Plan& plan, const Memory& memory) {
  for (size_t r = 0; r < kRegionCount; ++r) {
    for (size_t b = 0; b < kMaxBlocks; ++b) {
      const size_t needed = plan.block_bytes[r][b];
      if (needed == 0) continue;
      const auto region = static_cast<Region>(r);
      const std::span<std::byte> block = memory.block(region, b);
      if (block.size() < needed) {
        return Status::error(Code::kOutOfMemory, region_name(region)).at(b).got(block.size(), needed);
      }
      if (reinterpret_cast<uintptr_t>(block.data()) % kBlockAlignment != 0) {
        return Status::error(Code::kInvalidArgument, "alignment of memory block").at(b);
      }
    }
  }
  return {};
}

LayerWeights layer_weights(const Model& model, uint32_t layer) {
  return {model.tensor(Role::kAttentionNorm, layer),
          model.tensor(Role::kWq, layer),
          model.tensor(Role::kWk, layer),
          model.tensor(Role::kWv, layer),
          model.tensor(Role::kWo, layer),
          model.tensor(Role::kFfnNorm, layer),
          model.tensor(Role::kWGate, layer),
          model.tensor(Role::kWUp, layer),
          model.tensor(Role::kWDown, layer)};
}

}  // namespace

Status Engine::init(const Model& model, const Plan& plan, const Memory& memory) {
  kernels_ = nullptr;
  if (!model.is_open()) return Status::error(Code::kNotReady, "model");
  THIMBLE_RETURN_IF_ERROR(plan.status);
  if (plan.config != model.config()) return Status::error(Code::kMismatch, "plan made for another model");
  THIMBLE_RETURN_IF_ERROR(check_memory(plan, memory));
  const FpEnvironment environment;
  if (!arithmetic_is_ieee()) return Status::error(Code::kArithmetic, "");
  model_ = model;
  plan_ = plan;
  memory_ = memory;
  lay_out();
  return {};
}

void Engine::lay_out() {
  const auto floats = [this](Buffer b) { return reinterpret_cast<float*>(buffer(plan_.at(b))); };
  x_ = floats(Buffer::kX);
  xb_ = floats(Buffer::kXb);
  xb2_ = floats(Buffer::kXb2);
  q_ = floats(Buffer::kQ);
  k_ = floats(Buffer::kK);
  v_ = floats(Buffer::kV);
  hb_ = floats(Buffer::kHb);
  hb2_ = floats(Buffer::kHb2);
  att_ = floats(Buffer::kAtt);
  rope_ = floats(Buffer::kRope);
  logits_ = floats(Buffer::kLogits);

  layers_ = reinterpret_cast<LayerWeights*>(buffer(plan_.at(Buffer::kLayerTable)));
  for (uint32_t i = 0; i < plan_.config.n_layers; ++i) new (&layers_[i]) LayerWeights(layer_weights(model_, i));

  const Placement& text = plan_.at(Buffer::kText);
  const Placement& workspace = plan_.at(Buffer::kTokenizer);
  session_.tokens = {reinterpret_cast<uint32_t*>(buffer(plan_.at(Buffer::kTokens))), size_t{context()} + 1};
  session_.tokenizer_workspace = {buffer(workspace), workspace.bytes};
  session_.text = {reinterpret_cast<char*>(buffer(text)), text.bytes};

  attention_scale_ = rsqrt_f32(static_cast<float>(plan_.config.head_dim));
  position_ = 0;
  kernels_ = &active_kernels();
}

std::byte* Engine::buffer(const Placement& place) const {
  return memory_.block(place.region, place.block).data() + place.offset;
}

Engine::KvLayer Engine::kv_layer(uint32_t layer) const {
  size_t run = 0;
  while (layer >= plan_.kv_runs[run].first_layer + plan_.kv_runs[run].layers) ++run;
  std::byte* base = buffer(plan_.kv_runs[run].place) + (layer - plan_.kv_runs[run].first_layer) * plan_.kv_layer_bytes;
  const ModelConfig& c = plan_.config;
  KvLayer kv;
  kv.keys = reinterpret_cast<float*>(base);
  kv.key_stride = key_stride(c);
  kv.values = kv.keys + size_t{c.n_kv_heads} * context() * kv.key_stride;
  kv.value_stride = value_stride(context());
  return kv;
}

Status Engine::rewind(uint32_t position) {
  if (position > position_) return Status::error(Code::kInvalidArgument, "rewind position").got(position, position_);
  position_ = position;
  return {};
}

}  // namespace thimble

#include "engine/kv_cache.h"

#include "base/checked.h"

namespace thimble {
namespace {

// Half bytes of an element.
size_t halves_of(KvType type) {
  if (kv_int4::kLinked && type == KvType::kI4) return 1;
  return 2 * (type == KvType::kI8 ? 1 : sizeof(float));
}

// Rows start on 16 bytes, but short keys of int8 on 8: padding would double them.
size_t key_align(KvType type) {
  if (kv_int4::kLinked && type == KvType::kI4) return kv_int4::kGroup;
  return type == KvType::kI8 ? 8 : 4;
}

// Bytes of codes and steps for the keys of a position, and as many for its values.
size_t scales_of(const KvLayout& l) {
  if (kv_int4::kLinked && l.type == KvType::kI4) return 1 + l.groups();
  return l.type == KvType::kF32 ? 0 : 1;
}

}  // namespace

bool KvLayout::make(const ModelConfig& c, KvType type, size_t context, KvLayout* out) {
  KvLayout l;
  l.type = type;
  l.n_kv_heads = c.n_kv_heads;
  l.head_dim = c.head_dim;
  const size_t halves = halves_of(type);
  l.key_stride = round_up<size_t>(c.head_dim, key_align(type));
  l.positions = round_up<size_t>(context, type == KvType::kF32 ? 4 : 16);
  size_t positions = 0;
  size_t scales = 0;
  if (!checked_mul<size_t>(l.positions, c.n_kv_heads, &positions) ||
      !checked_mul<size_t>(positions / 2, l.key_stride * halves, &l.values_at) ||
      !checked_mul<size_t>(positions / 2, c.head_dim * halves, &l.key_codes_at) ||
      !checked_add(l.key_codes_at, l.values_at, &l.key_codes_at) ||
      !checked_mul<size_t>(positions, scales_of(l), &scales) ||
      !checked_add(l.key_codes_at, scales, &l.value_codes_at) || !checked_add(l.value_codes_at, scales, &l.bytes)) {
    return false;
  }
  *out = l;
  return true;
}

KvHead kv_head(const KvLayout& l, std::byte* layer, size_t head) {
  const size_t first = head * l.positions;
  const size_t halves = halves_of(l.type);
  const size_t first_scale = kv_int4::kLinked && l.type == KvType::kI4 ? first * scales_of(l) : first;
  KvHead h;
  h.keys = layer + first / 2 * l.key_stride * halves;
  h.values = layer + l.values_at + first / 2 * l.head_dim * halves;
  h.key_codes = reinterpret_cast<uint8_t*>(layer + l.key_codes_at) + first_scale;
  h.value_codes = reinterpret_cast<uint8_t*>(layer + l.value_codes_at) + first_scale;
  return h;
}

KvCache::KvCache(const Plan& plan, const Memory& memory) : plan_(plan), memory_(memory) {
  (void)KvLayout::make(plan.config, plan.options.kv_type, plan.options.context, &layout_);  // make_plan saw it fit
}

std::byte* KvCache::layer(uint32_t layer) const {
  const KvRun* run = plan_.kv_runs.data();
  while (layer >= run->first_layer + run->layers) ++run;
  return memory_.at(run->place).data() + (layer - run->first_layer) * plan_.kv_layer_bytes;
}

}  // namespace thimble

#include "engine/kv_cache.h"

#include "base/checked.h"

namespace thimble {

bool KvLayout::make(const ModelConfig& c, KvType type, size_t context, KvLayout* out) {
  KvLayout l;
  l.type = type;
  l.n_kv_heads = c.n_kv_heads;
  l.head_dim = c.head_dim;
  const bool i8 = type == KvType::kI8;
  const size_t element = i8 ? 1 : sizeof(float);
  // Rows start on 16 bytes, but short keys of int8 on 8: padding would double them.
  l.key_stride = round_up<size_t>(c.head_dim, i8 ? 8 : 4);
  l.positions = round_up<size_t>(context, i8 ? 16 : 4);
  size_t positions = 0;
  if (!checked_mul<size_t>(l.positions, c.n_kv_heads, &positions) ||
      !checked_mul<size_t>(positions, l.key_stride * element, &l.values_at) ||
      !checked_mul<size_t>(positions, c.head_dim * element, &l.key_codes_at) ||
      !checked_add(l.key_codes_at, l.values_at, &l.key_codes_at) ||
      !checked_add(l.key_codes_at, i8 ? positions : 0, &l.value_codes_at) ||
      !checked_add(l.value_codes_at, i8 ? positions : 0, &l.bytes)) {
    return false;
  }
  *out = l;
  return true;
}

KvHead kv_head(const KvLayout& l, std::byte* layer, size_t head) {
  const size_t first = head * l.positions;  // of the head's codes
  const size_t element = l.type == KvType::kI8 ? 1 : sizeof(float);
  KvHead h;
  h.keys = layer + first * l.key_stride * element;
  h.values = layer + l.values_at + first * l.head_dim * element;
  h.key_codes = reinterpret_cast<uint8_t*>(layer + l.key_codes_at) + first;
  h.value_codes = reinterpret_cast<uint8_t*>(layer + l.value_codes_at) + first;
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

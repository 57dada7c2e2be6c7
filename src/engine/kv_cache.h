// The kv cache: layout of a layer, and where each layer lies.
#pragma once

#include <cstddef>
#include <cstdint>

#include "base/checked.h"
#include "thimble/memory.h"
#include "thimble/model.h"
#include "thimble/plan.h"

namespace thimble {

// Elements of a key in the cache. Rows start on 16 bytes, but short keys of int8 on 8: padding would double them.
inline size_t kv_key_stride(const ModelConfig& c, KvType type) {
  return round_up<size_t>(c.head_dim, type == KvType::kI8 ? 8 : 4);
}

// The kv cache of one layer: keys [n_kv_heads][positions][key stride], then values, transposed so that attention reads
// both with the same dot product: [n_kv_heads][head_dim][positions]. Behind int8 values the scale codes of keys and of
// values, [n_kv_heads][positions] each. `positions` is the context, padded.
struct KvLayout {
  KvType type = KvType::kF32;
  size_t n_kv_heads = 0;
  size_t head_dim = 0;
  size_t key_stride = 0;  // elements
  size_t positions = 0;
  size_t values_at = 0;  // bytes from the start of the layer
  size_t key_codes_at = 0;
  size_t value_codes_at = 0;
  size_t bytes = 0;  // of a layer

  // False when the size does not fit size_t.
  static bool make(const ModelConfig& c, KvType type, size_t context, KvLayout* out) {
    KvLayout l;
    l.type = type;
    l.n_kv_heads = c.n_kv_heads;
    l.head_dim = c.head_dim;
    const bool i8 = type == KvType::kI8;
    const size_t element = i8 ? 1 : sizeof(float);
    l.key_stride = kv_key_stride(c, type);
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
};

// The keys and values of one kv head; elements of the cache's type.
struct KvHead {
  std::byte* keys = nullptr;       // [positions, key_stride]
  std::byte* values = nullptr;     // [head_dim, positions]
  uint8_t* key_codes = nullptr;    // [positions], int8 only
  uint8_t* value_codes = nullptr;  // [positions], int8 only

  float* f32_keys() const { return reinterpret_cast<float*>(keys); }
  float* f32_values() const { return reinterpret_cast<float*>(values); }
  int8_t* i8_keys() const { return reinterpret_cast<int8_t*>(keys); }
  int8_t* i8_values() const { return reinterpret_cast<int8_t*>(values); }
};

inline KvHead kv_head(const KvLayout& l, std::byte* layer, size_t head) {
  const size_t first = head * l.positions;  // of the head's codes
  const size_t element = l.type == KvType::kI8 ? 1 : sizeof(float);
  KvHead h;
  h.keys = layer + first * l.key_stride * element;
  h.values = layer + l.values_at + first * l.head_dim * element;
  h.key_codes = reinterpret_cast<uint8_t*>(layer + l.key_codes_at) + first;
  h.value_codes = reinterpret_cast<uint8_t*>(layer + l.value_codes_at) + first;
  return h;
}

// The cache of an engine, whose layers lie where its plan says.
class KvCache {
 public:
  KvCache(const Plan& plan, const Memory& memory) : plan_(plan), memory_(memory) {
    (void)KvLayout::make(plan.config, plan.options.kv_type, plan.options.context, &layout_);  // make_plan saw it fit
  }

  const KvLayout& layout() const { return layout_; }

  std::byte* layer(uint32_t layer) const {
    const KvRun* run = plan_.kv_runs.data();
    while (layer >= run->first_layer + run->layers) ++run;
    return memory_.at(run->place).data() + (layer - run->first_layer) * plan_.kv_layer_bytes;
  }

 private:
  KvLayout layout_;
  const Plan& plan_;
  const Memory memory_;
};

}  // namespace thimble

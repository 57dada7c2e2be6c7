// The kv cache: layout of a layer, and where each layer lies.
#pragma once

#include <cstddef>
#include <cstdint>

#include "engine/kv_int4/kv_int4.h"
#include "thimble/memory.h"
#include "thimble/model.h"
#include "thimble/plan.h"

namespace thimble {

// The kv cache of one layer: keys [n_kv_heads][positions][key stride], then values, transposed so that attention reads
// both with the same dot product: [n_kv_heads][head_dim][positions]. Behind int8 values the scale codes of keys and of
// values, [n_kv_heads][positions] each; of int4 those of a head stand in front of its steps, [positions][groups] of
// keys and [groups][positions] of values (kv_int4/packed_kv.h). `positions` is the context, padded.
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

  size_t groups() const { return key_stride / kv_int4::kGroup; }  // of an int4 head

  // False when the size does not fit size_t.
  static bool make(const ModelConfig& c, KvType type, size_t context, KvLayout* out);
};

// The keys and values of one kv head; elements of the cache's type.
struct KvHead {
  std::byte* keys = nullptr;       // [positions, key_stride]
  std::byte* values = nullptr;     // [head_dim, positions]
  uint8_t* key_codes = nullptr;    // [positions], int8 and int4
  uint8_t* value_codes = nullptr;  // [positions], int8 and int4

  float* f32_keys() const { return reinterpret_cast<float*>(keys); }
  float* f32_values() const { return reinterpret_cast<float*>(values); }
  int8_t* i8_keys() const { return reinterpret_cast<int8_t*>(keys); }
  int8_t* i8_values() const { return reinterpret_cast<int8_t*>(values); }
};

KvHead kv_head(const KvLayout& l, std::byte* layer, size_t head);

// The cache of an engine, whose layers lie where its plan says.
class KvCache {
 public:
  KvCache(const Plan& plan, const Memory& memory);

  const KvLayout& layout() const { return layout_; }

  std::byte* layer(uint32_t layer) const;

 private:
  KvLayout layout_;
  const Plan& plan_;
  const Memory& memory_;
};

}  // namespace thimble

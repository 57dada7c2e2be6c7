// Layout of the kv cache, and the sizes that the plan and the code that uses its buffers must agree on.
#pragma once

#include <cstddef>
#include <cstdint>

#include "base/checked.h"
#include "thimble/engine.h"
#include "thimble/model.h"
#include "thimble/tokenizer.h"

namespace thimble {

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
};

// The keys and values of one kv head.
template <class Element>
struct KvHead {
  Element* keys = nullptr;         // [positions, key_stride]
  Element* values = nullptr;       // [head_dim, positions]
  uint8_t* key_codes = nullptr;    // [positions], int8 only
  uint8_t* value_codes = nullptr;  // [positions], int8 only
};

template <class Element>
KvHead<Element> kv_head(const KvLayout& l, std::byte* layer, size_t head) {
  KvHead<Element> h;
  h.keys = reinterpret_cast<Element*>(layer) + head * l.positions * l.key_stride;
  h.values = reinterpret_cast<Element*>(layer + l.values_at) + head * l.head_dim * l.positions;
  h.key_codes = reinterpret_cast<uint8_t*>(layer + l.key_codes_at) + head * l.positions;
  h.value_codes = reinterpret_cast<uint8_t*>(layer + l.value_codes_at) + head * l.positions;
  return h;
}

// Text that a Generator may hold: less than the stop strings together, what one more token can add, the replacement
// character of an unfinished one, and a byte for the NUL of the C API.
inline size_t held_text_bytes(size_t max_stop_bytes, size_t max_piece_bytes) {
  return max_stop_bytes + Utf8Stream::max_output(max_piece_bytes) + 3 + 1;
}

}  // namespace thimble

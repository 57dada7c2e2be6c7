// Layout of the kv cache, and the sizes that the plan and the code that uses its buffers must agree on.
#pragma once

#include <cstddef>

#include "base/checked.h"
#include "thimble/engine.h"
#include "thimble/model.h"
#include "thimble/tokenizer.h"

namespace thimble {

// The kv cache of one layer, all f32: keys [n_kv_heads][context][key stride], then values, transposed so that
// attention reads both with the same dot product: [n_kv_heads][head_dim][value stride].
inline constexpr size_t kFloatsPerRowAlign = 4;  // rows start on 16 bytes, as kernels.h asks

inline size_t key_stride(const ModelConfig& c) { return round_up<size_t>(c.head_dim, kFloatsPerRowAlign); }
inline size_t value_stride(size_t context) { return round_up<size_t>(context, kFloatsPerRowAlign); }

struct Engine::KvLayer {
  float* keys = nullptr;    // [n_kv_heads, context, key_stride]
  float* values = nullptr;  // [n_kv_heads, head_dim, value_stride]
  size_t key_stride = 0;
  size_t value_stride = 0;
};

// False when the size does not fit size_t.
inline bool kv_layer_bytes(const ModelConfig& c, size_t context, size_t* bytes) {
  size_t keys = 0;
  size_t values = 0;
  return checked_mul<size_t>(context, key_stride(c), &keys) &&
         checked_mul<size_t>(c.head_dim, value_stride(context), &values) && checked_add(keys, values, bytes) &&
         checked_mul<size_t>(*bytes, size_t{c.n_kv_heads} * sizeof(float), bytes);
}

// Text that a Generator may hold: less than the stop strings together, what one more token can add, the replacement
// character of an unfinished one, and a byte for the NUL of the C API.
inline size_t held_text_bytes(size_t max_stop_bytes, size_t max_piece_bytes) {
  return max_stop_bytes + Utf8Stream::max_output(max_piece_bytes) + 3 + 1;
}

}  // namespace thimble

// Attention knows one narrow cache, of int8. What is here packs a head that was brought to int8, and unpacks a stretch
// of positions into int8 again, so that every kernel set serves both.
//
// A block of 16 elements that are read together lies in 8 bytes, element j in the lower and j + 8 in the upper half of
// byte j: elements of a key, positions of a value. So two positions share a byte of the values; both belong to one
// head, which one worker stores.
#pragma once

#include <cstddef>
#include <cstdint>

#include "base/scale.h"
#include "engine/kv_cache.h"
#include "engine/kv_int4/kv_int4.h"
#include "kernels/kernels.h"

namespace thimble::kv_int4 {

inline constexpr size_t kScratchRows = 4;  // of values that are unpacked together

// 127/120: elements are at most 120 in size, the most that a step of 15 reaches.
inline constexpr Scale kHeadroom = {0x87777777, -31};

// Bytes of int8 that a worker unpacks into: a key at least, and kScratchRows rows of values.
inline size_t scratch_bytes(const KvLayout& l) {
  const size_t rows = kScratchRows * l.positions;
  return rows > l.key_stride ? rows : l.key_stride;
}

// The step of kGroup elements, which is returned, and their numbers.
int8_t choose_step(const int8_t* q, int8_t* n);

// Brings a wide head to int8 by `m`, and stores it at `position`.
void store_key(const Kernels& kernels, const KvLayout& l, const KvHead& head, size_t position, const int32_t* key,
               Multiplier m);
void store_value(const Kernels& kernels, const KvLayout& l, const KvHead& head, size_t position, const int32_t* value,
                 Multiplier m);

// As scores_i8 and mix_i8, over the `length` first positions. scratch: scratch_bytes(l), aligned as a cache of int8 is.
void score_keys(const Kernels& kernels, const KvLayout& l, const KvHead& head, const int8_t* query, size_t length,
                Multiplier m, int8_t* scratch, int32_t* scores);
void mix_values(const Kernels& kernels, const KvLayout& l, const KvHead& head, const uint16_t* weights, size_t length,
                int32_t shift, int8_t* scratch, int32_t* out);

}  // namespace thimble::kv_int4

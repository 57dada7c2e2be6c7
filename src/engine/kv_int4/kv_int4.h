// Keys and values in 4 bits (docs/NUMERICS.md, "The int4 kv cache"): a part of the engine that a program links or not,
// since few chips' models need it. The option THIMBLE_KV_INT4 of CMake decides.
#pragma once

#include <cstddef>
#include <cstdint>

#ifndef THIMBLE_KV_INT4
#define THIMBLE_KV_INT4 0
#endif

namespace thimble::kv_int4 {

inline constexpr bool kLinked = THIMBLE_KV_INT4 != 0;

inline constexpr size_t kGroup = 16;  // elements of a head that share a step

}  // namespace thimble::kv_int4

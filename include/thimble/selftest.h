// Proof that a device computes what every other device computes: a short run whose hash the model file states.
#pragma once

#include <cstdint>

#include "thimble/engine.h"

namespace thimble {

inline constexpr uint32_t kSelfTestTokens = 16;

// The ids of the run: token i is (i * 0x9e3779b1 mod 2^32) / 16 mod vocab_size.
constexpr uint32_t selftest_token(uint32_t i, uint32_t vocab_size) { return (i * 0x9e3779b1u) / 16 % vocab_size; }

// Rewinds the engine and hashes the logits of the first kSelfTestTokens tokens, or as many as its context holds. What
// was in the kv cache is lost. `check` is asked between two sweeps, as forward() asks it; may be null. Errors: those of
// Engine::forward; in a build that checks its kernels (THIMBLE_CHECK_KERNELS) kArithmetic (subject: "kernels", found:
// calls that gave other bits than the oracle).
Status run_selftest(Engine& engine, uint64_t* hash, const SweepCheck* check = nullptr);

// The hash that the conversion found for a kv cache of this type, from the `about` section: keys "selftest.kv_f32" and
// "selftest.kv_i8". It holds for contexts of kSelfTestTokens or more, or the model's largest. False when the file does
// not say.
bool expected_selftest_hash(const Model& model, KvType kv_type, uint64_t* hash);

// The kernels that an engine uses on this processor, "scalar"; static storage. All of them give the same bits.
const char* kernels_name();

}  // namespace thimble

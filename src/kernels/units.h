// The units of the integer kernels, for the kernels and for whoever makes their arguments or reads their results.
// kXFraction: x is in units of 2^-kXFraction. kXShift: a kernel divides by 2^kXShift, and the scale of its result grows
// by as much. kXBits: |x| < 2^kXBits. docs/NUMERICS.md, "The integer path", has them as numbers.
#pragma once

#include <cstddef>
#include <cstdint>

namespace thimble {

// --- the residual stream ---

inline constexpr int32_t kStreamBits = 28;     // what norm_i32 takes and add_i32 leaves
inline constexpr int32_t kEmbeddingBits = 27;  // a token's row of the embedding, lifted to exactly these
inline constexpr int32_t kAddendBits = 26;     // what is added and what it is added to, each: room for the sum

// --- norm_i32 ---

inline constexpr int32_t kNormShift = 13;       // x * weight, 28 and 16 bits, becomes wide
inline constexpr int32_t kNormSquareShift = 6;  // x before it is squared: 65536 squares fit 64 bits with room

// --- quantize_i8 ---

inline constexpr int32_t kNarrowFraction = 22;  // quotients, before they are rounded to int8

// --- rope_i32 ---

inline constexpr int32_t kRotationFraction = 30;  // cosines and sines, 1 included
inline constexpr int32_t kRotationShift = 1;      // rotated elements, which may be sqrt(2) larger

// --- silu_mul_i32 and logits_i32 ---

inline constexpr int32_t kGateFraction = 16;     // gates
inline constexpr int32_t kSigmoidFraction = 15;  // the sigmoid's table
inline constexpr int32_t kGatedShift = 20;       // silu(gate) * up becomes wide again
inline constexpr int32_t kLogitFraction = 16;    // logits before they are floats

// --- attention over a cache of int8 ---

inline constexpr int32_t kScoreFraction = 8;   // scores, which are logarithms to base 2
inline constexpr int32_t kExp2Fraction = 15;   // the exponentials' table, and AttentionWeights::sum
inline constexpr int32_t kWeightShift = 5;     // exponential * mantissa of a code, 16 and 4 bits, becomes a weight
inline constexpr int32_t kMostWeight = 15360;  // 2^15 * 15 / 2^5, of a mix
inline constexpr int32_t kWeightSumBits = 16;  // what is left of the weights' sum when a mix is divided by its rest
inline constexpr size_t kMixBlock = 1024;      // positions whose products with weights an int32 can sum up
static_assert(kMostWeight * 127 * int64_t{kMixBlock} <= INT32_MAX);

}  // namespace thimble

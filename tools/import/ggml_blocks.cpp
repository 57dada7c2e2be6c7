// The block layouts of ggml, as llama.cpp's documentation and its gguf package publish them; numbers are little-endian.
// Each value is computed in the order of operations that ggml uses, in float, so that the results are its bits.
//
//   F32, F16, BF16      plain numbers; BF16 is the upper half of an F32
//   Q4_0, Q5_0, Q8_0    32 weights: f16 d, the fifth bits of Q5, 4 or 8 bits each; weight = d * (q - offset)
//   Q4_1, Q5_1          the same with an f16 m behind d; weight = d * q + m
//   IQ4_NL              Q4_0 with a table of 16 values for q
//   Q2_K ... Q6_K       256 weights with scales (and minima) of their own for groups of 16 or 32

#include "tools/import/ggml_blocks.h"

#include <algorithm>
#include <array>
#include <bit>

#include "base/bytes.h"
#include "base/math.h"

namespace thimble::tools {
namespace {

float load_f16(const std::byte* p) { return f32_from_f16(load_u16(p)); }
int low_half(std::byte b) { return static_cast<int>(b) & 15; }
int high_half(std::byte b) { return static_cast<int>(b) >> 4; }
// Bits `shift` and `shift` + 1.
int two_bits(std::byte b, int shift) { return static_cast<int>(b) >> shift & 3; }
float times(float scale, int q) { return scale * static_cast<float>(q); }

void widen_f32(const std::byte* block, float* out) { *out = load_f32(block); }
void widen_f16(const std::byte* block, float* out) { *out = load_f16(block); }
void widen_bf16(const std::byte* block, float* out) { *out = std::bit_cast<float>(uint32_t{load_u16(block)} << 16); }

// --- blocks of 32: weight j in the lower half of byte j, weight j + 16 in the upper ---

constexpr int kHalf = 16;

void widen_q4_0(const std::byte* block, float* out) {
  const float d = load_f16(block);
  const std::byte* q = block + 2;
  for (int j = 0; j < kHalf; ++j) {
    out[j] = times(d, low_half(q[j]) - 8);
    out[j + kHalf] = times(d, high_half(q[j]) - 8);
  }
}

void widen_q4_1(const std::byte* block, float* out) {
  const float d = load_f16(block), m = load_f16(block + 2);
  const std::byte* q = block + 4;
  for (int j = 0; j < kHalf; ++j) {
    out[j] = times(d, low_half(q[j])) + m;
    out[j + kHalf] = times(d, high_half(q[j])) + m;
  }
}

// The fifth bit of weight j.
int fifth_bit(uint32_t bits, int j) { return static_cast<int>(bits >> j & 1) << 4; }

void widen_q5_0(const std::byte* block, float* out) {
  const float d = load_f16(block);
  const uint32_t fifth = load_u32(block + 2);
  const std::byte* q = block + 6;
  for (int j = 0; j < kHalf; ++j) {
    out[j] = times(d, (low_half(q[j]) | fifth_bit(fifth, j)) - 16);
    out[j + kHalf] = times(d, (high_half(q[j]) | fifth_bit(fifth, j + kHalf)) - 16);
  }
}

void widen_q5_1(const std::byte* block, float* out) {
  const float d = load_f16(block), m = load_f16(block + 2);
  const uint32_t fifth = load_u32(block + 4);
  const std::byte* q = block + 8;
  for (int j = 0; j < kHalf; ++j) {
    out[j] = times(d, low_half(q[j]) | fifth_bit(fifth, j)) + m;
    out[j + kHalf] = times(d, high_half(q[j]) | fifth_bit(fifth, j + kHalf)) + m;
  }
}

void widen_q8_0(const std::byte* block, float* out) {
  const float d = load_f16(block);
  for (int j = 0; j < 2 * kHalf; ++j) out[j] = times(d, static_cast<int8_t>(block[2 + j]));
}

void widen_iq4_nl(const std::byte* block, float* out) {
  constexpr std::array<int8_t, 16> kValues = {-127, -104, -83, -65, -49, -35, -22, -10, 1, 13, 25, 38, 53, 69, 89, 113};
  const float d = load_f16(block);
  const std::byte* q = block + 2;
  for (int j = 0; j < kHalf; ++j) {
    out[j] = times(d, kValues[static_cast<size_t>(low_half(q[j]))]);
    out[j + kHalf] = times(d, kValues[static_cast<size_t>(high_half(q[j]))]);
  }
}

// --- blocks of 256 ---

// 16 groups of 16. Two bits a weight: of 128 weights at a time, byte l of 32 holds l, l + 32, l + 64 and l + 96.
void widen_q2_k(const std::byte* block, float* out) {
  const std::byte* scales = block;
  const std::byte* q = block + 16;
  const float d = load_f16(block + 80), min = load_f16(block + 82);
  for (int group = 0; group < 16; ++group) {
    const float scale = times(d, low_half(scales[group])), offset = times(min, high_half(scales[group]));
    const std::byte* bytes = q + group / 8 * 32 + group % 2 * 16;
    const int shift = group % 8 / 2 * 2;
    for (int l = 0; l < 16; ++l) *out++ = times(scale, two_bits(bytes[l], shift)) - offset;
  }
}

// The 16 scales of 6 bits: four bits in the halves of the first 8 bytes, two more in the last 4.
int q3_scale(const std::byte* packed, int group) {
  const int low = group < 8 ? low_half(packed[group]) : high_half(packed[group - 8]);
  return (low | two_bits(packed[8 + group % 4], group / 4 * 2) << 4) - 32;
}

// As Q2_K, with a third bit in a mask: bit k of byte l is for the k-th run of 32 weights.
void widen_q3_k(const std::byte* block, float* out) {
  const std::byte* mask = block;
  const std::byte* q = block + 32;
  const std::byte* scales = block + 96;
  const float d = load_f16(block + 108);
  for (int group = 0; group < 16; ++group) {
    const float scale = times(d, q3_scale(scales, group));
    const int first = group % 2 * 16;
    const std::byte* bytes = q + group / 8 * 32 + first;
    const int shift = group % 8 / 2 * 2;
    for (int l = 0; l < 16; ++l) {
      const bool third = (static_cast<int>(mask[first + l]) >> (group / 2) & 1) != 0;
      *out++ = times(scale, two_bits(bytes[l], shift) - (third ? 0 : 4));
    }
  }
}

struct ScaleAndMin {
  int scale;
  int min;
};

// Of group 0..7, 6 bits each in 12 bytes: the first four plainly, of the last four the upper two bits elsewhere.
ScaleAndMin k4_scale(const std::byte* packed, int group) {
  const auto at = [packed](int i) { return static_cast<int>(packed[i]); };
  if (group < 4) return {at(group) & 63, at(group + 4) & 63};
  return {(at(group + 4) & 15) | at(group - 4) >> 6 << 4, at(group + 4) >> 4 | at(group) >> 6 << 4};
}

// 8 groups of 32; two of them share 32 bytes, the first in the lower halves.
void widen_q4_k(const std::byte* block, float* out) {
  const float d = load_f16(block), min = load_f16(block + 2);
  for (int group = 0; group < 8; ++group) {
    const auto [sc, m] = k4_scale(block + 4, group);
    const float scale = times(d, sc), offset = times(min, m);
    const std::byte* q = block + 16 + group / 2 * 32;
    for (int l = 0; l < 32; ++l) {
      *out++ = times(scale, group % 2 == 0 ? low_half(q[l]) : high_half(q[l])) - offset;
    }
  }
}

// As Q4_K, with a fifth bit: bit k of byte l is for group k.
void widen_q5_k(const std::byte* block, float* out) {
  const float d = load_f16(block), min = load_f16(block + 2);
  const std::byte* fifth = block + 16;
  for (int group = 0; group < 8; ++group) {
    const auto [sc, m] = k4_scale(block + 4, group);
    const float scale = times(d, sc), offset = times(min, m);
    const std::byte* q = block + 48 + group / 2 * 32;
    for (int l = 0; l < 32; ++l) {
      const int four = group % 2 == 0 ? low_half(q[l]) : high_half(q[l]);
      *out++ = times(scale, four | (static_cast<int>(fifth[l]) >> group & 1) << 4) - offset;
    }
  }
}

// 16 groups of 16 with i8 scales. Of 128 weights at a time: four bits of l and l + 64 in byte l of 64, two more bits of
// l, l + 32, l + 64 and l + 96 in byte l of 32.
void widen_q6_k(const std::byte* block, float* out) {
  const std::byte* low = block;
  const std::byte* high = block + 128;
  const std::byte* scales = block + 192;
  const float d = load_f16(block + 208);
  for (int i = 0; i < 256; ++i) {
    const int half = i / 128, run = i % 128 / 32, l = i % 32;
    const std::byte four = low[half * 64 + run % 2 * 32 + l];
    const int q = (run < 2 ? low_half(four) : high_half(four)) | two_bits(high[half * 32 + l], run * 2) << 4;
    out[i] = times(times(d, static_cast<int8_t>(scales[i / 16])), q - 32);
  }
}

// Those without a size are named in refusals alone.
constexpr GgmlType kTypes[] = {
    {0, "F32", 1, 4, widen_f32},
    {1, "F16", 1, 2, widen_f16},
    {2, "Q4_0", 32, 18, widen_q4_0},
    {3, "Q4_1", 32, 20, widen_q4_1},
    {6, "Q5_0", 32, 22, widen_q5_0},
    {7, "Q5_1", 32, 24, widen_q5_1},
    {8, "Q8_0", 32, 34, widen_q8_0},
    {10, "Q2_K", 256, 84, widen_q2_k},
    {11, "Q3_K", 256, 110, widen_q3_k},
    {12, "Q4_K", 256, 144, widen_q4_k},
    {13, "Q5_K", 256, 176, widen_q5_k},
    {14, "Q6_K", 256, 210, widen_q6_k},
    {16, "IQ2_XXS"},
    {17, "IQ2_XS"},
    {18, "IQ3_XXS"},
    {19, "IQ1_S"},
    {20, "IQ4_NL", 32, 18, widen_iq4_nl},
    {21, "IQ3_S"},
    {22, "IQ2_S"},
    {23, "IQ4_XS"},
    {24, "I8"},
    {25, "I16"},
    {26, "I32"},
    {27, "I64"},
    {28, "F64"},
    {29, "IQ1_M"},
    {30, "BF16", 1, 2, widen_bf16},
    {34, "TQ1_0"},
    {35, "TQ2_0"},
    {39, "MXFP4"},
};

}  // namespace

const GgmlType* find_ggml_type(uint32_t id) {
  const auto* found = std::ranges::find(kTypes, id, &GgmlType::id);
  return found == std::end(kTypes) ? nullptr : found;
}

void widen_row(const GgmlType& type, const std::byte* row, std::span<float> out) {
  for (size_t at = 0; at < out.size(); at += type.block_weights, row += type.block_bytes) {
    type.widen(row, out.data() + at);
  }
}

}  // namespace thimble::tools

// The arithmetic of base/fixed.h on four int32 at once, and loads and stores of fewer than four.
//
// All of it is always inlined: a file that is compiled for more than the baseline emits nothing that the linker could
// take for the rest of the program.
#pragma once

#include <arm_neon.h>

#include <cstddef>
#include <cstdint>

#include "base/fixed.h"

#define THIMBLE_NEON [[gnu::always_inline]] inline

namespace thimble::neon {

inline constexpr size_t kWidth = 4;  // int32 or floats

// --- memory: `left` elements from p on; those that are not there are read as 0 ---

// The first `count` elements, and zeros behind them.
template <size_t kCount, class Element>
struct Some {
  THIMBLE_NEON Some(const Element* p, size_t count) {
    for (size_t i = 0; i < count; ++i) elements[i] = p[i];
  }
  Element elements[kCount] = {};
};

THIMBLE_NEON int32x4_t load(const int32_t* p, size_t left) {
  if (left >= kWidth) return vld1q_s32(p);
  const Some<kWidth, int32_t> some(p, left);
  return vld1q_s32(some.elements);
}
THIMBLE_NEON float32x4_t load(const float* p, size_t left) {
  if (left >= kWidth) return vld1q_f32(p);
  const Some<kWidth, float> some(p, left);
  return vld1q_f32(some.elements);
}
THIMBLE_NEON int16x4_t load(const int16_t* p, size_t left) {
  if (left >= kWidth) return vld1_s16(p);
  const Some<kWidth, int16_t> some(p, left);
  return vld1_s16(some.elements);
}
THIMBLE_NEON uint16x4_t load(const uint16_t* p, size_t left) {
  if (left >= kWidth) return vld1_u16(p);
  const Some<kWidth, uint16_t> some(p, left);
  return vld1_u16(some.elements);
}
// Bytes without a sign, widened.
THIMBLE_NEON uint32x4_t load_bytes(const uint8_t* p, size_t left) {
  uint32_t four = 0;
  if (left >= kWidth) {
    __builtin_memcpy(&four, p, sizeof four);
  } else {
    for (size_t i = 0; i < left; ++i) four |= uint32_t{p[i]} << (8 * i);
  }
  return vmovl_u16(vget_low_u16(vmovl_u8(vcreate_u8(four))));
}

// What would be stored at p, if there is room for `left` only.
template <class Element>
THIMBLE_NEON void store_some(Element* p, const Element (&elements)[kWidth], size_t left) {
  for (size_t i = 0; i < left; ++i) p[i] = elements[i];
}
THIMBLE_NEON void store(int32_t* p, int32x4_t v, size_t left) {
  if (left >= kWidth) return vst1q_s32(p, v);
  int32_t some[kWidth];
  vst1q_s32(some, v);
  store_some(p, some, left);
}
THIMBLE_NEON void store(float* p, float32x4_t v, size_t left) {
  if (left >= kWidth) return vst1q_f32(p, v);
  float some[kWidth];
  vst1q_f32(some, v);
  store_some(p, some, left);
}
THIMBLE_NEON void store(uint16_t* p, uint16x4_t v, size_t left) {
  if (left >= kWidth) return vst1_u16(p, v);
  uint16_t some[kWidth];
  vst1_u16(some, v);
  store_some(p, some, left);
}
// Four int32 as int8; all of them must fit.
THIMBLE_NEON void store_bytes(int8_t* p, int32x4_t v, size_t left) {
  const int16x4_t halves = vmovn_s32(v);
  const uint32_t four = vget_lane_u32(vreinterpret_u32_s8(vmovn_s16(vcombine_s16(halves, halves))), 0);
  if (left >= kWidth) {
    __builtin_memcpy(p, &four, sizeof four);
  } else {
    for (size_t i = 0; i < left; ++i) p[i] = static_cast<int8_t>(four >> (8 * i));
  }
}

// All ones where a lane is among the first `left`.
THIMBLE_NEON uint32x4_t first(size_t left) {
  constexpr uint32_t kIndex[kWidth] = {0, 1, 2, 3};
  return vcltq_u32(vld1q_u32(kIndex), vdupq_n_u32(static_cast<uint32_t>(left < kWidth ? left : kWidth)));
}

// --- arithmetic ---

// The upper words of four products of 64 bits, which come as two and two.
THIMBLE_NEON int32x4_t upper_words(int64x2_t low, int64x2_t high) {
  return vuzp2q_s32(vreinterpretq_s32_s64(low), vreinterpretq_s32_s64(high));
}

THIMBLE_NEON int32x4_t mul_high(int32x4_t a, int32x4_t b) {
  return upper_words(vmull_s32(vget_low_s32(a), vget_low_s32(b)), vmull_high_s32(a, b));
}
THIMBLE_NEON uint32x4_t mul_high(uint32x4_t a, uint32x4_t b) {
  const uint64x2_t low = vmull_u32(vget_low_u32(a), vget_low_u32(b));
  return vuzp2q_u32(vreinterpretq_u32_u64(low), vreinterpretq_u32_u64(vmull_high_u32(a, b)));
}

// shifted() of base/fixed.h. The one instruction rounds to the right as it does, and limits to the left a little
// further out.
THIMBLE_NEON int32x4_t shifted(int32x4_t x, int32x4_t shift) {
  const int32x4_t left = vmaxq_s32(vminq_s32(vnegq_s32(shift), vdupq_n_s32(30)), vdupq_n_s32(-31));
  return vmaxq_s32(vminq_s32(vqrshlq_s32(x, left), vdupq_n_s32(kWideMax)), vdupq_n_s32(-kWideMax));
}

// scaled() of base/fixed.h.
class Scaling {
 public:
  THIMBLE_NEON explicit Scaling(Multiplier m) : mantissa_(vdupq_n_s32(m.mantissa)), shift_(vdupq_n_s32(m.shift)) {}
  THIMBLE_NEON int32x4_t operator()(int32x4_t x) const { return shifted(mul_high(x, mantissa_), shift_); }

 private:
  int32x4_t mantissa_;
  int32x4_t shift_;
};

// Lane r: the sum of all lanes of rows[r].
THIMBLE_NEON int32x4_t sum_rows(const int32x4_t* rows) {
  return vpaddq_s32(vpaddq_s32(rows[0], rows[1]), vpaddq_s32(rows[2], rows[3]));
}

}  // namespace thimble::neon

// The oracle of the integer path: each function is its definition in kernels.h, written once more in C++.

#include "base/math.h"
#include "base/quantized_layout.h"
#include "kernels/ref/ref_kernels.h"
#include "kernels/tables.h"
#include "kernels/units.h"

namespace thimble {
namespace {

uint32_t largest(uint32_t a, uint32_t b) { return a > b ? a : b; }

// The interpolated sigmoid of |g| / 2^16 in units of 2^-15; 1 from 16 on.
int32_t sigmoid_q15(uint32_t g) {
  const uint32_t i = g >> kSigmoidStepBits;
  if (i >= kSigmoidSteps) return kSigmoidTable[kSigmoidSteps];
  const uint32_t rest = g & ((1u << kSigmoidStepBits) - 1);
  const uint32_t low = kSigmoidTable[i];
  return static_cast<int32_t>(low + ((kSigmoidTable[i + 1] - low) * rest >> kSigmoidStepBits));
}

}  // namespace

void matmul_q8_ref(const std::byte* panels, size_t cols, size_t first_row, size_t rows, const int8_t* x,
                   size_t x_stride, int32_t* out, size_t out_stride, size_t batch) {
  const PanelLayout layout = q8_layout(cols);
  const int32_t spare = spare_bits(cols);
  for (size_t b = 0; b < batch; ++b) {
    for (size_t i = 0; i < rows; ++i) {
      const std::byte* row = panels + layout.row(first_row + i);
      int32_t acc = 0;
      for (size_t c = 0; c < cols; ++c) acc += static_cast<int8_t>(row[c]) * x[b * x_stride + c];
      out[b * out_stride + i] = scale_row(acc, load_u16(panels + layout.row_scale(first_row + i)), spare);
    }
  }
}

void matmul_q4_ref(const std::byte* panels, size_t cols, size_t first_row, size_t rows, const int8_t* x,
                   size_t x_stride, int32_t* out, size_t out_stride, size_t batch) {
  const PanelLayout layout = q4_layout(cols);
  const size_t blocks = q4_blocks(cols);
  const int32_t spare = spare_bits(cols);
  for (size_t b = 0; b < batch; ++b) {
    for (size_t i = 0; i < rows; ++i) {
      const std::byte* row = panels + layout.row(first_row + i);
      const std::byte* group_scales = panels + layout.group_scales(first_row + i, blocks);
      int32_t acc = 0;
      for (size_t k = 0; k < blocks; ++k) {
        const std::byte* w = row + k * (kQ4Block / 2);
        const int8_t* v = x + b * x_stride + k * kQ4Block;
        int32_t low = 0;
        int32_t high = 0;
        for (size_t j = 0; j < kQ4Group; ++j) {
          low += q4_low(w[j]) * v[j];
          high += q4_high(w[j]) * v[kQ4Group + j];
        }
        acc += q4_low(group_scales[k]) * low + q4_high(group_scales[k]) * high;
      }
      out[b * out_stride + i] = scale_row(acc, load_u16(panels + layout.row_scale(first_row + i)), spare);
    }
  }
}

uint64_t norm_i32_ref(int32_t* out, const int32_t* x, const int16_t* weight, size_t n) {
  uint64_t squares = 0;
  for (size_t i = 0; i < n; ++i) {
    const int32_t coarse = x[i] >> kNormSquareShift;
    squares += static_cast<uint64_t>(mul_wide(coarse, coarse));
    out[i] = mul_high(x[i] * (1 << (16 - kNormShift)), weight[i] * (1 << 16));
  }
  return squares;
}

uint32_t max_abs_i32_ref(const int32_t* x, size_t n) {
  uint32_t most = 0;
  for (size_t i = 0; i < n; ++i) most = largest(most, magnitude(x[i]));
  return most;
}

uint32_t quantize_i8_ref(int8_t* out, const int32_t* x, size_t n, size_t padded) {
  const uint32_t most = max_abs_i32_ref(x, n);
  for (size_t i = 0; i < padded; ++i) out[i] = 0;
  if (most == 0) return 0;
  // With most * 2^lift in [2^30, 2^31) and r just below 127 * 2^54 / (most * 2^lift): q = x * 2^lift * r / 2^54, 54
  // being 32 + kNarrowFraction.
  const int32_t lift = std::countl_zero(most) - 1;
  const auto r = static_cast<int32_t>(uint64_t{reciprocal_q31(most << (lift + 1))} * 127 >> (30 - kNarrowFraction));
  for (size_t i = 0; i < n; ++i) {
    const int32_t lifted = x[i] * (int32_t{1} << lift);
    out[i] = static_cast<int8_t>((mul_high(lifted, r) + (1 << (kNarrowFraction - 1))) >> kNarrowFraction);
  }
  return most;
}

void rescale_i8_ref(int8_t* out, const int32_t* x, size_t n, size_t padded, Multiplier m) {
  for (size_t i = 0; i < padded; ++i) out[i] = i < n ? narrowed(x[i], m) : int8_t{0};
}

void add_i32_ref(int32_t* x, int32_t x_shift, const int32_t* y, int32_t y_lift, Multiplier m, size_t n) {
  for (size_t i = 0; i < n; ++i) x[i] = shifted(x[i], x_shift) + scaled(y[i] * (int32_t{1} << y_lift), m);
}

void rope_i32_ref(int32_t* x, const int32_t* cos_sin, size_t n_heads, size_t head_dim) {
  constexpr int32_t kLift = 1 << (32 - kRotationFraction - kRotationShift);
  for (size_t head = 0; head < n_heads; ++head) {
    int32_t* h = x + head * head_dim;
    for (size_t i = 0; i < head_dim; i += 2) {
      const int32_t c = cos_sin[i];
      const int32_t s = cos_sin[i + 1];
      const int32_t x0 = h[i] * kLift;
      const int32_t x1 = h[i + 1] * kLift;
      h[i] = mul_high(x0, c) - mul_high(x1, s);
      h[i + 1] = mul_high(x0, s) + mul_high(x1, c);
    }
  }
}

void silu_mul_i32_ref(int32_t* gate, const int32_t* up, Multiplier to_q16, size_t n) {
  for (size_t i = 0; i < n; ++i) {
    const int32_t g = scaled(gate[i], to_q16);
    const int32_t positive = sigmoid_q15(magnitude(g));
    const int32_t sigmoid = g < 0 ? (1 << kSigmoidFraction) - positive : positive;
    const auto silu = static_cast<int32_t>(mul_wide(g, sigmoid) >> kSigmoidFraction);
    const int64_t product = mul_wide(silu, up[i]) >> kGatedShift;
    gate[i] = product > kWideMax ? kWideMax : product < -kWideMax ? -kWideMax : static_cast<int32_t>(product);
  }
}

void logits_i32_ref(float* out, const int32_t* x, Multiplier to_q16, size_t n) {
  for (size_t i = 0; i < n; ++i) out[i] = f32_from_q16(scaled(x[i], to_q16));
}

void scores_i8_ref(int32_t* y, const int8_t* keys, size_t key_stride, const uint8_t* codes, const int8_t* q,
                   size_t head_dim, size_t length, Multiplier m) {
  for (size_t t = 0; t < length; ++t) {
    int32_t dot = 0;
    for (size_t d = 0; d < head_dim; ++d) dot += keys[t * key_stride + d] * q[d];
    const int32_t v = dot * static_cast<int32_t>(code_mantissa(codes[t]));
    y[t] = scaled(v, {m.mantissa, m.shift - static_cast<int32_t>(code_octave(codes[t]))});
  }
}

AttentionWeights weigh_i8_ref(uint16_t* a, const int32_t* y, const uint8_t* codes, size_t length) {
  int32_t most = y[0];
  AttentionWeights result;
  for (size_t t = 0; t < length; ++t) {
    if (y[t] > most) most = y[t];
    result.octave = largest(result.octave, code_octave(codes[t]));
  }
  for (size_t t = 0; t < length; ++t) {
    const auto distance = static_cast<uint32_t>(most - y[t]);
    const uint32_t octaves = distance / kExp2Steps;
    const uint32_t fraction = kExp2Table[distance % kExp2Steps];
    const uint32_t p = octaves <= kExp2Fraction ? fraction >> octaves : 0;
    result.sum += p;
    const uint32_t below = result.octave - code_octave(codes[t]);
    const uint32_t shift = kWeightShift + (below < 15 ? below : 15);  // p * mantissa < 2^19: 0 from there on
    a[t] = static_cast<uint16_t>((p * code_mantissa(codes[t]) + (1u << (shift - 1))) >> shift);
  }
  return result;
}

void mix_i8_ref(int32_t* out, const int8_t* values, size_t value_stride, const uint16_t* a, size_t head_dim,
                size_t length, int32_t shift) {
  for (size_t d = 0; d < head_dim; ++d) {
    int64_t sum = 0;
    for (size_t t = 0; t < length; ++t) sum += a[t] * values[d * value_stride + t];
    out[d] = static_cast<int32_t>(sum >> shift);
  }
}

}  // namespace thimble

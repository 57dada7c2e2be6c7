#include "tools/quantize/dequantize.h"

#include <algorithm>
#include <cmath>
#include <cstddef>

#include "base/bytes.h"
#include "base/math.h"
#include "base/quantized_layout.h"

namespace thimble::tools {
namespace {

void read_q8_row(const TensorView& t, uint32_t row, std::span<float> out) {
  const PanelLayout layout = q8_layout(t.cols);
  const std::byte* weights = t.data + layout.row(row);
  const float scale = std::ldexp(static_cast<float>(load_u16(t.data + layout.row_scale(row))), t.exponent);
  for (size_t c = 0; c < out.size(); ++c) out[c] = static_cast<float>(static_cast<int8_t>(weights[c])) * scale;
}

int32_t half(std::byte byte, bool low) { return low ? q4_low(byte) : q4_high(byte); }

void read_q4_row(const TensorView& t, uint32_t row, std::span<float> out) {
  const PanelLayout layout = q4_layout(t.cols);
  const std::byte* weights = t.data + layout.row(row);
  const std::byte* group_scales = t.data + layout.group_scales(row, q4_blocks(t.cols));
  const float scale = std::ldexp(static_cast<float>(load_u16(t.data + layout.row_scale(row))), t.exponent);
  for (size_t c = 0; c < out.size(); ++c) {
    const size_t group = c / kQ4Group;
    const bool low = group % 2 == 0;
    const int32_t n = half(weights[group / 2 * (kQ4Block / 2) + c % kQ4Group], low);
    out[c] = static_cast<float>(n * half(group_scales[group / 2], low)) * scale;
  }
}

}  // namespace

void dequantize_row(const TensorView& t, uint32_t row, std::span<float> out) {
  switch (t.type) {
    case DType::kF32:
      std::copy_n(t.f32_row(row), out.size(), out.begin());
      return;
    case DType::kF16:
      std::transform(t.f16_row(row), t.f16_row(row) + out.size(), out.begin(), f32_from_f16);
      return;
    case DType::kQ16:
      std::transform(t.q16_row(row), t.q16_row(row) + out.size(), out.begin(),
                     [&](int16_t q) { return std::ldexp(static_cast<float>(q), t.exponent); });
      return;
    case DType::kQ8:
      return read_q8_row(t, row, out);
    case DType::kQ4:
      return read_q4_row(t, row, out);
  }
}

}  // namespace thimble::tools

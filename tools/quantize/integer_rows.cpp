#include "tools/quantize/integer_rows.h"

#include <algorithm>
#include <array>
#include <cmath>

#include "base/bytes.h"
#include "base/quantized_layout.h"
#include "tools/error.h"

namespace thimble::tools {
namespace {

constexpr double kRowScaleMost = 65535;

// Puts a number from -8 to 7 into one half of a byte.
void set_half(std::byte* byte, bool low, int32_t n) { *byte |= static_cast<std::byte>((n & 0xf) << (low ? 0 : 4)); }

}  // namespace

int8_t exponent_for(double largest, int bits) {
  int exponent = 0;
  const double mantissa = std::frexp(largest, &exponent);  // largest = mantissa * 2^exponent, mantissa in [1/2, 1)
  // A mantissa that would round up to a bit more than there are
  if (std::floor(std::ldexp(mantissa, bits) + 0.5) >= std::ldexp(1.0, bits)) ++exponent;
  exponent -= bits;
  if (largest != 0 && (exponent < INT8_MIN || exponent > INT8_MAX)) {
    throw Error("the weights need a scale of " + shown(largest) + ", beyond the range of integer types; use f32");
  }
  return largest == 0 ? int8_t{0} : static_cast<int8_t>(exponent);
}

std::array<uint32_t, 2> row_scales_near(double scale, int8_t exponent) {
  const double units = std::floor(std::ldexp(scale, -exponent));
  return {static_cast<uint32_t>(units), static_cast<uint32_t>(std::min(units + 1, kRowScaleMost))};
}

void store_row(DType type, const IntegerRow& row, size_t index, std::span<std::byte> tensor) {
  const bool halves = type == DType::kQ4;
  const PanelLayout layout = halves ? q4_layout(row.q.size()) : q8_layout(row.q.size());
  store_u16(tensor.data() + layout.row_scale(index), static_cast<uint16_t>(row.scale));
  std::byte* to = tensor.data() + layout.row(index);
  if (!halves) {
    for (const int32_t q : row.q) *to++ = static_cast<std::byte>(q);
    return;
  }
  std::byte* group_scales = tensor.data() + layout.group_scales(index, q4_blocks(row.q.size()));
  for (size_t g = 0; g < row.group_scales.size(); ++g) {
    set_half(group_scales + g / 2, g % 2 == 0, row.group_scales[g]);
  }
  for (size_t c = 0; c < row.q.size(); ++c) {
    const size_t group = c / kQ4Group;
    set_half(to + group / 2 * (kQ4Block / 2) + c % kQ4Group, group % 2 == 0, row.q[c]);
  }
}

}  // namespace thimble::tools

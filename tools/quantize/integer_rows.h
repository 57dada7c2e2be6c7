// The rows of q8 and q4 tensors on their way into a file, whoever chose their integers.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "thimble/model.h"

namespace thimble::tools {

// The exponent under which `largest` becomes an integer of `bits` bits, the upper one set. Throws Error when a file
// cannot state it.
int8_t exponent_for(double largest, int bits);

inline constexpr int kRowScaleBits = 16;

// The two integers around a row's scale, in units of 2^exponent. In a row that is small beside the tensor's largest
// they are far apart, and the lower one may be 0: so the row itself has to say which fits.
std::array<uint32_t, 2> row_scales_near(double scale, int8_t exponent);

struct IntegerRow {
  uint32_t scale = 0;                 // in units of 2^exponent, 16 bits
  std::vector<int32_t> group_scales;  // of q4: one for each kQ4Group columns, -8..7; else empty
  std::vector<int32_t> q;             // [cols]
};

// Writes a row into its panel. `tensor`: the bytes of a whole tensor of `type`, zeros where the row goes.
void store_row(DType type, const IntegerRow& row, size_t index, std::span<std::byte> tensor);

}  // namespace thimble::tools

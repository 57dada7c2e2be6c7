// A quantised matrix as plain numbers, and as the panels that docs/FORMAT.md makes of it: written here from that text,
// without base/quantized_layout.h, so that the two are tests of each other.
#pragma once

#include <cstddef>
#include <cstdint>
#include <random>
#include <vector>

#include "kernels/kernels.h"

namespace thimble::testing {

// gcc and clang have it; ISO C++ does not.
__extension__ using Int128 = __int128;

inline Int128 floor_shift(Int128 x, int bits) {
  const Int128 unit = Int128{1} << bits;
  const Int128 quotient = x / unit;
  return x % unit < 0 ? quotient - 1 : quotient;
}

class Random {
 public:
  explicit Random(uint64_t seed) : bits_(seed) {}
  uint64_t bits() { return bits_(); }
  // lowest <= result <= highest; one in four is an end.
  int32_t integer(int64_t lowest, int64_t highest) {
    const uint64_t draw = bits_();
    if (draw % 8 == 0) return static_cast<int32_t>(lowest);
    if (draw % 8 == 1) return static_cast<int32_t>(highest);
    return static_cast<int32_t>(lowest +
                                static_cast<int64_t>((draw >> 3) % static_cast<uint64_t>(highest - lowest + 1)));
  }
  template <class Integer>
  std::vector<Integer> integers(size_t n, int64_t lowest, int64_t highest) {
    std::vector<Integer> v(n);
    for (Integer& x : v) x = static_cast<Integer>(integer(lowest, highest));
    return v;
  }

 private:
  std::mt19937_64 bits_;
};

enum class Format { kQ8, kQ4 };

// Limits of what a file may say, whether or not a converter writes it. Equal limits make a constant matrix.
struct WeightLimits {
  int lowest, highest;              // of weights
  int lowest_group, highest_group;  // of group scales, q4
  int lowest_row, highest_row;      // of row scales
};
inline constexpr WeightLimits kAnyQ8 = {-128, 127, 0, 0, 0, 65535};
inline constexpr WeightLimits kAnyQ4 = {-8, 7, -8, 7, 0, 65535};

struct Matrix {
  Format format = Format::kQ8;
  size_t rows = 0;
  size_t cols = 0;
  std::vector<int> weights;      // [rows, cols]
  std::vector<int> groups;       // [rows, cols / 16 rounded up to a pair], q4
  std::vector<int> row_scales;   // [rows]
  std::vector<std::byte> bytes;  // starts on 16 bytes, as operator new gives it, and ends with the matrix

  static Matrix random(Format format, size_t rows, size_t cols, const WeightLimits& limits, Random& random);

  size_t groups_per_row() const { return (cols + 31) / 32 * 2; }
  // The exact dot product of a row and a vector.
  Int128 dot(size_t row, const int8_t* x) const {
    Int128 sum = 0;
    for (size_t c = 0; c < cols; ++c) {
      const int group = format == Format::kQ8 ? 1 : groups[row * groups_per_row() + c / 16];
      sum += Int128{group} * weights[row * cols + c] * x[c];
    }
    return sum;
  }
  // What a kernel must give for it.
  int64_t result(size_t row, const int8_t* x) const {
    int shift = 0;
    for (size_t power = 1; power < cols; power *= 2) ++shift;
    return static_cast<int64_t>(floor_shift(dot(row, x) * row_scales[row], shift));
  }
  void multiply(const Kernels& kernels, size_t first_row, size_t count, const int8_t* x, size_t x_stride, int32_t* out,
                size_t out_stride, size_t batch) const {
    (format == Format::kQ8 ? kernels.matmul_q8 : kernels.matmul_q4)(bytes.data(), cols, first_row, count, x, x_stride,
                                                                    out, out_stride, batch);
  }

 private:
  void append_panel(size_t first_row, Random& random);
};

inline Matrix Matrix::random(Format format, size_t rows, size_t cols, const WeightLimits& limits, Random& random) {
  Matrix m;
  m.format = format;
  m.rows = rows;
  m.cols = cols;
  m.weights = random.integers<int>(rows * cols, limits.lowest, limits.highest);
  if (format == Format::kQ4) {
    m.groups = random.integers<int>(rows * m.groups_per_row(), limits.lowest_group, limits.highest_group);
  }
  m.row_scales = random.integers<int>(rows, limits.lowest_row, limits.highest_row);
  for (size_t first = 0; first < rows; first += 8) m.append_panel(first, random);
  return m;
}

// Bytes and bits without a meaning are random: a hostile file may have anything there.
inline void Matrix::append_panel(size_t first_row, Random& random) {
  const size_t count = rows - first_row < 8 ? rows - first_row : 8;
  const auto byte = [&](int value) { bytes.push_back(static_cast<std::byte>(value & 0xff)); };
  const auto noise = [&] { return static_cast<int>(random.bits() & 0xff); };
  for (size_t i = 0; i < 8; ++i) {
    const int scale = i < count ? row_scales[first_row + i] : noise();
    byte(scale);
    byte(scale >> 8);
  }
  if (format == Format::kQ8) {
    for (size_t i = 0; i < count; ++i) {
      for (size_t c = 0; c < cols; ++c) byte(weights[(first_row + i) * cols + c]);
      for (size_t c = cols; c % 16 != 0; ++c) byte(noise());
    }
    return;
  }
  const size_t per_row = groups_per_row();
  for (size_t i = 0; i < 8; ++i) {
    for (size_t g = 0; g < per_row; g += 2) {
      const int* pair = groups.data() + (first_row + i) * per_row + g;
      byte(i < count ? (pair[0] & 0xf) | pair[1] << 4 : noise());
    }
  }
  while (bytes.size() % 16 != 0) byte(noise());
  for (size_t i = 0; i < count; ++i) {
    const auto nibble = [&](size_t c) { return (c < cols ? weights[(first_row + i) * cols + c] : noise()) & 0xf; };
    for (size_t c = 0; c < cols; c += 32) {
      for (size_t j = 0; j < 16; ++j) byte(nibble(c + j) | nibble(c + j + 16) << 4);
    }
  }
}

// Narrow vectors one after the other, each zero up to a multiple of 32 elements; they start on 16 bytes.
struct NarrowVectors {
  size_t stride;
  std::vector<int8_t> elements;

  NarrowVectors(size_t count, size_t n, int lowest, int highest, Random& random)
      : stride((n + 31) / 32 * 32), elements(count * stride) {
    for (size_t b = 0; b < count; ++b) {
      for (size_t c = 0; c < n; ++c) elements[b * stride + c] = static_cast<int8_t>(random.integer(lowest, highest));
    }
  }
  const int8_t* at(size_t b) const { return elements.data() + b * stride; }
};

}  // namespace thimble::testing

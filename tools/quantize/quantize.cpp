#include "tools/quantize/quantize.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <cstring>
#include <string>
#include <vector>

#include "base/math.h"
#include "base/quantized_layout.h"
#include "format/reader.h"
#include "tools/error.h"
#include "tools/quantize/integer_rows.h"
#include "tools/quantize/scale_search.h"

namespace thimble::tools {
namespace {

class Matrix {
 public:
  Matrix(uint32_t row_count, uint32_t col_count, const ReadRow& read_row)
      : rows(row_count), cols(col_count), read_row_(read_row), row_(col_count) {}

  const uint32_t rows;
  const uint32_t cols;
  // Valid until the next is asked for.
  std::span<const float> row(uint32_t r) {
    read_row_(r, row_);
    return row_;
  }

 private:
  const ReadRow& read_row_;
  std::vector<float> row_;
};

// The errors of a tensor, weight by weight.
class Loss {
 public:
  explicit Loss(QuantizedTensor* tensor) : tensor_(tensor) {}
  void add(float weight, double stored) {
    const double w = static_cast<double>(weight);
    tensor_->squared_error += (w - stored) * (w - stored);
    tensor_->squared_weights += w * w;
  }

 private:
  QuantizedTensor* tensor_;
};

// --- f32, f16, q16: rows of plain numbers ---

// From here on the nearest half would be infinite.
constexpr double kTooLargeForHalf = 65520;

// To nearest even. |x| < kTooLargeForHalf.
uint16_t half_of(float x) {
  const auto bits = std::bit_cast<uint32_t>(x);
  const auto sign = static_cast<uint16_t>((bits & 0x80000000u) >> 16);
  const double magnitude = std::abs(static_cast<double>(x));
  if (magnitude == 0) return sign;  // has no exponent to start from
  int exponent = 0;
  std::frexp(magnitude, &exponent);
  // Halves have 11 bits, and below 2^-14 a unit of 2^-24
  const int unit = std::max(exponent - 11, -24);
  const double units = std::ldexp(magnitude, -unit);  // exact, below 2^11
  double kept = std::floor(units);
  const double rest = units - kept;
  if (rest > 0.5 || (rest == 0.5 && std::fmod(kept, 2.0) != 0)) kept += 1;
  // From 2^10 units on the leading bit adds one to the exponent field; a carry does the same.
  const int field = unit + 24;
  return static_cast<uint16_t>(sign + (field << 10) + static_cast<int>(kept));
}

QuantizedTensor write_f32(Matrix& m, std::span<std::byte> out) {
  QuantizedTensor result;
  Loss loss(&result);
  for (uint32_t r = 0; r < m.rows; ++r) {
    const auto row = m.row(r);
    std::memcpy(out.data() + r * row_bytes(DType::kF32, m.cols), row.data(), row.size_bytes());
    for (const float w : row) loss.add(w, static_cast<double>(w));
  }
  return result;
}

QuantizedTensor write_f16(Matrix& m, std::span<std::byte> out) {
  QuantizedTensor result;
  Loss loss(&result);
  for (uint32_t r = 0; r < m.rows; ++r) {
    const auto row = m.row(r);
    std::byte* to = out.data() + r * row_bytes(DType::kF16, m.cols);
    for (size_t c = 0; c < m.cols; ++c) {
      const float w = row[c];
      if (std::abs(static_cast<double>(w)) >= kTooLargeForHalf) {
        throw Error("row " + std::to_string(r) + ", column " + std::to_string(c) + " is " +
                    shown(static_cast<double>(w)) + ", expected a weight that f16 can hold, at most 65504; use f32");
      }
      const uint16_t half = half_of(w);
      store_u16(to + c * sizeof half, half);
      loss.add(w, static_cast<double>(f32_from_f16(half)));
    }
  }
  return result;
}

QuantizedTensor write_q16(Matrix& m, std::span<std::byte> out) {
  QuantizedTensor result;
  Loss loss(&result);
  double largest = 0;
  for (uint32_t r = 0; r < m.rows; ++r) {
    for (const float w : m.row(r)) largest = std::max(largest, std::abs(static_cast<double>(w)));
  }
  result.exponent = exponent_for(largest, 15);
  const double unit = std::ldexp(1.0, result.exponent);
  for (uint32_t r = 0; r < m.rows; ++r) {
    std::byte* to = out.data() + r * row_bytes(DType::kQ16, m.cols);
    for (const float w : m.row(r)) {
      const int32_t q = quantized(static_cast<double>(w), unit, {-INT16_MAX, INT16_MAX});
      store_u16(to, static_cast<uint16_t>(q));
      to += sizeof(uint16_t);
      loss.add(w, q * unit);
    }
  }
  return result;
}

// --- q8 ---

// The row's scale as the file has it.
uint32_t q8_row_scale(std::span<const float> row, double scale, int8_t exponent) {
  const auto [below, above] = row_scales_near(scale, exponent);
  const auto row_misfit = [&](uint32_t units) { return misfit(row, std::ldexp(units, exponent), kQ8Range); };
  return row_misfit(above) < row_misfit(below) ? above : below;
}

QuantizedTensor write_q8(Matrix& m, std::span<std::byte> out) {
  constexpr ScaleGrid kGrid = {123, 131, 8};
  std::vector<double> scales;
  for (uint32_t r = 0; r < m.rows; ++r) scales.push_back(best_scale(m.row(r), kGrid, false, kQ8Range));
  QuantizedTensor result;
  Loss loss(&result);
  result.exponent = exponent_for(*std::max_element(scales.begin(), scales.end()), kRowScaleBits);
  for (uint32_t r = 0; r < m.rows; ++r) {
    const auto weights = m.row(r);
    IntegerRow row;
    row.scale = q8_row_scale(weights, scales[r], result.exponent);
    const double scale = std::ldexp(row.scale, result.exponent);
    for (const float w : weights) {
      row.q.push_back(quantized(static_cast<double>(w), scale, kQ8Range));
      loss.add(w, row.q.back() * scale);
    }
    store_row(DType::kQ8, row, r, out);
  }
  return result;
}

// --- q4 ---

struct Q4Row {
  double scale = 0;
  double misfit = 0;
  std::vector<int32_t> group_scales;
};

// A row on its way into the file: what its groups want, and the row scale that meets it best as a real number.
struct Q4Wish {
  std::vector<double> group_scales;
  double row_scale = 0;
};

size_t group_count(size_t cols) { return (cols + kQ4Group - 1) / kQ4Group; }

std::span<const float> group_of(std::span<const float> row, size_t group) {
  const size_t first = group * kQ4Group;
  return row.subspan(first, std::min<size_t>(kQ4Group, row.size() - first));
}

// The scale of a group as a real number. Of either sign, since nibbles reach further down than up.
double best_group_scale(std::span<const float> group) {
  constexpr ScaleGrid kGrid = {5.625, 9.375, 24};
  const double up = best_scale(group, kGrid, false, kNibbleRange);
  const double down = best_scale(group, kGrid, true, kNibbleRange);
  return misfit(group, down, kNibbleRange) < misfit(group, up, kNibbleRange) ? down : up;
}

// The row under a given row scale: for each group the integer near its wanted scale that fits best.
Q4Row row_under(std::span<const float> row, const std::vector<double>& wanted, double row_scale) {
  constexpr int32_t kNeighbours = 2;
  Q4Row result;
  result.scale = row_scale;
  for (size_t g = 0; g < wanted.size(); ++g) {
    const auto group = group_of(row, g);
    const auto middle = static_cast<int32_t>(std::floor(wanted[g] / row_scale + 0.5));
    int32_t best = 0;
    double least = misfit(group, 0, kNibbleRange);
    for (int32_t s = std::max(middle - kNeighbours, kNibbleRange.least);
         s <= std::min(middle + kNeighbours, kNibbleRange.most); ++s) {
      const double now = misfit(group, s * row_scale, kNibbleRange);
      if (now >= least) continue;
      least = now;
      best = s;
    }
    result.group_scales.push_back(best);
    result.misfit += least;
  }
  return result;
}

// <w, q> / <q, q> over the row, with q the integers that a candidate gives: the row scale that is best for them.
double refitted(std::span<const float> row, const Q4Row& candidate) {
  double wq = 0;
  double qq = 0;
  for (size_t g = 0; g < candidate.group_scales.size(); ++g) {
    const int32_t group_scale = candidate.group_scales[g];
    for (const float weight : group_of(row, g)) {
      const double w = static_cast<double>(weight);
      const double q = group_scale * quantized(w, group_scale * candidate.scale, kNibbleRange);
      wq += w * q;
      qq += q * q;
    }
  }
  return qq == 0 ? candidate.scale : wq / qq;
}

Q4Wish wish_of(std::span<const float> row) {
  // Row scales that make the largest group scale 8.5, 8.25, ... 4.5: which of them lets the others fall well is chance.
  constexpr int kCandidates = 17;
  constexpr double kLargest = 8.5;
  constexpr double kStep = 0.25;
  constexpr int kRefinements = 1;
  Q4Wish wish;
  double largest = 0;
  for (size_t g = 0; g < group_count(row.size()); ++g) {
    wish.group_scales.push_back(best_group_scale(group_of(row, g)));
    largest = std::max(largest, std::abs(wish.group_scales.back()));
  }
  if (largest == 0) return wish;
  double least = 0;
  for (int i = 0; i < kCandidates; ++i) {
    double scale = largest / (kLargest - kStep * i);
    for (int round = 0; round <= kRefinements; ++round) {
      const Q4Row candidate = row_under(row, wish.group_scales, scale);
      scale = refitted(row, candidate);
      if (wish.row_scale != 0 && candidate.misfit >= least) continue;
      least = candidate.misfit;
      wish.row_scale = candidate.scale;
    }
  }
  return wish;
}

// The row as the file has it: its group scales refitted to a row scale of 16 bits, which `row_scale` is in units of
// 2^exponent.
Q4Row granted(std::span<const float> row, const Q4Wish& wish, int8_t exponent, uint32_t* row_scale) {
  const auto [below, above] = row_scales_near(wish.row_scale, exponent);
  *row_scale = 0;
  Q4Row best;
  best.group_scales.assign(wish.group_scales.size(), 0);
  if (wish.row_scale == 0) return best;
  for (const uint32_t units : {below, above}) {
    if (units == 0) continue;
    Q4Row candidate = row_under(row, wish.group_scales, std::ldexp(units, exponent));
    if (*row_scale != 0 && candidate.misfit >= best.misfit) continue;
    *row_scale = units;
    best = std::move(candidate);
  }
  return best;
}

QuantizedTensor write_q4(Matrix& m, std::span<std::byte> out) {
  std::vector<Q4Wish> wishes;
  double largest = 0;
  for (uint32_t r = 0; r < m.rows; ++r) {
    wishes.push_back(wish_of(m.row(r)));
    largest = std::max(largest, wishes.back().row_scale);
  }
  QuantizedTensor result;
  Loss loss(&result);
  result.exponent = exponent_for(largest, kRowScaleBits);
  for (uint32_t r = 0; r < m.rows; ++r) {
    const auto weights = m.row(r);
    IntegerRow row;
    const Q4Row choice = granted(weights, wishes[r], result.exponent, &row.scale);
    row.group_scales = choice.group_scales;
    for (size_t g = 0; g < row.group_scales.size(); ++g) {
      const double scale = row.group_scales[g] * choice.scale;
      for (const float w : group_of(weights, g)) {
        row.q.push_back(quantized(static_cast<double>(w), scale, kNibbleRange));
        loss.add(w, row.q.back() * scale);
      }
    }
    store_row(DType::kQ4, row, r, out);
  }
  return result;
}

}  // namespace

QuantizedTensor quantize(DType type, uint32_t rows, uint32_t cols, const ReadRow& read_row, std::span<std::byte> out) {
  Matrix m(rows, cols, read_row);
  switch (type) {
    case DType::kF32:
      return write_f32(m, out);
    case DType::kF16:
      return write_f16(m, out);
    case DType::kQ8:
      return write_q8(m, out);
    case DType::kQ4:
      return write_q4(m, out);
    case DType::kQ16:
      return write_q16(m, out);
  }
  throw Error("unknown type of tensor");
}

QuantizedTensor quantize(DType type, std::span<const float> weights, uint32_t rows, uint32_t cols,
                         std::span<std::byte> out) {
  const auto read_row = [&](uint32_t row, std::span<float> to) {
    std::ranges::copy(weights.subspan(size_t{row} * cols, cols), to.begin());
  };
  return quantize(type, rows, cols, read_row, out);
}

}  // namespace thimble::tools

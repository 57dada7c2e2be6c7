// The scale search here is a second one beside tools/quantize/scale_search.h: that one has squares of the error
// and its equal columns built in, and an installed converter should not carry options that only a study turns.

#include "bench/quantization_study/roundings.h"

#include <algorithm>
#include <cmath>
#include <span>
#include <utility>
#include <vector>

#include "base/quantized_layout.h"
#include "format/reader.h"
#include "format/roles.h"
#include "tools/parallel.h"
#include "tools/quantize/quantize.h"
#include "tools/quantize/scale_search.h"

namespace thimble::study {
namespace {

using tools::IntegerRange;
using tools::kNibbleRange;
using tools::kQ8Range;
using tools::quantized;
using tools::ScaleGrid;

// The grids of tools/quantize, so that what is compared differs in one thing only.
constexpr ScaleGrid kQ8Grid = {123, 131, 8};
constexpr ScaleGrid kQ4Grid = {5.625, 9.375, 24};

// Weights that share a scale, and what the error of each counts for.
struct Group {
  std::span<const float> w;
  std::span<const double> importance;
};

double powered(double error, ScaleRule rule) {
  if (rule == ScaleRule::kSearch15) return error * std::sqrt(error);
  return rule == ScaleRule::kSearch3 ? error * error * error : error * error;
}

double misfit(const Group& group, double scale, IntegerRange range, ScaleRule rule) {
  double sum = 0;
  for (size_t i = 0; i < group.w.size(); ++i) {
    const double w = static_cast<double>(group.w[i]);
    sum += group.importance[i] * powered(std::abs(w - quantized(w, scale, range) * scale), rule);
  }
  return sum;
}

double least_squares(const Group& group, double scale, IntegerRange range) {
  double wq = 0;
  double qq = 0;
  for (size_t i = 0; i < group.w.size(); ++i) {
    const double w = static_cast<double>(group.w[i]);
    const double q = quantized(w, scale, range);
    wq += group.importance[i] * w * q;
    qq += group.importance[i] * q * q;
  }
  return qq == 0 ? 0 : wq / qq;
}

double largest_of(std::span<const float> w) {
  double largest = 0;
  for (const float x : w) largest = std::max(largest, std::abs(static_cast<double>(x)));
  return largest;
}

// `start`: the scale by the largest weight. The candidates keep its sign.
double searched_scale(const Group& group, double start, ScaleGrid grid, IntegerRange range, ScaleRule rule) {
  constexpr int kRefinements = 2;
  const double signed_largest = std::copysign(largest_of(group.w), start);
  double best = 0;
  double least = misfit(group, 0, range, rule);
  for (int i = 0; i <= grid.steps; ++i) {
    double scale = signed_largest / (grid.fewest + (grid.most - grid.fewest) * i / grid.steps);
    for (int round = 0; round <= kRefinements && scale != 0; ++round) {
      const double m = misfit(group, scale, range, rule);
      if (m < least) {
        least = m;
        best = scale;
      }
      scale = least_squares(group, scale, range);
    }
  }
  return best;
}

double scale_by(ScaleRule rule, const Group& group, double start, ScaleGrid grid, IntegerRange range) {
  if (rule == ScaleRule::kLargest || start == 0) return start;
  if (rule == ScaleRule::kLeastSquares) return least_squares(group, least_squares(group, start, range), range);
  return searched_scale(group, start, grid, range, rule);
}

void round_group(std::span<const float> w, double scale, IntegerRange range, std::span<float> out) {
  for (size_t i = 0; i < w.size(); ++i) {
    out[i] = static_cast<float>(quantized(static_cast<double>(w[i]), scale, range) * scale);
  }
}

double rounded_to_half(double x) {
  int exponent = 0;
  std::frexp(x, &exponent);
  const int unit = std::max(exponent - 11, -24);  // below 2^-14 halves have a fixed unit
  return std::ldexp(std::nearbyint(std::ldexp(x, -unit)), unit);
}

// --- q4 ---

Group part(const Group& row, size_t first, size_t count) {
  const size_t n = std::min(count, row.w.size() - first);
  return {row.w.subspan(first, n), row.importance.subspan(first, n)};
}

// With a sign the largest weight takes -8, the end that reaches further, as in llama.cpp's Q4_0; without, +-7.
double wanted_scale(const Group& group, const Q4Form& form) {
  const double largest = largest_of(group.w);
  if (!form.signed_scale) return scale_by(form.rule, group, largest / 7, kQ4Grid, kNibbleRange);
  const bool positive =
      std::any_of(group.w.begin(), group.w.end(), [&](float x) { return static_cast<double>(x) == largest; });
  const double up = (positive ? -largest : largest) / 8;
  if (form.rule == ScaleRule::kLargest || form.rule == ScaleRule::kLeastSquares) {
    return scale_by(form.rule, group, up, kQ4Grid, kNibbleRange);
  }
  const double one = scale_by(form.rule, group, up, kQ4Grid, kNibbleRange);
  const double other = scale_by(form.rule, group, -up, kQ4Grid, kNibbleRange);
  const auto fit = [&](double scale) { return misfit(group, scale, kNibbleRange, form.rule); };
  return fit(other) < fit(one) ? other : one;
}

struct RowScales {
  std::vector<double> scales;  // of the groups
  double misfit = 0;
};

// Integer scales under one of the row: for each group the integer near its wanted scale that fits best, or with rules
// that do not search the nearest one.
RowScales integer_scales(const Group& row, const std::vector<double>& wanted, double row_scale, const Q4Form& form) {
  const int least = form.signed_scale ? -(1 << (form.scale_bits - 1)) : 0;
  const int most = form.signed_scale ? (1 << (form.scale_bits - 1)) - 1 : (1 << form.scale_bits) - 1;
  const bool searches = form.rule != ScaleRule::kLargest && form.rule != ScaleRule::kLeastSquares;
  const int neighbours = searches ? 2 : 0;
  RowScales result;
  for (size_t g = 0; g < wanted.size(); ++g) {
    const Group group = part(row, g * form.group, form.group);
    const int middle = static_cast<int>(std::floor(wanted[g] / row_scale + 0.5));
    double best = 0;
    double best_misfit = misfit(group, 0, kNibbleRange, form.rule);
    for (int s = std::max(middle - neighbours, least); s <= std::min(middle + neighbours, most); ++s) {
      const double now = misfit(group, s * row_scale, kNibbleRange, form.rule);
      if (searches && now >= best_misfit) continue;
      best_misfit = now;
      best = s * row_scale;
    }
    result.scales.push_back(best);
    result.misfit += best_misfit;
  }
  return result;
}

std::vector<double> group_scales(const Group& row, const Q4Form& form) {
  std::vector<double> wanted;
  double largest = 0;
  for (size_t first = 0; first < row.w.size(); first += form.group) {
    wanted.push_back(wanted_scale(part(row, first, form.group), form));
    largest = std::max(largest, std::abs(wanted.back()));
  }
  if (form.scale_bits == 0) {
    for (double& scale : wanted) scale = rounded_to_half(scale);
    return wanted;
  }
  if (largest == 0) return wanted;
  // A search also looks for the row scale under which the groups fall well: the largest becomes most, ... 0.56 most.
  const double most = form.signed_scale ? (1 << (form.scale_bits - 1)) - 1 : (1 << form.scale_bits) - 1;
  const bool searches = form.rule != ScaleRule::kLargest && form.rule != ScaleRule::kLeastSquares;
  RowScales best;
  for (int i = 0; i < (searches ? 12 : 1); ++i) {
    RowScales candidate = integer_scales(row, wanted, largest / (most * (1 - 0.04 * i)), form);
    if (i == 0 || candidate.misfit < best.misfit) best = std::move(candidate);
  }
  return best.scales;
}

// What a column of the matrix counts for.
std::vector<double> importance_of(const Weights& weights, TensorName name, Importance kind) {
  std::vector<double> result(weights.at(name).cols, 1.0);
  const bool attention = name.role == Role::kWq || name.role == Role::kWk || name.role == Role::kWv;
  const bool ffn = name.role == Role::kWGate || name.role == Role::kWUp;
  if (kind == Importance::kEqual || !(attention || ffn)) return result;
  const auto norm = weights.at({attention ? Role::kAttentionNorm : Role::kFfnNorm, name.layer}).row(0);
  const Matrix& embedding = weights.at({Role::kTokenEmbedding});
  for (size_t c = 0; c < result.size(); ++c) {
    result[c] = static_cast<double>(norm[c]) * static_cast<double>(norm[c]);
    if (kind == Importance::kNorm) continue;
    double squares = 0;
    for (size_t r = 0; r < embedding.rows; ++r) squares += std::pow(static_cast<double>(embedding.row(r)[c]), 2);
    result[c] *= squares / embedding.rows;
  }
  return result;
}

}  // namespace

Rounding q8(const Q8Form& form) {
  return [form](const Weights& weights, TensorName name) {
    const Matrix& m = weights.at(name);
    Rounded result{m, m.rows * (m.cols + (form.per_tensor ? 0.0 : 2.0))};
    const std::vector<double> equal(m.w.size(), 1.0);
    const auto scale_of = [&](std::span<const float> w) {
      return scale_by(form.rule, {w, std::span(equal).first(w.size())}, largest_of(w) / 127, kQ8Grid, kQ8Range);
    };
    const double shared = form.per_tensor ? scale_of(m.w) : 0;
    for (size_t r = 0; r < m.rows; ++r) {
      round_group(m.row(r), form.per_tensor ? shared : scale_of(m.row(r)), kQ8Range, result.matrix.row(r));
    }
    return result;
  };
}

Rounding q4(const Q4Form& form) {
  return [form](const Weights& weights, TensorName name) {
    const Matrix& m = weights.at(name);
    const std::vector<double> importance = importance_of(weights, name, form.importance);
    const size_t groups = (m.cols + form.group - 1) / form.group;
    // Nibbles in blocks of 32 whatever the group, as files have them; integer scales take a byte each, or half of one.
    const double nibble_bytes = static_cast<double>(q4_row_bytes(m.cols));
    const double bytes_each = form.scale_bits == 0 ? 2 : form.scale_bits <= 4 ? 0.5 : 1;
    const double scale_bytes = std::ceil(bytes_each * static_cast<double>(groups)) + (form.scale_bits == 0 ? 0 : 2);
    Rounded result{m, m.rows * (nibble_bytes + scale_bytes)};
    tools::in_parallel(m.rows, [&](size_t r) {
      const Group row{m.row(r), importance};
      const std::vector<double> scales = group_scales(row, form);
      for (size_t g = 0; g < groups; ++g) {
        const Group group = part(row, g * form.group, form.group);
        round_group(group.w, scales[g], kNibbleRange, result.matrix.row(r).subspan(g * form.group, group.w.size()));
      }
    });
    return result;
  };
}

Rounding converted(DType type) {
  return [type](const Weights& weights, TensorName name) {
    const Matrix& m = weights.at(name);
    std::vector<std::byte> stored(tensor_bytes(type, m.rows, m.cols));
    const auto info = tools::quantize(type, m.w, m.rows, m.cols, stored);
    Rounded result{m, static_cast<double>(stored.size())};
    const PanelLayout layout = type == DType::kQ8 ? q8_layout(m.cols) : q4_layout(m.cols);
    const size_t blocks = q4_blocks(m.cols);
    for (size_t r = 0; r < m.rows; ++r) {
      const std::byte* row = stored.data() + layout.row(r);
      const std::byte* scales = stored.data() + layout.group_scales(r, blocks);
      const double row_scale = std::ldexp(load_u16(stored.data() + layout.row_scale(r)), info.exponent);
      for (size_t c = 0; c < m.cols; ++c) {
        double q = 0;
        if (type == DType::kQ8) {
          q = static_cast<int8_t>(row[c]);
        } else {
          const std::byte pair = row[c / kQ4Block * (kQ4Block / 2) + c % kQ4Group];
          const std::byte both = scales[c / kQ4Block];
          q = c % kQ4Block < kQ4Group ? q4_low(pair) * q4_low(both) : q4_high(pair) * q4_high(both);
        }
        result.matrix.row(r)[c] = static_cast<float>(q * row_scale);
      }
    }
    return result;
  };
}

Changed change(const Weights& weights, const std::function<Rounding(TensorName)>& choose) {
  Changed changed{weights};
  for (const auto& [name, m] : weights.tensors) {
    const Rounding rounding = format::is_norm(name.role) ? nullptr : choose(name);
    if (!rounding) continue;
    Rounded rounded = rounding(weights, name);
    changed.weights.tensors[name] = std::move(rounded.matrix);
    changed.bytes += rounded.bytes;
    changed.count += static_cast<double>(m.w.size());
  }
  return changed;
}

}  // namespace thimble::study

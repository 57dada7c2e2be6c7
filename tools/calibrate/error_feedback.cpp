// A row's scales are chosen by trying them: for a candidate of the row scale, each group takes the group scale under
// which its own columns, with feedback between them, cost least; the candidate whose whole row costs least wins. So the
// feedback works with the very scales that are stored.

#include "tools/calibrate/error_feedback.h"

#include <Eigen/Cholesky>
#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <vector>

#include "base/quantized_layout.h"
#include "tools/parallel.h"
#include "tools/quantize/integer_rows.h"
#include "tools/quantize/scale_search.h"

namespace thimble::tools {
namespace {

using Row = Eigen::RowVectorXd;

// A row under one row scale.
struct Attempt {
  double cost = 0;
  IntegerRow row;  // its scale not yet set
};

// What a type allows for the columns that share a group scale.
struct Grid {
  size_t group = 0;
  IntegerRange range;
  IntegerRange group_scales;  // 1..1 where there are none
};

Grid grid_of(DType type, size_t cols) {
  if (type == DType::kQ4) return {kQ4Group, kNibbleRange, kNibbleRange};
  return {cols, kQ8Range, {1, 1}};
}

// Rounds the columns [first, first + count) of w in place, each error going to the columns of the group behind it.
// errors[j] = the error of column j, as U spreads it. Returns their cost, or more than `most` as soon as it is that.
double round_group(const ErrorFeedback::Spread& u, size_t first, size_t count, double scale, IntegerRange range,
                   double most, double* w, double* errors, int32_t* q) {
  double cost = 0;
  for (size_t j = 0; j < count && cost <= most; ++j) {
    const double* spread = u.data() + (first + j) * static_cast<size_t>(u.cols()) + first;
    q[j] = quantized(w[j], scale, range);
    errors[j] = (w[j] - q[j] * scale) / spread[j];
    cost += errors[j] * errors[j];
    for (size_t k = j + 1; k < count; ++k) w[k] -= errors[j] * spread[k];
  }
  return cost;
}

class RowRounder {
 public:
  RowRounder(const ErrorFeedback::Spread& u, const Grid& grid)
      : u_(u), grid_(grid), trial_(grid.group), errors_(grid.group), best_errors_(grid.group), q_(grid.group) {}

  Attempt round(Row w, double row_scale) {
    Attempt attempt;
    attempt.row.q.resize(static_cast<size_t>(w.size()));
    for (size_t first = 0; first < attempt.row.q.size(); first += grid_.group)
      round_next(first, row_scale, &w, &attempt);
    return attempt;
  }

 private:
  void round_next(size_t first, double row_scale, Row* w, Attempt* attempt) {
    const size_t count = std::min(grid_.group, attempt->row.q.size() - first);
    double least = std::numeric_limits<double>::infinity();
    int32_t best = 0;
    for (int32_t s = grid_.group_scales.least; s <= grid_.group_scales.most; ++s) {
      std::copy_n(w->data() + first, count, trial_.begin());
      const double cost =
          round_group(u_, first, count, s * row_scale, grid_.range, least, trial_.data(), errors_.data(), q_.data());
      if (cost >= least) continue;
      least = cost;
      best = s;
      std::copy_n(q_.begin(), count, attempt->row.q.begin() + static_cast<ptrdiff_t>(first));
      best_errors_.swap(errors_);
    }
    attempt->cost += least;
    if (grid_.group_scales.least != grid_.group_scales.most) attempt->row.group_scales.push_back(best);
    spread(first, count, w);
  }

  // The group's errors, over all columns behind it.
  void spread(size_t first, size_t count, Row* w) const {
    const auto begin = static_cast<Eigen::Index>(first);
    const auto size = static_cast<Eigen::Index>(count);
    const Eigen::Index rest = w->size() - begin - size;
    if (rest == 0) return;
    w->tail(rest) -= Eigen::Map<const Row>(best_errors_.data(), size) * u_.block(begin, begin + size, size, rest);
  }

  const ErrorFeedback::Spread& u_;
  Grid grid_;
  std::vector<double> trial_;
  std::vector<double> errors_;
  std::vector<double> best_errors_;
  std::vector<int32_t> q_;
};

// Row scales to try, as divisors of the row's largest weight.
std::vector<double> levels_of(DType type) {
  std::vector<double> levels;
  if (type == DType::kQ4) {
    // A group scale of 8 under a nibble of 7.5 is the most; what the largest group takes of that is chance.
    for (double largest = 8.5; largest >= 4.5; largest -= 0.25) levels.push_back(7.5 * largest);
  } else {
    for (double most = 123; most <= 131; ++most) levels.push_back(most);
  }
  return levels;
}

}  // namespace

ErrorFeedback::ErrorFeedback(const Eigen::MatrixXd& second_moments) {
  const auto identity = Eigen::MatrixXd::Identity(second_moments.rows(), second_moments.cols());
  const Eigen::MatrixXd inverse = second_moments.llt().solve(identity);
  u_ = inverse.llt().matrixU();
}

// The row scale, as a real number, under which the row costs least. 0 for zeros.
double ErrorFeedback::best_row_scale(DType type, const Row& w) const {
  RowRounder rounder(u_, grid_of(type, static_cast<size_t>(w.size())));
  const double largest = w.cwiseAbs().maxCoeff();
  if (largest == 0) return 0;
  double best = 0;
  double least = std::numeric_limits<double>::infinity();
  for (const double level : levels_of(type)) {
    const double cost = rounder.round(w, largest / level).cost;
    if (cost >= least) continue;
    least = cost;
    best = largest / level;
  }
  return best;
}

QuantizedTensor ErrorFeedback::quantize(DType type, const RowMatrix& weights, std::span<std::byte> out) const {
  const auto rows = static_cast<size_t>(weights.rows());
  const auto row = [&](size_t r) -> Row { return weights.row(static_cast<Eigen::Index>(r)).cast<double>(); };
  std::vector<double> scales(rows);
  in_parallel(rows, [&](size_t r) { scales[r] = best_row_scale(type, row(r)); });
  QuantizedTensor result;
  result.exponent = exponent_for(*std::max_element(scales.begin(), scales.end()), kRowScaleBits);
  RowRounder rounder(u_, grid_of(type, static_cast<size_t>(weights.cols())));
  for (size_t r = 0; r < rows; ++r) {
    Attempt best;
    best.cost = std::numeric_limits<double>::infinity();
    for (const uint32_t units : row_scales_near(scales[r], result.exponent)) {
      Attempt attempt = rounder.round(row(r), std::ldexp(units, result.exponent));
      attempt.row.scale = units;
      if (attempt.cost < best.cost) best = std::move(attempt);
    }
    store_row(type, best.row, r, out);
  }
  return result;
}

}  // namespace thimble::tools

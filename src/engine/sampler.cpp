// How a choice runs: begin() sorts the few tokens that have a penalty (biases are sorted already), feed() merges them
// with the rows, so that no row is searched for. A row is compared with one number, the bar, by a kernel: what is not
// above it can neither be chosen nor add to the sum, and of a trained model that is most rows. What is above adds its
// weight, and what may be chosen is kept, in no order. pick() finds the best ones in order until the filters have
// enough, and draws. All arithmetic but the adjustment of a logit is integer (sampler_math.h).
//
// Which rows cannot be chosen, long before the sum is known: the best row weighs more than 2^30 beside the reference,
// so the sum does; so rows of which all together weigh no more than the share of 2^30 that top-p leaves are outside of
// it (octaves_of_top_p()). Where a filter may forbid all of the nucleus, the best row behind it that is allowed is
// wanted: so one allowed row that is known makes all worse ones needless.
//
// By a look (Choice::kByLook), the sum is known to lie between two numbers only. Rows far down are left out of it, and
// of those above them many are counted, not weighed. For the least and the most that the sum may be, top-p may cut at
// different candidates; only where another token is drawn for it is the look not enough (draw()). The order of rows no
// longer matters to such a sum, so the best of a block is looked for first, and the bars stand high from its start. For
// the same reason fewer rows are held than could be in the nucleus: that it lies within them is seen at the end.

#include "thimble/sampler.h"

#include <algorithm>
#include <bit>
#include <limits>

#include "base/fp_environment.h"
#include "base/math.h"
#include "engine/sampler_math.h"
#include "kernels/kernels.h"
#include "text/words/words.h"
#include "thimble/tokenizer.h"

namespace thimble {
namespace {

using namespace sampling;  // NOLINT: its names were made for this file

constexpr float kInfinity = std::numeric_limits<float>::infinity();
constexpr int32_t kNothing = -static_cast<int32_t>(kPlusInfinity);  // the key of -infinity
// Of a look, in octaves from where no row can be in the nucleus: rows so far below are left out of the sum, 2^-4 of
// what top-p leaves at most; rows so far below are counted as if they weighed so much; and rows so far above are the
// lowest that are held. Of 72,000 choices of the model that ships, one in 1,200 then needs all rows. An octave less of
// the first is one in 600, for a fifth fewer rows to count.
constexpr int32_t kLookBelow = 4;
constexpr int32_t kWeighBelow = 1;
constexpr int32_t kHoldAbove = 4;
constexpr int32_t kAllOctaves = 2 * (kMostLog2 >> kLog2Bits);  // there is no y so far below another

// Better: the higher logit, or of equal ones the lower id.
bool better(const Candidate& a, const Candidate& b) {
  const int32_t key_a = order_key(a.logit);
  const int32_t key_b = order_key(b.logit);
  return key_a != key_b ? key_a > key_b : a.token < b.token;
}

[[gnu::noinline]] int32_t log2_units(float logit) { return sampling::log2_units(std::bit_cast<uint32_t>(logit)); }
int32_t log2_units(const Candidate& c) { return log2_units(c.logit); }

// How much less than `reference`, an upper bound; the difference may need all 32 bits.
uint32_t below(int32_t reference, int32_t y) { return static_cast<uint32_t>(reference) - static_cast<uint32_t>(y); }

// Shell's sort: quick enough for some hundred numbers, in a tenth of the code of std::sort.
void sort(std::span<uint32_t> numbers) {
  for (size_t gap = numbers.size() / 2; gap > 0; gap /= 2) {
    for (size_t i = gap; i < numbers.size(); ++i) {
      const uint32_t number = numbers[i];
      size_t at = i;
      for (; at >= gap && numbers[at - gap] > number; at -= gap) numbers[at] = numbers[at - gap];
      numbers[at] = number;
    }
  }
}

}  // namespace

void Sampler::begin(uint32_t position, std::span<const uint32_t> history, uint32_t most_rows, Choice choice) {
  position_ = position;
  first_row_ = kNoRow;
  candidate_count_ = held_ = ranked_ = 0;
  best_ = allowed_ = kNothing;
  heaped_ = false;
  sum_ = 0;
  few_ = 0;
  reference_ = -kMostLog2;
  most_rows_ = most_rows;
  candidate_octaves_ = octaves_of_top_p(most_rows);
  weigh_octaves_ = sum_octaves_ = kWeightlessOctaves;
  by_look_ = choice == Choice::kByLook && sum_all_rows_ && candidate_octaves_ + kLookBelow < kWeightlessOctaves;
  if (by_look_) {
    weigh_octaves_ = candidate_octaves_ + kWeighBelow;
    sum_octaves_ = candidate_octaves_ + kLookBelow;
    candidate_octaves_ = std::max<int32_t>(candidate_octaves_ - kHoldAbove, 1);  // the best itself is held
  }
  candidate_bar_ = kNothing;
  weigh_bar_ = sum_bar_ = sum_all_rows_ ? kNothing : INT32_MAX;
  raise_bars();

  next_bias_ = next_window_ = 0;
  const size_t seen = penalise_ ? std::min<size_t>(params_.repeat_last_n, history.size()) : 0;
  window_count_ = static_cast<uint32_t>(seen);
  std::copy(history.end() - static_cast<ptrdiff_t>(seen), history.end(), window_.begin());
  sort(std::span(window_).first(window_count_));
}

// Of the rows that have a bias or a penalty, the first one that was not fed yet.
uint32_t Sampler::next_adjusted_row() const {
  const uint32_t seen = next_window_ < window_count_ ? window_[next_window_] : kNoRow;
  const uint32_t biased = next_bias_ < bias_count_ ? biases_[next_bias_].token : kNoRow;
  return std::min(seen, biased);
}

void Sampler::feed(uint32_t first_row, std::span<const float> logits) {
  if (logits.empty()) return;
  first_row_ = std::min(first_row_, first_row);
  while (next_window_ < window_count_ && window_[next_window_] < first_row) ++next_window_;
  while (next_bias_ < bias_count_ && biases_[next_bias_].token < first_row) ++next_bias_;

  while (!logits.empty()) {
    size_t rows = std::min<size_t>(next_adjusted_row() - first_row, logits.size());
    if (rows > 0) {
      take(first_row, logits.first(rows));
    } else {
      const float logit = adjust(first_row, logits[0]);
      take(first_row, {&logit, 1});
      rows = 1;
    }
    first_row += static_cast<uint32_t>(rows);
    logits = logits.subspan(rows);
  }
}

// The logit with its bias and penalties; moves behind the token in both lists.
float Sampler::adjust(uint32_t token, float logit) {
  const FpEnvironment environment;
  if (next_bias_ < bias_count_ && biases_[next_bias_].token == token) logit += biases_[next_bias_++].bias;
  uint32_t count = 0;
  for (; next_window_ < window_count_ && window_[next_window_] == token; ++next_window_) ++count;
  if (count == 0) return logit;
  logit *= order_key(logit) > 0 ? inverse_repeat_ : params_.repeat_penalty;
  const float charge = params_.frequency_penalty * static_cast<float>(count);
  return logit - (charge + params_.presence_penalty);
}

// Beside the reference, the octaves from which on no row can be among those that top-p keeps. With t the most that a
// row weighs there, and 2^30 less than the sum, that is so when rows * (t + 1) <= 2^30 * (1 - top_p): the 1 is for what
// the sum may have kept where a rise of the reference cut off parts of weights.
int32_t Sampler::octaves_of_top_p(uint32_t rows) const {
  const uint32_t spare = (0 - top_p_) >> 2;
  if (rows - 1 >= spare) return kAllOctaves;
  int32_t octaves = kWeightlessOctaves;
  for (uint32_t weights = rows; weights + rows <= spare; weights *= 2) --octaves;
  return octaves;
}

// Rows as they count, after adjustment. A high row that is still to come makes many needless; where the most likely
// token is wanted, all others.
void Sampler::take(uint32_t first_row, std::span<const float> logits) {
  if (greedy_ || by_look_) {
    const size_t most = kernels_->find_most_f32(logits.data(), logits.size());
    raise_best({first_row + static_cast<uint32_t>(most), logits[most]});
    const bool highest = std::bit_cast<uint32_t>(logits[most]) - 1 < kPlusInfinity;  // above zero, and a number
    if (greedy_ && highest && !(words::kLinked && filter_.allows != nullptr)) {
      first_row += static_cast<uint32_t>(most);
      logits = logits.subspan(most, 1);
    }
  }
  const float* first = logits.data();
  for (size_t left = logits.size(); left > 0;) {
    const size_t rows = std::min(left, kMostLookedThrough);
    uint8_t found[kMostLookedThrough];
    const int32_t bar = std::min(candidate_bar_, sum_bar_);
    const int32_t sign = bar >> 31;  // 0 or -1
    const size_t count = kernels_->find_above_f32(found, first, rows, sign & INT32_MAX, bar + sign);
    for (const uint8_t* place = found; place != found + count; ++place) {
      const auto bits = std::bit_cast<uint32_t>(first[*place]);
      const int32_t key = order_key(bits);
      if (key > candidate_bar_) {
        if (key > order_key(kPlusInfinity)) continue;  // NaN
        keep({first_row + *place, first[*place]});
      }
      if (key > weigh_bar_) {
        sum_ += weight_beside(reference_, first[*place], /*heated=*/false);
      } else {
        ++few_;
      }
    }
    first_row += static_cast<uint32_t>(rows);
    first += rows;
    left -= rows;
  }
}

// If it is the best row so far, taken or still to come.
void Sampler::raise_best(const Candidate& row) {
  const int32_t key = order_key(row.logit);
  if (key <= best_ || key > order_key(kPlusInfinity)) return;
  best_ = key;
  if (words::kLinked && filter_.allows != nullptr && filter_.allows(filter_.context, row.token)) allowed_ = key;
  raise_reference(log2_units(row));
  raise_bars();
}

// A row above the candidates' bar.
void Sampler::keep(const Candidate& row) {
  raise_best(row);
  if (held_ == most_candidates_ && !heaped_) drop_below_bar();
  if (held_ == most_candidates_) {
    if (!heaped_) {
      make_heap(/*best_on_top=*/false);
      heaped_ = true;
    }
    if (!better(row, candidates_[held_ - 1])) return;
    --held_;  // the worst one
  }
  candidates_[held_++] = row;
  if (!heaped_) return;
  sift(0, /*best_on_top=*/false);
  raise_bars();
}

void Sampler::raise_reference(int32_t y) {
  if (y <= reference_) return;
  const int32_t raised = octave_above(y);
  const uint32_t octaves = below(raised, reference_) / kOctave;
  sum_ = octaves < 64 ? sum_ >> octaves : 0;
  reference_ = raised;
}

// Ties lose, because the lower id came first.
void Sampler::raise_bars() {
  if (sum_all_rows_) {
    const int32_t octaves = reference_ / kOctave;  // whole ones
    candidate_bar_ = key_below_octaves(octaves - candidate_octaves_);
    weigh_bar_ = key_below_octaves(octaves - weigh_octaves_);
    sum_bar_ = key_below_octaves(octaves - sum_octaves_);
  }
  if (greedy_) candidate_bar_ = std::max(best_ - 1, kNothing);  // and the best one itself passes
  if (words::kLinked && filter_.allows != nullptr) candidate_bar_ = std::min(candidate_bar_, allowed_);
  if (heaped_) candidate_bar_ = std::max(candidate_bar_, order_key(candidates_[held_ - 1].logit));
}

// Forgets candidates that the bar has left behind.
void Sampler::drop_below_bar() {
  uint32_t kept = 0;
  for (uint32_t i = 0; i < held_; ++i) {
    if (order_key(candidates_[i].logit) >= candidate_bar_) candidates_[kept++] = candidates_[i];
  }
  if (kept < held_) heaped_ = false;
  held_ = kept;
}

void Sampler::make_heap(bool best_on_top) {
  for (uint32_t i = (held_ - ranked_) / 2; i-- > 0;) sift(i, best_on_top);
}

// Brings the candidate at `hole` of the heap down to its place. The heap is what stands behind the ranked candidates,
// with its top at the end of all: so whatever is ranked next is followed by the last leaf.
void Sampler::sift(uint32_t hole, bool best_on_top) {
  Candidate* const top = &candidates_[held_ - 1];
  const auto at = [=](uint32_t i) -> Candidate& { return *(top - i); };
  const uint32_t count = held_ - ranked_;
  const Candidate candidate = at(hole);
  for (uint32_t child = 2 * hole + 1; child < count; child = 2 * hole + 1) {
    if (child + 1 < count && better(at(child + 1), at(child)) == best_on_top) ++child;
    if (better(at(child), candidate) != best_on_top) break;
    at(hole) = at(child);
    hole = child;
  }
  at(hole) = candidate;
}

// Brings the best `count` of the held candidates to the front, in order, the best first.
void Sampler::rank(uint32_t count) {
  while (ranked_ < count) {
    std::swap(candidates_[ranked_], candidates_[held_ - 1]);
    ++ranked_;
    if (ranked_ < held_) sift(0, /*best_on_top=*/true);
  }
}

uint32_t Sampler::pick() {
  drop_below_bar();
  if (held_ == 0) candidates_[held_++] = {first_row_ == kNoRow ? 0 : first_row_, -kInfinity};
  make_heap(/*best_on_top=*/true);
  candidate_count_ = least_count_ = greedy_ ? 1 : held_;
  if (top_p_ == 0) {
    rank(candidate_count_);
  } else if (!keep_top_p()) {
    return kNoToken;
  }
  if (words::kLinked && filter_.allows != nullptr && !keep_allowed()) {
    const uint32_t token = filter_.otherwise(filter_.context);
    if (token != kNoToken) return token;
  }
  if (greedy_) return candidates_[0].token;
  if (min_p_ != 0) keep_min_p();
  return draw();
}

// Cuts behind the first candidate whose cumulative weight reaches the share top_p of the sum: of all rows, or of the
// candidates where top-k chose them.
//
// By a look, there is a cut for the least and one for the most that the sum may be. It lacks rows that weigh
// 2^(31 - sum_octaves_) each at most, and some that weigh 2^(31 - weigh_octaves_); and where the reference rises, which
// it does at other rows, up to a unit of each row is cut off or not. False where not all of the nucleus is held.
bool Sampler::keep_top_p() {
  rank(1);
  const int32_t reference = octave_above(log2_units(candidates_[0]));
  const uint64_t sum = sum_all_rows_ ? sum_ : sum_of_candidates(held_, reference, /*heated=*/false);
  uint32_t less = 0;
  uint32_t more = 0;  // < 2^31
  if (by_look_) {
    less = most_rows_;
    more = most_rows_ + (most_rows_ << (31 - sum_octaves_)) + (few_ << (31 - weigh_octaves_));
  }
  candidate_count_ = candidates_that_reach(portion(sum + more, top_p_), reference, /*heated=*/false);
  least_count_ = candidates_that_reach(portion(sum - less, top_p_), reference, /*heated=*/false);
  if (candidate_count_ <= held_) return true;
  candidate_count_ = held_;
  least_count_ = std::min(least_count_, held_);
  return !by_look_ || held_ == most_candidates_;
}

void Sampler::keep_min_p() {
  const int32_t best = log2_units(candidates_[0]);
  uint32_t kept = 1;
  while (kept < candidate_count_ && weight_beside(best, candidates_[kept].logit, /*heated=*/false) >= min_p_) ++kept;
  candidate_count_ = kept;
  least_count_ = std::min(least_count_, kept);
}

// By a look, kNoToken where it depends on the cut. In between are no others: the more candidates there are, the further
// down the draw comes.
uint32_t Sampler::draw() {
  const uint32_t token = draw_of(candidate_count_);
  return least_count_ == candidate_count_ || draw_of(least_count_) == token ? token : kNoToken;
}

// From so many of the best.
uint32_t Sampler::draw_of(uint32_t count) {
  const int32_t best = log2_units(candidates_[0]);  // it weighs 1, so the sum is never 0
  const uint64_t sum = sum_of_candidates(count, best, /*heated=*/true);
  const uint64_t threshold = portion(sum, random_number(params_.seed, position_));  // < sum
  return candidates_[candidates_that_reach(threshold + 1, best, /*heated=*/true) - 1].token;
}

uint64_t Sampler::sum_of_candidates(uint32_t count, int32_t y, bool heated) const {
  uint64_t sum = 0;
  for (const Candidate& c : std::span(candidates_).first(count)) sum += weight_beside(y, c.logit, heated);
  return sum;
}

// How many of the best it takes to weigh so much together; more than are held, if they do not.
uint32_t Sampler::candidates_that_reach(uint64_t wanted, int32_t y, bool heated) {
  uint32_t count = 0;
  for (uint64_t reached = 0; count == 0 || reached < wanted;) {
    if (count == held_) return count + 1;
    rank(count + 1);
    reached += weight_beside(y, candidates_[count++].logit, heated);
  }
  return count;
}

// The weight beside a y that is not lower; heated: at the given temperature.
uint32_t Sampler::weight_beside(int32_t y, float logit, bool heated) const {
  uint32_t d = below(y, log2_units(logit));
  if (heated) {
    const uint64_t product = uint64_t{d} * heat_;  // < 2^56
    d = static_cast<uint32_t>(std::min<uint64_t>(((product >> (heat_shift_ - 1)) + 1) >> 1, kWeightless));
  }
  return weight(d);
}

}  // namespace thimble

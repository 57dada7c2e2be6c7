// How a choice runs: begin() sorts the few tokens that have a penalty (biases are sorted already), feed() merges them
// with the rows, so that no row is searched for. A row is compared with one number, the bar: what is not above it can
// neither be chosen nor add to the sum, and of a trained model that is most rows. What is above adds its weight, and
// what may be chosen is kept, in no order. pick() finds the best ones in order until the filters have enough, and
// draws. All arithmetic but the adjustment of a logit is integer (sampler_math.h).
//
// Which rows cannot be chosen, long before the sum is known: the best row weighs more than 2^30 beside the reference,
// so the sum does; so rows of which all together weigh no more than the share of 2^30 that top-p leaves are outside of
// it (octaves_of_top_p()). Where a filter may forbid all of the nucleus, the best row behind it that is allowed is
// wanted: so one allowed row that is known makes all worse ones needless.
//
// By a look (Choice::kByLook), rows some octaves further down are left out of the sum as well. How much they can weigh
// at most is known, and whether top-p might cut elsewhere for it is seen at the end (keep_top_p()). The order of rows
// no longer matters to such a sum, so the best of a block is looked for first, and the bar stands high from its start.

#include "thimble/sampler.h"

#include <algorithm>
#include <bit>
#include <limits>

#include "base/fp_environment.h"
#include "base/math.h"
#include "engine/sampler_math.h"
#include "text/words/words.h"
#include "thimble/model.h"
#include "thimble/tokenizer.h"

namespace thimble {
namespace {

using namespace sampling;  // NOLINT: its names were made for this file

constexpr float kGreedyBelow = 1.0f / 65536;  // here one unit of y would already be a factor of two
constexpr float kInfinity = std::numeric_limits<float>::infinity();
constexpr int32_t kNothing = -static_cast<int32_t>(kPlusInfinity);  // the key of -infinity
// Octaves below those that top-p may keep, from which on a look leaves rows out: 2^-8 of what top-p leaves. Of 8,600
// choices of the model that ships, one in 2,000 then needs all rows; an octave less is one in 700, for a seventh fewer
// weights.
constexpr int32_t kLookBelow = 8;
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

// floor(x * 2^32) for x in [0, 1). Exact from the float's own bits.
uint32_t to_q32(float x) {
  const uint32_t magnitude = std::bit_cast<uint32_t>(x) & 0x7fffffff;
  const uint32_t shift = 126 - (magnitude >> 23);  // x = 1.mantissa * 2^-(shift + 1)
  return shift < 32 ? (magnitude << 8 | 0x80000000) >> shift : 0;
}

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

Status check_biases(std::span<const LogitBias> biases) {
  if (biases.size() > kMaxLogitBias)
    return Status::error(Code::kLimit, "logit_bias").above(biases.size(), kMaxLogitBias);
  for (size_t i = 0; i < biases.size(); ++i) {
    const int32_t key = order_key(biases[i].bias);
    bool wrong = key < order_key(-kInfinity) || key >= order_key(kInfinity);
    for (size_t k = 0; k < i; ++k) wrong = wrong || biases[k].token == biases[i].token;
    if (wrong) return Status::error(Code::kInvalidArgument, "logit_bias").at(i);
  }
  return {};
}

struct Range {
  const char* field;
  float SamplerParams::*value;
  float least;
  float most;
};
constexpr float kMost = std::numeric_limits<float>::max();
constexpr float kAboveZero = std::numeric_limits<float>::denorm_min();
constexpr float kBelowOne = 0x1.fffffep-1f;
constexpr Range kRanges[] = {{"temperature", &SamplerParams::temperature, 0, kMost},
                             {"top_p", &SamplerParams::top_p, kAboveZero, 1},
                             {"min_p", &SamplerParams::min_p, 0, kBelowOne},
                             {"repeat_penalty", &SamplerParams::repeat_penalty, kAboveZero, kMost},
                             {"presence_penalty", &SamplerParams::presence_penalty, -kMost, kMost},
                             {"frequency_penalty", &SamplerParams::frequency_penalty, -kMost, kMost}};

// The first field outside its range, or null. NaNs are on one side of everything (order_key).
const char* wrong_field(const SamplerParams& p) {
  for (const Range& range : kRanges) {
    const int32_t key = order_key(p.*range.value);
    if (key < order_key(range.least) || key > order_key(range.most)) return range.field;
  }
  return nullptr;
}

Status check(const SamplerParams& p) {
  const char* const field = wrong_field(p);
  if (field != nullptr) return Status::error(Code::kInvalidArgument, field);
  if (p.repeat_last_n > kMaxPenaltyWindow) {
    return Status::error(Code::kInvalidArgument, "repeat_last_n").above(p.repeat_last_n, kMaxPenaltyWindow);
  }
  return check_biases(p.logit_bias);
}

}  // namespace

SamplerParams model_sampling(const Model& model) {
  struct Stored {
    std::string_view key;
    float SamplerParams::*field;
  };
  static constexpr Stored kStored[] = {{"sampling.temperature", &SamplerParams::temperature},
                                       {"sampling.top_p", &SamplerParams::top_p},
                                       {"sampling.min_p", &SamplerParams::min_p},
                                       {"sampling.repeat_penalty", &SamplerParams::repeat_penalty}};
  static_assert(kMaxCandidates < 512);  // for top_k
  SamplerParams params;
  for (const Stored& stored : kStored) {
    const float before = params.*stored.field;
    params.*stored.field = model.about_f32(stored.key, before);
    if (wrong_field(params) != nullptr) params.*stored.field = before;
  }
  // A whole number as a float; above kMaxCandidates it filters nothing, like 0.
  const float top_k = model.about_f32("sampling.top_k", -1);
  if (order_key(top_k) >= 0 && order_key(top_k) < order_key(kInfinity)) {
    const bool filters = order_key(top_k) <= order_key(float{kMaxCandidates});
    params.top_k = filters ? to_q32(top_k * (1.0f / 512)) >> 23 : 0;
  }
  return params;
}

Sampler::Sampler() { prepare(); }

Status Sampler::set_params(const SamplerParams& params) {
  THIMBLE_RETURN_IF_ERROR(check(params));
  bias_count_ = 0;
  for (const LogitBias& bias : params.logit_bias) {  // insertion sort: at most 64, once per text
    uint32_t at = bias_count_++;
    for (; at > 0 && biases_[at - 1].token > bias.token; --at) biases_[at] = biases_[at - 1];
    biases_[at] = bias;
  }
  added_ = 0;
  params_ = params;
  params_.logit_bias = {};
  prepare();
  return {};
}

void Sampler::prepare() {
  const bool limited = params_.top_k != 0 && params_.top_k <= kMaxCandidates;
  const bool top_p_on = order_key(params_.top_p) < order_key(1.0f);
  greedy_ = order_key(params_.temperature) < order_key(kGreedyBelow);
  most_candidates_ = limited && !greedy_ ? params_.top_k : kMaxCandidates;
  sum_all_rows_ = top_p_on && !limited && !greedy_;
  top_p_ = top_p_on ? std::max<uint32_t>(to_q32(params_.top_p), 1) : 0;
  min_p_ = to_q32(params_.min_p) >> 1;

  inverse_repeat_ = reciprocal_f32(params_.repeat_penalty);
  penalise_ = order_key(params_.repeat_penalty) != order_key(1.0f) || order_key(params_.presence_penalty) != 0 ||
              order_key(params_.frequency_penalty) != 0;

  if (greedy_) return;
  const auto inverse = std::bit_cast<uint32_t>(reciprocal_f32(params_.temperature));  // at most 2^16
  heat_ = (inverse & 0x7fffff) | 0x800000;
  heat_shift_ = 150 - (inverse >> 23);  // >= 7
  // y differences have 32 bits and heat_ 24: above this, everything is equally hot.
  if (heat_shift_ > 57) heat_ = 0, heat_shift_ = 1;
}

void Sampler::begin(uint32_t position, std::span<const uint32_t> history, uint32_t most_rows, Choice choice) {
  position_ = position;
  first_row_ = kNoRow;
  candidate_count_ = held_ = ranked_ = 0;
  best_ = allowed_ = kNothing;
  heaped_ = false;
  sum_ = 0;
  reference_ = -kMostLog2;
  most_rows_ = most_rows;
  top_p_octaves_ = octaves_of_top_p(most_rows);
  sum_octaves_ = kWeightlessOctaves;
  if (choice == Choice::kByLook && sum_all_rows_) sum_octaves_ = std::min(top_p_octaves_ + kLookBelow, sum_octaves_);
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

  size_t done = 0;
  while (done < logits.size()) {
    const size_t adjusted = next_adjusted_row() - first_row;
    const size_t plain_end = std::min(adjusted, logits.size());
    take(first_row + static_cast<uint32_t>(done), logits.subspan(done, plain_end - done));
    done = plain_end;
    if (done == logits.size()) break;
    const uint32_t token = first_row + static_cast<uint32_t>(done);
    const float logit = adjust(token, logits[done]);
    take(token, {&logit, 1});
    ++done;
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

// Rows as they count, after adjustment.
void Sampler::take(uint32_t first_row, std::span<const float> logits) {
  if (sum_octaves_ < kWeightlessOctaves) look_ahead(logits);
  for (size_t i = 0; (i = pass(first_row, logits, i)) < logits.size();) {
    make_way({first_row + static_cast<uint32_t>(i), logits[i]});
  }
}

// A high row that is still to come makes many needless: the highest above zero, where bits have the order of numbers.
void Sampler::look_ahead(std::span<const float> logits) {
  int32_t highest = 0;
  for (const float logit : logits) highest = std::max(highest, std::bit_cast<int32_t>(logit));
  const int32_t y = log2_units(std::bit_cast<float>(highest));
  if (highest == 0 || y <= reference_) return;  // NaN, too
  raise_reference(y);
  raise_bars();
}

// Goes on from row i to the first one that make_way() is needed for, or to the end: adds weights, and keeps what may be
// chosen.
size_t Sampler::pass(uint32_t first_row, std::span<const float> logits, size_t i) {
  const uint32_t flip = bar_flip_;
  const uint32_t bar = bar_;
  const int32_t candidate_bar = candidate_bar_;
  const int32_t reference = reference_;
  uint64_t sum = sum_;
  const float* const end = logits.data() + logits.size();
  const float* at = logits.data() + i;
  for (;; ++at) {
    while (at != end && (std::bit_cast<uint32_t>(*at) ^ flip) <= bar) ++at;  // most rows
    if (at == end) break;
    const auto bits = std::bit_cast<uint32_t>(*at);
    const int32_t key = order_key(bits);
    if (key > candidate_bar) {
      if (key > order_key(kPlusInfinity)) continue;  // NaN
      if (key > best_ || held_ == most_candidates_) break;
      candidates_[held_++] = {first_row + static_cast<uint32_t>(at - logits.data()), *at};
    }
    sum += weight(below(reference, sampling::log2_units(bits)));
  }
  sum_ = sum;
  return static_cast<size_t>(at - logits.data());
}

// Before a row that is the best so far, or one more than there are places for: pass() can take it afterwards.
void Sampler::make_way(const Candidate& row) {
  const int32_t key = order_key(row.logit);
  const bool best = key > best_;
  if (best) {
    best_ = key;
    if (words::kLinked && filter_.allows != nullptr && filter_.allows(filter_.context, row.token)) allowed_ = key;
    raise_reference(log2_units(row));
  }
  if (best || heaped_) raise_bars();
  if (held_ < most_candidates_) return;
  if (best || !heaped_) drop_below_bar();
  if (held_ < most_candidates_) return;
  if (!heaped_) {
    make_heap(/*best_on_top=*/false);
    heaped_ = true;
    raise_bars();
  }
  if (key > candidate_bar_) --held_;  // the worst one
}

void Sampler::raise_reference(int32_t y) {
  if (y <= reference_) return;
  const int32_t raised = octave_above(y);
  const uint32_t octaves = below(raised, reference_) / kOctave;
  sum_ = octaves < 64 ? sum_ >> octaves : 0;
  reference_ = raised;
}

// Sets the bars. Ties lose, because the lower id came first.
//
// In sign-magnitude bits, with the bar at zero or above, only positive numbers with more bits pass; with a negative
// bar, all positive ones and the negative ones with fewer bits. Flipping the sign or all bits makes both one unsigned
// comparison. Positive NaNs pass either way.
void Sampler::raise_bars() {
  const int32_t octaves = reference_ / kOctave;                         // whole ones
  candidate_bar_ = greedy_ ? std::max(best_ - 1, kNothing) : kNothing;  // and the best one itself passes
  if (sum_all_rows_) candidate_bar_ = key_below_octaves(octaves - top_p_octaves_);
  if (words::kLinked && filter_.allows != nullptr) candidate_bar_ = std::min(candidate_bar_, allowed_);
  if (heaped_) {
    sift(0, /*best_on_top=*/false);  // the candidate that came last
    candidate_bar_ = std::max(candidate_bar_, order_key(candidates_[held_ - 1].logit));
  }
  int32_t bar = candidate_bar_;
  if (sum_all_rows_) bar = std::min(bar, key_below_octaves(octaves - sum_octaves_));
  bar_flip_ = bar < 0 ? 0xffffffff : 0x80000000;
  bar_ = (static_cast<uint32_t>(bar) ^ 0x80000000) - (bar < 0 ? 1u : 0u);  // its bits, flipped
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
  candidate_count_ = held_;
  if (words::kLinked && filter_.allows != nullptr) return pick_allowed();
  if (!keep_nucleus()) return kNoToken;
  if (greedy_) return candidates_[0].token;
  if (min_p_ != 0) keep_min_p();
  return draw();
}

// The candidates that stand at the front in order: when greedy, the best; else what top-p leaves, or all. False: see
// keep_top_p().
bool Sampler::keep_nucleus() {
  if (greedy_) candidate_count_ = 1;
  if (top_p_ != 0 && !greedy_) return keep_top_p();
  rank(candidate_count_);
  return true;
}

// Cuts behind the first candidate whose cumulative weight reaches the share top_p of the sum: of all rows, or of the
// candidates where top-k chose them.
//
// By a look, false where it cuts elsewhere for the least and the most that the sum may be. It lacks rows that weigh
// 2^(31 - sum_octaves_) each at most; and where the reference rises, which it does at other rows, up to a unit of each
// row is cut off or not.
bool Sampler::keep_top_p() {
  rank(1);
  const int32_t reference = octave_above(log2_units(candidates_[0]));
  const uint64_t sum = sum_all_rows_ ? sum_ : sum_of_candidates(reference, /*heated=*/false);
  const bool by_look = sum_octaves_ < kWeightlessOctaves;
  const uint32_t most = by_look ? most_rows_ + (most_rows_ << (31 - sum_octaves_)) : 0;  // < 2^31
  const auto cut_for = [=, this](uint64_t s) { return candidates_that_reach(portion(s, top_p_), reference, false); };
  const uint32_t kept = cut_for(sum + most);
  const bool sure = !by_look || kept == cut_for(sum - most_rows_);
  candidate_count_ = kept;
  return sure;
}

void Sampler::keep_min_p() {
  const int32_t best = log2_units(candidates_[0]);
  uint32_t kept = 1;
  while (kept < candidate_count_ && weight_beside(best, candidates_[kept], /*heated=*/false) >= min_p_) ++kept;
  candidate_count_ = kept;
}

uint32_t Sampler::draw() {
  const int32_t best = log2_units(candidates_[0]);  // it weighs 1, so the sum is never 0
  const uint64_t sum = sum_of_candidates(best, /*heated=*/true);
  const uint64_t threshold = portion(sum, random_number(params_.seed, position_));  // < sum
  return candidates_[candidates_that_reach(threshold + 1, best, /*heated=*/true) - 1].token;
}

// Of those left by the filters.
uint64_t Sampler::sum_of_candidates(int32_t y, bool heated) const {
  uint64_t sum = 0;
  for (const Candidate& c : candidates()) sum += weight_beside(y, c, heated);
  return sum;
}

// How many of the best it takes to weigh so much together; all, if rounding keeps it out of reach.
uint32_t Sampler::candidates_that_reach(uint64_t wanted, int32_t y, bool heated) {
  uint64_t reached = 0;
  uint32_t count = 0;
  do {
    rank(count + 1);
    reached += weight_beside(y, candidates_[count++], heated);
  } while (reached < wanted && count < candidate_count_);
  return count;
}

// The weight beside a y that is not lower; heated: at the given temperature.
uint32_t Sampler::weight_beside(int32_t y, const Candidate& candidate, bool heated) const {
  uint32_t d = below(y, log2_units(candidate));
  if (heated) {
    const uint64_t product = uint64_t{d} * heat_;  // < 2^56
    d = static_cast<uint32_t>(std::min<uint64_t>(((product >> (heat_shift_ - 1)) + 1) >> 1, kWeightless));
  }
  return weight(d);
}

}  // namespace thimble

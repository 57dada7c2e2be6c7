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

#include "thimble/sampler.h"

#include <algorithm>
#include <bit>
#include <limits>

#include "base/fp_environment.h"
#include "base/math.h"
#include "engine/sampler_math.h"
#include "text/words/words.h"
#include "thimble/model.h"

namespace thimble {
namespace {

using namespace sampling;  // NOLINT: its names were made for this file

constexpr float kGreedyBelow = 1.0f / 65536;  // here one unit of y would already be a factor of two
constexpr float kInfinity = std::numeric_limits<float>::infinity();
constexpr int32_t kNothing = -static_cast<int32_t>(kPlusInfinity);  // the key of -infinity
constexpr int32_t kAllOctaves = 2 * (kMostLog2 >> kLog2Bits);       // there is no y so far below another

bool finite(float x) { return order_key(x) > order_key(-kInfinity) && order_key(x) < order_key(kInfinity); }
bool finite_positive(float x) { return finite(x) && order_key(x) > 0; }

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

[[gnu::noinline]] uint32_t weight_of_difference(uint32_t d) { return weight(d); }
uint32_t weight_of(const Candidate& c, int32_t reference) {
  return weight_of_difference(below(reference, log2_units(c)));
}

// floor(x * 2^kBits) for x in [0, 1), kBits <= 32. Exact from the float's own bits.
template <uint32_t kBits>
uint32_t to_fixed(float x) {
  const uint32_t magnitude = std::bit_cast<uint32_t>(x) & 0x7fffffff;
  const uint32_t exponent = magnitude >> 23;
  const uint32_t shift = 150 - exponent;  // x = mantissa * 2^-shift, shift >= 24
  if (exponent == 0 || shift > 63) return 0;
  return static_cast<uint32_t>((uint64_t{(magnitude & 0x7fffff) | 0x800000} << kBits) >> shift);
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

// The first field outside its range, or null. NaNs are on one side of everything (order_key).
const char* wrong_field(const SamplerParams& p) {
  if (!finite(p.temperature) || order_key(p.temperature) < 0) return "temperature";
  if (!finite_positive(p.top_p) || order_key(p.top_p) > order_key(1.0f)) return "top_p";
  if (!finite(p.min_p) || order_key(p.min_p) < 0 || order_key(p.min_p) >= order_key(1.0f)) return "min_p";
  if (!finite_positive(p.repeat_penalty)) return "repeat_penalty";
  if (!finite(p.presence_penalty)) return "presence_penalty";
  if (!finite(p.frequency_penalty)) return "frequency_penalty";
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
  if (finite(top_k) && order_key(top_k) >= 0) {
    const bool filters = order_key(top_k) <= order_key(float{kMaxCandidates});
    params.top_k = filters ? to_fixed<9>(top_k * (1.0f / 512)) : 0;
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
  top_p_ = top_p_on ? std::max<uint32_t>(to_fixed<32>(params_.top_p), 1) : 0;
  min_p_ = to_fixed<31>(params_.min_p);

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

void Sampler::begin(uint32_t position, std::span<const uint32_t> history, uint32_t most_rows) {
  position_ = position;
  first_row_ = kNoRow;
  candidate_count_ = held_ = ranked_ = 0;
  best_ = allowed_ = kNothing;
  heaped_ = false;
  peak_ = -kMostLog2;
  sum_ = 0;
  reference_ = -kMostLog2;
  top_p_octaves_ = octaves_of_top_p(most_rows);
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
  if (sum_all_rows_ && !heaped_ && held_ + logits.size() > most_candidates_) look_ahead(logits);
  for (size_t i = 0; (i = pass(first_row, logits, i)) < logits.size();) {
    make_way({first_row + static_cast<uint32_t>(i), logits[i]});
  }
}

// Where candidates might outgrow their places: a high row that is still to come may rule out many of them.
void Sampler::look_ahead(std::span<const float> logits) {
  float highest = -kInfinity;
  for (const float logit : logits) {
    const int32_t key = order_key(logit);
    if (key > order_key(highest) && key <= order_key(kPlusInfinity)) highest = logit;
  }
  peak_ = std::max(peak_, log2_units(highest));
  raise_bars();
  drop_below_bar();
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
  for (; at != end; ++at) {
    const auto bits = std::bit_cast<uint32_t>(*at);
    if ((bits ^ flip) <= bar) continue;
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
  const int32_t raised = octaves_above(y) * kOctave;
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
  candidate_bar_ = greedy_ ? std::max(best_ - 1, kNothing) : kNothing;  // and the best one itself passes
  if (sum_all_rows_) candidate_bar_ = key_below_octaves(octaves_above(std::max(reference_, peak_)) - top_p_octaves_);
  if (words::kLinked && filter_.allows != nullptr) candidate_bar_ = std::min(candidate_bar_, allowed_);
  if (heaped_) {
    sift(0, /*best_on_top=*/false);  // the candidate that came last
    candidate_bar_ = std::max(candidate_bar_, order_key(candidates_[held_ - 1].logit));
  }
  int32_t bar = candidate_bar_;
  if (sum_all_rows_) bar = std::min(bar, key_below_octaves(octaves_above(reference_) - kWeightlessOctaves));
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
  keep_nucleus();
  if (greedy_) return candidates_[0].token;
  if (min_p_ != 0) keep_min_p();
  return draw();
}

// The candidates that stand at the front in order: when greedy, the best; else what top-p leaves, or all.
void Sampler::keep_nucleus() {
  if (greedy_) candidate_count_ = 1;
  if (top_p_ != 0 && !greedy_) return keep_top_p();
  rank(candidate_count_);
}

// Cuts behind the first candidate whose cumulative weight reaches the share top_p of the sum: of all rows, or of the
// candidates where top-k chose them. If rounding keeps the share out of reach, all stay.
void Sampler::keep_top_p() {
  rank(1);
  const int32_t reference = sum_all_rows_ ? reference_ : octaves_above(log2_units(candidates_[0])) * kOctave;
  uint64_t sum = sum_;
  if (!sum_all_rows_) {
    sum = 0;
    for (const Candidate& c : candidates()) sum += weight_of(c, reference);
  }
  const uint64_t wanted = portion(sum, top_p_);
  uint64_t reached = 0;
  uint32_t kept = 0;
  do {
    rank(kept + 1);
    reached += weight_of(candidates_[kept++], reference);
  } while (reached < wanted && kept < candidate_count_);
  candidate_count_ = kept;
}

void Sampler::keep_min_p() {
  const int32_t best = log2_units(candidates_[0]);
  uint32_t kept = 1;
  while (kept < candidate_count_ && weight_of(candidates_[kept], best) >= min_p_) ++kept;
  candidate_count_ = kept;
}

// The weight beside the best one at the given temperature; the best weighs 1, so a sum of weights is never 0.
uint32_t Sampler::heated_weight(const Candidate& candidate, int32_t best) const {
  const uint64_t product = uint64_t{below(best, log2_units(candidate))} * heat_;  // < 2^56
  const uint64_t d = ((product >> (heat_shift_ - 1)) + 1) >> 1;
  return d < kWeightless ? weight_of_difference(static_cast<uint32_t>(d)) : 0;
}

uint32_t Sampler::draw() const {
  const int32_t best = log2_units(candidates_[0]);
  uint64_t sum = 0;
  for (const Candidate& c : candidates()) sum += heated_weight(c, best);
  const uint64_t threshold = portion(sum, random_number(params_.seed, position_));  // < sum
  uint64_t reached = 0;
  for (const Candidate& c : candidates()) {
    reached += heated_weight(c, best);
    if (reached > threshold) return c.token;
  }
  return candidates_[0].token;  // not reached: the sum is above the threshold
}

}  // namespace thimble

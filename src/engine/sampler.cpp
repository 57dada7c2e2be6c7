// How a choice runs: begin() sorts the few tokens that have a penalty (biases are sorted already), feed() merges them
// with the rows, so that no row is searched for, and keeps the best rows in a heap; pick() sorts the heap, cuts it
// with the filters and draws. All arithmetic but the adjustment of a logit is integer (sampler_math.h).

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
constexpr uint32_t kMostGreedy = 32;  // where not every token is allowed: a heap of 256 costs a fifth of a token
constexpr float kInfinity = std::numeric_limits<float>::infinity();

bool finite(float x) { return order_key(x) > order_key(-kInfinity) && order_key(x) < order_key(kInfinity); }
bool finite_positive(float x) { return finite(x) && order_key(x) > 0; }

// Better: the higher logit, or of equal ones the lower id.
bool better(const Candidate& a, const Candidate& b) {
  const int32_t key_a = order_key(a.logit);
  const int32_t key_b = order_key(b.logit);
  return key_a != key_b ? key_a > key_b : a.token < b.token;
}

int32_t log2_units(const Candidate& c) { return sampling::log2_units(std::bit_cast<uint32_t>(c.logit)); }

// How much less than `reference`, an upper bound; the difference may need all 32 bits.
uint32_t below(int32_t reference, int32_t y) { return static_cast<uint32_t>(reference) - static_cast<uint32_t>(y); }

// floor(x * 2^kBits) for x in [0, 1), kBits <= 32. Exact from the float's own bits.
template <uint32_t kBits>
uint32_t to_fixed(float x) {
  const uint32_t magnitude = std::bit_cast<uint32_t>(x) & 0x7fffffff;
  const uint32_t exponent = magnitude >> 23;
  const uint32_t shift = 150 - exponent;  // x = mantissa * 2^-shift, shift >= 24
  if (exponent == 0 || shift > 63) return 0;
  return static_cast<uint32_t>((uint64_t{(magnitude & 0x7fffff) | 0x800000} << kBits) >> shift);
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
  const bool filtered = words::kLinked && filter_.allows != nullptr;
  const uint32_t greedy_candidates = filtered ? kMostGreedy : 1;
  most_candidates_ = greedy_ ? greedy_candidates : limited ? params_.top_k : kMaxCandidates;
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

void Sampler::begin(uint32_t position, std::span<const uint32_t> history) {
  position_ = position;
  first_row_ = kNoRow;
  candidate_count_ = 0;
  raise_bar();
  sum_ = 0;
  reference_ = -kMostLog2;

  next_bias_ = next_window_ = 0;
  const size_t seen = penalise_ ? std::min<size_t>(params_.repeat_last_n, history.size()) : 0;
  window_count_ = static_cast<uint32_t>(seen);
  std::copy(history.end() - static_cast<ptrdiff_t>(seen), history.end(), window_.begin());
  // A heap sort: n log n for any history, and a quarter of the code of std::sort.
  std::make_heap(window_.begin(), window_.begin() + window_count_);
  std::sort_heap(window_.begin(), window_.begin() + window_count_);
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

// Rows as they count, after adjustment.
void Sampler::take(uint32_t first_row, std::span<const float> logits) {
  if (sum_all_rows_) add_to_sum(logits);
  uint32_t flip = bar_flip_;
  uint32_t bar = bar_;
  for (size_t i = 0; i < logits.size(); ++i) {
    const auto bits = std::bit_cast<uint32_t>(logits[i]);
    if ((bits ^ flip) <= bar) [[likely]]
      continue;
    offer(first_row + static_cast<uint32_t>(i), logits[i]);
    flip = bar_flip_;
    bar = bar_;
  }
}

// Sets the bar that the next candidate must be above: the worst one kept or, while there is room, -infinity. Ties
// lose, because the lower id came first. In sign-magnitude bits, with the bar at zero or above, only positive numbers
// with more bits pass; with a negative bar, all positive ones and the negative ones with fewer bits. Flipping the sign
// or all bits makes both one unsigned comparison. Positive NaNs pass either way: offer() refuses them.
void Sampler::raise_bar() {
  const bool full = candidate_count_ == most_candidates_;
  const uint32_t bits = full ? std::bit_cast<uint32_t>(candidates_[0].logit) : kMinusInfinity;
  const bool negative = order_key(bits) < 0;
  bar_flip_ = negative ? 0xffffffff : 0x80000000;
  bar_ = (negative ? bits : bits & 0x7fffffff) ^ bar_flip_;
}

// A row above the bar.
void Sampler::offer(uint32_t token, float logit) {
  if (order_key(logit) > order_key(kPlusInfinity)) return;  // NaN
  if (candidate_count_ < most_candidates_) {
    candidates_[candidate_count_++] = {token, logit};
    std::push_heap(candidates_.begin(), candidates_.begin() + candidate_count_, better);
    if (candidate_count_ < most_candidates_) return;
  } else {
    replace_worst({token, logit});
  }
  raise_bar();
}

void Sampler::replace_worst(const Candidate& candidate) {
  uint32_t hole = 0;
  for (;;) {
    uint32_t child = 2 * hole + 1;
    if (child >= candidate_count_) break;
    if (child + 1 < candidate_count_ && better(candidates_[child], candidates_[child + 1])) ++child;
    if (!better(candidate, candidates_[child])) break;
    candidates_[hole] = candidates_[child];
    hole = child;
  }
  candidates_[hole] = candidate;
}

void Sampler::add_to_sum(std::span<const float> logits) {
  uint64_t sum = sum_;
  int32_t reference = reference_;
  for (const float logit : logits) {
    const int32_t y = sampling::log2_units(std::bit_cast<uint32_t>(logit));
    if (y > reference) [[unlikely]] {
      const int32_t raised = octave_above(y);
      const uint32_t octaves = below(raised, reference) / kOctave;
      sum = octaves < 64 ? sum >> octaves : 0;
      reference = raised;
    }
    sum += weight(below(reference, y));
  }
  sum_ = sum;
  reference_ = reference;
}

uint32_t Sampler::pick() {
  if (candidate_count_ == 0) {
    candidates_[candidate_count_++] = {first_row_ == kNoRow ? 0 : first_row_, -kInfinity};
  }
  std::sort_heap(candidates_.begin(), candidates_.begin() + candidate_count_, better);
  if (words::kLinked && filter_.allows != nullptr) return pick_allowed();
  if (greedy_) return candidates_[0].token;
  if (top_p_ != 0) keep_top_p();
  if (min_p_ != 0) keep_min_p();
  return draw();
}

// Cuts behind the first candidate whose cumulative weight reaches the share top_p of the sum: of all rows, or of the
// candidates where top-k chose them. If rounding keeps the share out of reach, all stay.
void Sampler::keep_top_p() {
  const int32_t reference = sum_all_rows_ ? reference_ : octave_above(log2_units(candidates_[0]));
  uint64_t sum = sum_;
  if (!sum_all_rows_) {
    sum = 0;
    for (const Candidate& c : candidates()) sum += weight(below(reference, log2_units(c)));
  }
  const uint64_t wanted = portion(sum, top_p_);
  uint64_t reached = 0;
  uint32_t kept = 0;
  do {
    reached += weight(below(reference, log2_units(candidates_[kept++])));
  } while (reached < wanted && kept < candidate_count_);
  candidate_count_ = kept;
}

void Sampler::keep_min_p() {
  const int32_t best = log2_units(candidates_[0]);
  uint32_t kept = 1;
  while (kept < candidate_count_ && weight(below(best, log2_units(candidates_[kept]))) >= min_p_) ++kept;
  candidate_count_ = kept;
}

// The weight beside the best one at the given temperature; the best weighs 1, so a sum of weights is never 0.
uint32_t Sampler::heated_weight(const Candidate& candidate, int32_t best) const {
  const uint64_t product = uint64_t{below(best, log2_units(candidate))} * heat_;  // < 2^56
  const uint64_t d = ((product >> (heat_shift_ - 1)) + 1) >> 1;
  return d < kWeightless ? weight(static_cast<uint32_t>(d)) : 0;
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

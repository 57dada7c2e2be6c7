// Choosing a token from logits that arrive row by row. docs/NUMERICS.md ("Sampling") is the definition; everything
// that is done per row is integer arithmetic, so that a chip without a floating-point unit pays a handful of
// instructions for it.

#include "thimble/sampler.h"

#include <algorithm>
#include <bit>

#include "base/math.h"

namespace thimble {
namespace {

// y = logit * log2(e) in units of 2^-16; weights in units of 2^-30.
constexpr int kLogFraction = 16;
constexpr int32_t kLogLimit = 1 << 29;       // 8192 octaves: no weight survives a tenth of it
constexpr uint32_t kLog2e = 0xb8aa3b29;      // log2(e) * 2^31
constexpr uint32_t kWeightOne = 1u << 30;
constexpr int kInverseFraction = 20;         // of 1 / temperature
constexpr float kGreedyBelow = 1.0f / 1024;  // temperatures below this choose the best token anyway
constexpr int kDrawShift = 6;                // 256 weights of 2^24 still sum to no more than 2^32

bool is_finite(float x) { return (std::bit_cast<uint32_t>(x) & 0x7f800000) != 0x7f800000; }

// 2^-(k / 256) in units of 2^-30, by squaring roots: entry k multiplies the roots of its bits.
constexpr std::array<uint32_t, 257> make_weight_table() {
  // 2^-(1/2), 2^-(1/4), ..., 2^-(1/256) in units of 2^-31
  constexpr std::array<uint32_t, 8> kRoots = {1518500250, 1805811301, 1969251188, 2056437387,
                                              2101467502, 2124350982, 2135885998, 2141676973};
  std::array<uint32_t, 257> table{};
  for (uint32_t k = 0; k <= 256; ++k) {
    uint64_t product = uint64_t{1} << 31;
    for (uint32_t bit = 0; bit < 8; ++bit) {
      if ((k >> (7 - bit) & 1) != 0) product = (product * kRoots[bit] + (uint64_t{1} << 30)) >> 31;
    }
    table[k] = static_cast<uint32_t>(k == 256 ? kWeightOne / 2 : (product + 1) >> 1);
  }
  return table;
}
constexpr std::array<uint32_t, 257> kWeights = make_weight_table();

// 2^-(d / 2^16) in units of 2^-30: table and linear interpolation (error below 1e-6 of the value), shifted by the
// whole octaves.
uint32_t weight(uint64_t d) {
  const uint64_t octaves = d >> kLogFraction;
  if (octaves > 30) return 0;
  const auto fraction = static_cast<uint32_t>(d & 0xffff);
  const uint32_t left = kWeights[fraction >> 8];
  const uint32_t drop = left - kWeights[(fraction >> 8) + 1];
  return (left - ((drop * (fraction & 0xff) + 128) >> 8)) >> octaves;
}

// Orders floats as integers. Adding +0 makes -0 the same as +0.
int32_t order_key(float x) {
  const auto bits = std::bit_cast<uint32_t>(x) == 0x80000000u ? 0u : std::bit_cast<uint32_t>(x);
  return static_cast<int32_t>((bits >> 31) != 0 ? 0x80000000u - bits : bits);
}

bool before(const Candidate& a, const Candidate& b) {
  const int32_t ka = order_key(a.logit);
  const int32_t kb = order_key(b.logit);
  return ka != kb ? ka > kb : a.token < b.token;
}

// round(logit * log2(e) * 2^16), halves away from zero, clamped: the mantissa times a constant, shifted.
int32_t log2_fixed(float logit) {
  const auto bits = std::bit_cast<uint32_t>(logit);
  const int exponent = static_cast<int>(bits >> 23 & 0xff);
  const uint64_t product = uint64_t{(bits & 0x7fffff) | 0x800000} * kLog2e;  // < 2^56
  const int shift = 150 - exponent + 31 - kLogFraction;
  uint64_t y = 0;
  if (shift <= 26) {
    y = kLogLimit;  // at least 2^29, infinity included
  } else if (shift <= 56) {
    y = std::min((product + (uint64_t{1} << (shift - 1))) >> shift, uint64_t{kLogLimit});
  }
  return (bits >> 31) != 0 ? -static_cast<int32_t>(y) : static_cast<int32_t>(y);
}

// The one random number of a token: two rounds of the splitmix64 finaliser (Steele, Lea, Flood 2014) over seed and
// position, upper half.
uint64_t mix(uint64_t z) {
  z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
  z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
  return z ^ (z >> 31);
}
uint32_t random_word(uint64_t seed, uint32_t position) {
  constexpr uint64_t kGolden = 0x9e3779b97f4a7c15u;
  return static_cast<uint32_t>(mix(mix(seed + kGolden) + kGolden * position) >> 32);
}

// x * 2^bits to the nearest integer, for 0 <= x * 2^bits < 2^32. Exact scaling, so the bits are the same everywhere.
uint32_t to_fixed(float x, int bits) {
  const auto u = std::bit_cast<uint32_t>(x);
  const int exponent = static_cast<int>(u >> 23 & 0xff);
  const uint64_t mantissa = (u & 0x7fffff) | 0x800000;
  const int shift = 150 - exponent - bits;
  if (shift > 24) return 0;
  if (shift <= 0) return static_cast<uint32_t>(mantissa << -shift);
  return static_cast<uint32_t>((mantissa + (uint64_t{1} << (shift - 1))) >> shift);
}

}  // namespace

Status Sampler::set_params(const SamplerParams& p) {
  const auto invalid = [](const char* field) { return Status::error(Code::kInvalidArgument, field); };
  if (!is_finite(p.temperature) || p.temperature < 0) return invalid("temperature");
  if (!is_finite(p.top_p) || p.top_p <= 0 || p.top_p > 1) return invalid("top_p");
  if (!is_finite(p.min_p) || p.min_p < 0 || p.min_p >= 1) return invalid("min_p");
  if (!is_finite(p.repeat_penalty) || p.repeat_penalty <= 0) return invalid("repeat_penalty");
  if (!is_finite(p.presence_penalty)) return invalid("presence_penalty");
  if (!is_finite(p.frequency_penalty)) return invalid("frequency_penalty");
  if (p.repeat_last_n > kMaxPenaltyWindow) {
    return invalid("repeat_last_n").got(p.repeat_last_n, kMaxPenaltyWindow);
  }
  if (p.logit_bias.size() > kMaxLogitBias) {
    return Status::error(Code::kLimit, "logit_bias").got(p.logit_bias.size(), kMaxLogitBias);
  }
  for (const LogitBias& bias : p.logit_bias) {
    if (canonical_nan(bias.bias) != bias.bias) return invalid("logit_bias");
  }
  params_ = p;
  params_.logit_bias = {};
  std::copy(p.logit_bias.begin(), p.logit_bias.end(), biases_.begin());
  bias_count_ = static_cast<uint32_t>(p.logit_bias.size());
  std::sort(biases_.begin(), biases_.begin() + bias_count_,
            [](const LogitBias& a, const LogitBias& b) { return a.token < b.token; });
  for (uint32_t i = 1; i < bias_count_; ++i) {
    if (biases_[i].token == biases_[i - 1].token) return invalid("logit_bias of one token twice").at(biases_[i].token);
  }
  inverse_penalty_ = reciprocal_f32(p.repeat_penalty);
  greedy_ = p.temperature < kGreedyBelow;
  inverse_temperature_ = greedy_ ? 0 : to_fixed(reciprocal_f32(p.temperature), kInverseFraction);
  limit_ = greedy_ ? 1 : p.top_k == 0 ? kMaxCandidates : std::min(p.top_k, kMaxCandidates);
  return {};
}

void Sampler::begin(uint32_t position, std::span<const uint32_t> history) {
  position_ = position;
  candidate_count_ = 0;
  next_adjustment_ = 0;
  adjustment_count_ = 0;
  started_ = false;
  sum_ = 0;
  reference_ = 0;
  for (uint32_t i = 0; i < bias_count_; ++i) adjustments_[adjustment_count_++] = {biases_[i].token, 0, biases_[i].bias};
  const bool penalties = params_.repeat_penalty != 1 || params_.presence_penalty != 0 || params_.frequency_penalty != 0;
  if (penalties) {
    const size_t window = std::min<size_t>(params_.repeat_last_n, history.size());
    for (const uint32_t token : history.last(window)) adjustments_[adjustment_count_++] = {token, 1, 0};
  }
  if (adjustment_count_ == 0) return;
  std::sort(adjustments_.begin(), adjustments_.begin() + adjustment_count_,
            [](const Adjustment& a, const Adjustment& b) { return a.token < b.token; });
  uint32_t merged = 0;
  for (uint32_t i = 1; i < adjustment_count_; ++i) {
    Adjustment& last = adjustments_[merged];
    const Adjustment& a = adjustments_[i];
    if (a.token == last.token) {
      last.count += a.count;
      last.bias = last.bias + a.bias;
    } else {
      adjustments_[++merged] = a;
    }
  }
  adjustment_count_ = merged + 1;
}

float Sampler::adjust(const Adjustment& a, float logit) const {
  logit = logit + a.bias;
  if (a.count == 0) return logit;
  logit = logit > 0 ? logit * inverse_penalty_ : logit * params_.repeat_penalty;
  return logit - (params_.frequency_penalty * static_cast<float>(static_cast<int32_t>(a.count)) + params_.presence_penalty);
}

void Sampler::feed(uint32_t first_row, std::span<const float> logits) {
  const bool normalise = !greedy_ && params_.top_p < 1;
  for (size_t i = 0; i < logits.size(); ++i) {
    const uint32_t token = first_row + static_cast<uint32_t>(i);
    float logit = logits[i];
    while (next_adjustment_ < adjustment_count_ && adjustments_[next_adjustment_].token < token) ++next_adjustment_;
    if (next_adjustment_ < adjustment_count_ && adjustments_[next_adjustment_].token == token) {
      logit = adjust(adjustments_[next_adjustment_], logit);
    }
    constexpr uint32_t kMinusInfinity = 0xff800000;
    if ((std::bit_cast<uint32_t>(logit) & 0x7fffffff) > 0x7f800000) logit = std::bit_cast<float>(kMinusInfinity);
    if (normalise) add_to_sum(logit);
    offer(token, logit);
  }
}

// The reference is the whole octave above the best y so far, so that a new one costs the sum a shift.
void Sampler::add_to_sum(float logit) {
  const int32_t y = log2_fixed(logit);
  const int32_t octave = (y + 0xffff) >> kLogFraction;
  if (!started_) reference_ = octave;
  started_ = true;
  if (octave > reference_) {
    const int32_t rise = octave - reference_;
    sum_ = rise < 64 ? sum_ >> rise : 0;
    reference_ = octave;
  }
  sum_ += weight_below_reference(y);
}

uint32_t Sampler::weight_below_reference(int32_t y) const {
  return weight(static_cast<uint64_t>((int64_t{reference_} << kLogFraction) - y));
}

// Keeps the best in a heap whose top is the worst of them.
void Sampler::offer(uint32_t token, float logit) {
  const auto begin = candidates_.begin();
  const Candidate candidate{token, logit};
  if (candidate_count_ == limit_) {
    // Rows come in order, so an equal logit has the higher id and stays out.
    if (order_key(logit) <= order_key(candidates_[0].logit)) return;
    std::pop_heap(begin, begin + candidate_count_, before);
    --candidate_count_;
  }
  candidates_[candidate_count_++] = candidate;
  std::push_heap(begin, begin + candidate_count_, before);
}

void Sampler::keep_top_p() {
  // floor(sum * top_p), top_p in units of 2^-32, in two halves that cannot overflow
  const uint64_t top_p = to_fixed(params_.top_p, 32);
  const uint64_t target = (sum_ >> 32) * top_p + ((sum_ & 0xffffffff) * top_p >> 32);
  uint64_t reached = 0;
  uint32_t kept = 0;
  while (kept < candidate_count_ && (kept == 0 || reached < target)) {
    reached += weight_below_reference(log2_fixed(candidates_[kept++].logit));
  }
  candidate_count_ = kept;
}

uint32_t Sampler::pick() {
  std::sort_heap(candidates_.begin(), candidates_.begin() + candidate_count_, before);
  if (greedy_ || candidate_count_ == 0) return candidate_count_ == 0 ? 0 : candidates_[0].token;
  if (params_.top_p < 1) keep_top_p();

  const int32_t best = log2_fixed(candidates_[0].logit);
  const auto below_best = [&](uint32_t i) {
    return static_cast<uint64_t>(int64_t{best} - log2_fixed(candidates_[i].logit));
  };
  const uint32_t least = to_fixed(params_.min_p, 30);
  while (candidate_count_ > 1 && weight(below_best(candidate_count_ - 1)) < least) --candidate_count_;

  const auto draw_weight = [&](uint32_t i) {
    return weight(below_best(i) * inverse_temperature_ >> kInverseFraction) >> kDrawShift;
  };
  uint64_t sum = 0;
  for (uint32_t i = 0; i < candidate_count_; ++i) sum += draw_weight(i);
  // sum <= 2^32 and the random number is below it, so the product fits.
  const uint64_t threshold = random_word(params_.seed, position_) * sum >> 32;
  uint64_t reached = 0;
  uint32_t i = 0;
  for (; i + 1 < candidate_count_; ++i) {
    reached += draw_weight(i);
    if (reached > threshold) break;
  }
  return candidates_[i].token;
}

}  // namespace thimble

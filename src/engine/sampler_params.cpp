// What a sampler makes of its parameters, once per text: docs/NUMERICS.md ("Sampling").

#include <algorithm>
#include <bit>
#include <limits>

#include "base/math.h"
#include "engine/sampler_math.h"
#include "kernels/kernels.h"
#include "thimble/model.h"
#include "thimble/sampler.h"

namespace thimble {
namespace {

using namespace sampling;  // NOLINT: its names were made for this

constexpr float kGreedyBelow = 1.0f / 65536;  // here one unit of y would already be a factor of two
constexpr float kInfinity = std::numeric_limits<float>::infinity();

// floor(x * 2^32) for x in [0, 1). Exact from the float's own bits.
uint32_t to_q32(float x) {
  const uint32_t magnitude = std::bit_cast<uint32_t>(x) & 0x7fffffff;
  const uint32_t shift = 126 - (magnitude >> 23);  // x = 1.mantissa * 2^-(shift + 1)
  return shift < 32 ? (magnitude << 8 | 0x80000000) >> shift : 0;
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

Sampler::Sampler() : kernels_(&library_kernels()) { prepare(); }

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
  greedy_ = order_key(params_.temperature) < order_key(kGreedyBelow);
  const bool top_p_on = !greedy_ && order_key(params_.top_p) < order_key(1.0f);
  most_candidates_ = limited && !greedy_ ? params_.top_k : kMaxCandidates;
  sum_all_rows_ = top_p_on && !limited;
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

}  // namespace thimble

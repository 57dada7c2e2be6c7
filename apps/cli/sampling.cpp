#include "apps/cli/sampling.h"

#include <algorithm>
#include <string>

#include "apps/cli/errors.h"

namespace thimble::cli {

SamplerParams resolve_sampling(const SamplingOptions& options, const Model& model, uint32_t context, uint64_t seed) {
  SamplerParams p = model_sampling(model);
  p.temperature = options.temperature.value_or(p.temperature);
  p.top_p = options.top_p.value_or(p.top_p);
  p.min_p = options.min_p.value_or(p.min_p);
  p.repeat_penalty = options.repeat_penalty.value_or(p.repeat_penalty);
  if (options.top_k) p.top_k = static_cast<uint32_t>(*options.top_k);
  p.presence_penalty = options.presence_penalty;
  p.frequency_penalty = options.frequency_penalty;
  const uint32_t window = options.repeat_last_n < 0 ? context : static_cast<uint32_t>(options.repeat_last_n);
  p.repeat_last_n = std::min(window, kMaxPenaltyWindow);
  p.seed = seed;

  for (const LogitBias& bias : options.logit_bias) {
    if (bias.token < model.config().vocab_size) continue;
    throw UsageError("--logit-bias " + std::to_string(bias.token) + ": no such token; ids end at " +
                     std::to_string(model.config().vocab_size - 1));
  }
  p.logit_bias = options.logit_bias;
  return p;
}

}  // namespace thimble::cli

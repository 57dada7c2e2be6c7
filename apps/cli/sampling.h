// From options and the model's stored defaults to the parameters of a sampler.
#pragma once

#include "apps/cli/options.h"
#include "thimble/model.h"
#include "thimble/sampler.h"

namespace thimble::cli {

// Options win over what the model recommends (model_sampling). The result views options.logit_bias. `seed`:
// options.seed, or a random one. Throws UsageError for a logit bias on a token that the model lacks.
SamplerParams resolve_sampling(const SamplingOptions& options, const Model& model, uint32_t context, uint64_t seed);

}  // namespace thimble::cli

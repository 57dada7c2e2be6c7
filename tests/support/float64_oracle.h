// The forward pass written down once more, naively, in double and with libm: what the engine's logits are measured
// against. Shares no code with the engine.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "tests/support/model_fixture.h"
#include "thimble/model.h"

namespace thimble::testing {

// Logits after each token, [tokens][vocab_size].
std::vector<std::vector<double>> oracle_logits(const Fixture& fixture, std::span<const uint32_t> tokens);

// The same for an open model of f32 tensors.
std::vector<std::vector<double>> oracle_logits(const Model& model, std::span<const uint32_t> tokens);

}  // namespace thimble::testing

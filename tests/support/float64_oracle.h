// An independent forward pass: double precision, libm, plain loops, not a line shared with the engine.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "tests/support/model_fixture.h"
#include "thimble/model.h"

namespace thimble::testing {

// Logits after each token, [tokens][vocab_size].
std::vector<std::vector<double>> oracle_logits(const Fixture& fixture, std::span<const uint32_t> tokens);

// The same over the f32 tensors of an opened model.
std::vector<std::vector<double>> oracle_logits(const Model& model, std::span<const uint32_t> tokens);

}  // namespace thimble::testing

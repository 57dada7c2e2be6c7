// Models of well-known shapes with seeded random weights: speed and memory do not depend on what weights say.
#pragma once

#include <cstdint>
#include <span>

#include "tools/import/imported_model.h"

namespace thimble::tools {

struct Shape {
  const char* name;
  ModelConfig config;
};

// Shapes of published models, smallest first.
std::span<const Shape> known_shapes();

// Pieces of the smallest vocabulary that is made up: three of control, the bytes, and letters.
inline constexpr uint32_t kLeastSyntheticPieces = 300;

// A model ready to convert. The same arguments give the same weights and pieces on every machine. Activations stay near
// 1 whatever the shape. `context`: 0 for the shape's own.
ImportedModel synthetic_model(const Shape& shape, uint64_t seed, uint32_t context);

}  // namespace thimble::tools

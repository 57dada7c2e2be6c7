// Tables of the integer path; docs/NUMERICS.md says how each was made.
#pragma once

#include <cstddef>
#include <cstdint>

#include "kernels/units.h"

namespace thimble {

// round(2^15 * 2^(-i / 256)): the exponentials of attention, one octave of scores.
inline constexpr size_t kExp2Steps = size_t{1} << kScoreFraction;
extern const uint16_t kExp2Table[kExp2Steps];

// round(2^15 / (1 + exp(-i / 16))): the gate, from 0 to 16 in steps of 1/16.
inline constexpr size_t kSigmoidSteps = 256;
inline constexpr int32_t kSigmoidStepBits = kGateFraction - 4;  // a step in units of the gate
extern const uint16_t kSigmoidTable[kSigmoidSteps + 1];

}  // namespace thimble

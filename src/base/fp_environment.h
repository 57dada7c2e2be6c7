// The floating-point mode that docs/NUMERICS.md is written for, whatever the caller had set.
#pragma once

#include <cstdint>

namespace thimble {

// For its lifetime: round to nearest even, subnormals kept (no flush-to-zero, no denormals-are-zero), exceptions
// masked. Restores the caller's mode afterwards. Costs a few instructions; empty where the machine has no such modes
// (soft float) or fixes them.
class FpEnvironment {
 public:
  FpEnvironment();
  ~FpEnvironment();
  FpEnvironment(const FpEnvironment&) = delete;
  FpEnvironment& operator=(const FpEnvironment&) = delete;

 private:
  uint32_t saved_ = 0;
};

// Tries the machine: rounding to nearest even, subnormal operands and results, no contraction to fused multiply-add,
// comparison with NaN. Run under FpEnvironment. Some chips and some compiler flags cannot be told from outside.
bool arithmetic_is_ieee();

}  // namespace thimble

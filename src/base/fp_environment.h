// The floating-point mode that docs/NUMERICS.md needs, and a check that the machine delivers it.
#pragma once

#include <cstdint>

namespace thimble {

// While it lives, this thread rounds to nearest even, keeps subnormal operands and results, and takes no trap. The
// caller's mode comes back when it ends. Programs do change the mode: audio code, for one, likes flush-to-zero.
// Where the mode cannot be changed (soft float) or this class does not know how, it does nothing, and
// arithmetic_is_ieee() tells whether the machine is right as it is.
class FpEnvironment {
 public:
  FpEnvironment();
  ~FpEnvironment();
  FpEnvironment(const FpEnvironment&) = delete;
  FpEnvironment& operator=(const FpEnvironment&) = delete;

 private:
  uint64_t saved_ = 0;  // the control register as it was
};

// Tries, with operands the compiler cannot see: rounding to nearest even in both signs, subnormal operands and results
// kept, multiply and add rounded apart, comparisons with NaN false. Call it within an FpEnvironment.
bool arithmetic_is_ieee();

}  // namespace thimble

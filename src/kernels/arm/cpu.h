// What an AArch64 processor has beyond the baseline.
#pragma once

namespace thimble {

// What neon_dot needs: SDOT of ARMv8.2.
bool has_dot_products();

}  // namespace thimble

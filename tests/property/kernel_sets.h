// The kernel sets that tests compare with the oracle.
#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <vector>

#include "kernels/registry.h"

namespace thimble::testing {

// Every listed set that runs here but the oracle itself, and what the engine uses where that is none of them: the
// checked one.
inline std::vector<const Kernels*> kernel_sets() {
  std::vector<const Kernels*> sets;
  for (const KernelSet& set : kKernelSets) {
    if (set.kernels != &kRefKernels && set.runs_here()) sets.push_back(set.kernels);
  }
  const Kernels* active = &active_kernels();
  if (active != &kRefKernels && std::find(sets.begin(), sets.end(), active) == sets.end()) sets.push_back(active);
  return sets;
}

inline std::string kernel_set_name(const ::testing::TestParamInfo<const Kernels*>& set) { return set.param->name; }

}  // namespace thimble::testing

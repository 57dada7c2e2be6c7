#include "kernels/registry.h"

#include <iterator>
#include <string_view>

#if defined(THIMBLE_CHECK_KERNELS)
#include "kernels/checked/checked_kernels.h"
#endif

namespace thimble {
namespace {

constexpr size_t kSets = std::size(kKernelSets);

// The set that the CMake option THIMBLE_KERNELS names; "best" is the first.
constexpr size_t find(std::string_view name) {
  size_t i = 0;
  while (name != "best" && i < kSets && name != kKernelSets[i].kernels->name) ++i;
  return i;
}
constexpr size_t kChosen = find(THIMBLE_KERNELS);
static_assert(kChosen < kSets, "THIMBLE_KERNELS names no kernel set of this build");

// A recursion, since for a loop compilers keep the whole list.
template <size_t i = 0>
const Kernels& first_that_runs() {
  constexpr KernelSet kSet = kKernelSets[i];
  if constexpr (i + 1 < kSets) {
    if (!kSet.runs_here()) return first_that_runs<i + 1>();
  }
  return *kSet.kernels;
}

}  // namespace

const Kernels& best_kernels() {
  constexpr KernelSet kSet = kKernelSets[kChosen];
  return kSet.runs_here() ? *kSet.kernels : first_that_runs();
}

const Kernels& library_kernels() {
#if defined(THIMBLE_CHECK_KERNELS)
  return checked_kernels();
#else
  return best_kernels();
#endif
}

// A program may have one of its own.
[[gnu::weak]] const Kernels& active_kernels() { return library_kernels(); }

}  // namespace thimble

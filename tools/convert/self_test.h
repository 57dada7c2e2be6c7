// The hashes by which a device can prove itself, found by running a finished image here.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

namespace thimble::tools {

// Of the run that thimble/selftest.h describes, with each type of kv cache; 0 where the model cannot have that cache.
struct SelfTestHashes {
  uint64_t kv_f32 = 0;
  uint64_t kv_i8 = 0;
};

// `image`: a valid .thm. Throws Error when the engine refuses it.
SelfTestHashes self_test_hashes(std::span<const std::byte> image);

}  // namespace thimble::tools

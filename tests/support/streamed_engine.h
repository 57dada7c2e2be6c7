// An engine whose weights come from a simulated device, in as little memory as that takes.
#pragma once

#include <span>

#include "tests/support/simulated_device.h"
#include "thimble/thimble.hpp"
#include "tools/convert/image_bytes.h"

namespace thimble::testing {

class StreamedEngine {
 public:
  // `image` must outlive it. `more_bytes`: memory beyond what the plan needs at least, in which weights stay. Throws
  // std::runtime_error with the Status on failure.
  StreamedEngine(std::span<const std::byte> image, PlanOptions options, const DeviceTiming& timing = {},
                 size_t more_bytes = 0, bool overlapping = true);

  Engine& engine() { return engine_; }
  const Plan& plan() const { return engine_.plan(); }
  const Model& model() const { return model_; }
  SimulatedDevice& device() { return device_; }

 private:
  Model model_;
  SimulatedDevice device_;
  tools::ImageBytes memory_;
  Engine engine_;
};

// The plan of a model opened from its head, in one block of the least size that does, and `more_bytes` more.
Plan least_plan(const Model& model, PlanOptions options, size_t more_bytes = 0);

// What `tokens` tokens, one after the other, took on the device's clock, beside the least that their bytes take.
struct StreamTiming {
  double seconds = 0;
  double bound_seconds = 0;
  double share() const { return bound_seconds / seconds; }
};
StreamTiming time_tokens(StreamedEngine& streamed, uint32_t tokens);

}  // namespace thimble::testing

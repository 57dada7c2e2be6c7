#include "tests/support/streamed_engine.h"

#include <stdexcept>

#include "tests/support/engine_fixture.h"

namespace thimble::testing {
namespace {

void check(const Status& status) {
  if (!status.ok()) throw std::runtime_error(to_string(status));
}

}  // namespace

Plan least_plan(const Model& model, PlanOptions options, size_t more_bytes) {
  options.weights = WeightHome::kStreamed;
  const Plan none = make_plan(model, options, MemoryLayout().add(Region::kFast, 0));
  return make_plan(model, options, MemoryLayout().add(Region::kFast, none.buffer_bytes() + more_bytes));
}

StreamedEngine::StreamedEngine(std::span<const std::byte> image, PlanOptions options, const DeviceTiming& timing,
                               size_t more_bytes, bool overlapping)
    : device_(image, timing) {
  const auto head_bytes = Model::head_bytes(image);
  check(head_bytes.status());
  check(model_.open_head(image.first(static_cast<size_t>(*head_bytes)), image.size()));
  const Plan plan = least_plan(model_, options, more_bytes);
  check(plan.status);
  memory_ = tools::ImageBytes(plan.total_bytes());
  const WeightReader reader = overlapping ? device_.reader() : device_.plain_reader();
  check(engine_.init(model_, plan, Memory(memory_.span()), &reader));
}

}  // namespace thimble::testing

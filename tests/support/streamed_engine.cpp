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

StreamTiming time_tokens(StreamedEngine& streamed, uint32_t tokens) {
  Engine& engine = streamed.engine();
  const LogitsSink sink{[](void*, uint32_t, uint32_t, std::span<const float>) {}, nullptr};
  const auto step = [&](uint32_t token) { check(engine.forward({&token, 1}, LogitsOf::kLast, &sink)); };
  step(1);  // the first piece of the next one is then under way
  const double begin = streamed.device().seconds();
  for (uint32_t i = 0; i < tokens; ++i) step(2 + i);
  const double bytes = static_cast<double>(streamed.plan().streamed_bytes) * tokens;
  return {streamed.device().seconds() - begin, bytes / streamed.device().timing().bytes_per_second};
}

}  // namespace thimble::testing

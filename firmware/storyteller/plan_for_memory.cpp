#include "firmware/storyteller/plan_for_memory.h"

#include <algorithm>

namespace thimble::storyteller {
namespace {

uint32_t least_context(const Model& model) { return std::min(kLeastContext, model.config().max_context); }

PlanOptions options_for(const Model& model, uint32_t context, uint32_t batch, uint32_t workers) {
  PlanOptions options;
  options.context = context;
  options.max_batch = batch;
  options.weights = model.has_weights() ? WeightHome::kFast : WeightHome::kStreamed;
  options.max_workers = workers;
  return options;
}

// Of two that differ in the tokens of a sweep. What is read from a card for every sweep weighs more than what a few
// more resident bytes save.
bool is_better(const Plan& smaller, const Plan& plan) {
  if (!plan.status.ok()) return true;
  return (plan.streamed_bytes == 0 || smaller.streamed_bytes == 0) && smaller.resident_bytes > plan.resident_bytes;
}

}  // namespace

void plan_for_memory(const Model& model, const MemoryLayout& memory, uint32_t workers, Plan* plan) {
  uint32_t too_long = model.config().max_context;
  *plan = make_plan(model, options_for(model, too_long, kMaxBatch, workers), memory);
  for (uint32_t batch = kMaxBatch / 2; batch > 0; batch /= 2) {
    const Plan other = make_plan(model, options_for(model, too_long, batch, workers), memory);
    if (other.status.ok() && is_better(other, *plan)) *plan = other;
  }
  if (plan->status.ok()) return;
  uint32_t fits = least_context(model);
  while (too_long - fits > 1) {
    const uint32_t middle = fits + (too_long - fits) / 2;
    *plan = make_plan(model, options_for(model, middle, 1, workers), memory);
    (plan->status.ok() ? fits : too_long) = middle;
  }
  *plan = make_plan(model, options_for(model, fits, 1, workers), memory);
}

size_t least_bytes(const Model& model, uint32_t workers) {
  PlanOptions options = options_for(model, least_context(model), 1, workers);
  if (model.has_weights()) options.weights = WeightHome::kInPlace;
  return make_plan(model, options, MemoryLayout::unlimited()).total_bytes();
}

}  // namespace thimble::storyteller

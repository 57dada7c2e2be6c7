#include "firmware/storyteller/plan_for_memory.h"

#include <algorithm>

namespace thimble::storyteller {
namespace {

uint32_t least_context(const Model& model) { return std::min(kLeastContext, model.config().max_context); }

// What finds no room in fast memory goes to bulk memory, which is up to three times as fast as flash.
WeightHome home_for(const Model& model, const MemoryLayout& memory) {
  const bool fast_alone = memory.regions[static_cast<size_t>(Region::kBulk)].count == 0;
  return model.has_weights() && fast_alone ? WeightHome::kFast : WeightHome::kStreamed;
}

PlanOptions options_for(WeightHome weights, uint32_t context, uint32_t batch, uint32_t workers) {
  PlanOptions options;
  options.context = context;
  options.max_batch = batch;
  options.weights = weights;
  options.max_workers = workers;
  return options;
}

size_t weights_in_fast_memory(const Plan& plan) {
  constexpr auto kFast = static_cast<size_t>(Region::kFast);
  size_t bytes = 0;
  for (size_t b = 0; b < kMaxBlocks; ++b) {
    const size_t end = plan.block_bytes[kFast][b];
    bytes += end - std::min(end, plan.weights_at[kFast][b]);
  }
  return bytes;
}

// Of two that differ in the tokens of a sweep. What is read from a card for every sweep weighs more than what a few
// more bytes in fast memory save; and where bulk memory has the others, these must be the last or a good part of all,
// since every prompt pays for them.
bool is_better(const Plan& smaller, const Plan& plan, uint64_t weight_bytes) {
  if (!plan.status.ok()) return true;
  if (plan.streamed_bytes > 0 && smaller.streamed_bytes > 0) return false;
  const size_t fast = weights_in_fast_memory(smaller);
  const bool little_will_do = plan.options.weights == WeightHome::kFast || fast >= weight_bytes;
  return fast >= weights_in_fast_memory(plan) + (little_will_do ? 1 : weight_bytes / 16);
}

}  // namespace

void plan_for_memory(const Model& model, const MemoryLayout& memory, uint32_t workers, Plan* plan) {
  const WeightHome weights = home_for(model, memory);
  uint32_t too_long = model.config().max_context;
  *plan = make_plan(model, options_for(weights, too_long, kMaxBatch, workers), memory);
  for (uint32_t batch = kMaxBatch / 2; batch > 0; batch /= 2) {
    const Plan other = make_plan(model, options_for(weights, too_long, batch, workers), memory);
    if (other.status.ok() && is_better(other, *plan, model.weight_bytes())) *plan = other;
  }
  if (plan->status.ok()) return;
  uint32_t fits = least_context(model);
  while (too_long - fits > 1) {
    const uint32_t middle = fits + (too_long - fits) / 2;
    *plan = make_plan(model, options_for(weights, middle, 1, workers), memory);
    (plan->status.ok() ? fits : too_long) = middle;
  }
  *plan = make_plan(model, options_for(weights, fits, 1, workers), memory);
}

size_t least_bytes(const Model& model, uint32_t workers) {
  const WeightHome weights = model.has_weights() ? WeightHome::kInPlace : WeightHome::kStreamed;
  const PlanOptions options = options_for(weights, least_context(model), 1, workers);
  return make_plan(model, options, MemoryLayout::unlimited()).total_bytes();
}

}  // namespace thimble::storyteller

#include "apps/cli/session.h"

#include <algorithm>

#include "apps/cli/errors.h"

namespace thimble::cli {
namespace {

constexpr size_t kLeastRunBytes = 512;
constexpr size_t kMostRunBytes = 1u << 24;  // PlanOptions::max_run_bytes
constexpr size_t kAddedSpace = 1;           // the tokenizer may put one before the text

}  // namespace

PlanOptions plan_options(const Model& model, const EngineOptions& options, size_t max_run_bytes) {
  const uint32_t most = model.config().max_context;
  if (options.context > most) {
    throw UsageError("-c " + std::to_string(options.context) + ": more than the model's context of " +
                     std::to_string(most) + "; give at most that, or leave -c out");
  }
  PlanOptions plan;
  plan.context = options.context;
  plan.max_batch = options.batch;
  plan.max_run_bytes = static_cast<uint32_t>(std::clamp(max_run_bytes + kAddedSpace, kLeastRunBytes, kMostRunBytes));
  return plan;
}

Session::Session(const Model& model, const PlanOptions& options, const std::string& subject) {
  const Plan plan = make_plan(model, options, MemoryLayout::unlimited());
  check(plan.status, subject);
  const size_t bytes = plan.block_bytes[static_cast<size_t>(Region::kFast)][0];
  block_.reset(static_cast<std::byte*>(::operator new[](bytes, std::align_val_t{kBlockAlignment})));
  check(engine_.init(model, plan, Memory(std::span(block_.get(), bytes))), subject);
}

}  // namespace thimble::cli

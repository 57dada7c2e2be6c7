#include "apps/cli/session.h"

#include <algorithm>

#include "apps/cli/errors.h"

namespace thimble::cli {
namespace {

constexpr size_t kLeastRunBytes = 512;
constexpr size_t kMostRunBytes = 1u << 24;  // PlanOptions::max_run_bytes
constexpr size_t kAddedSpace = 1;           // the tokenizer may put one before the text

// Below some megabytes of weights a token is over before a second thread is awake, and each further one needs as much
// again to pay.
constexpr uint64_t kBytesPerThread = 4u << 20;

uint32_t threads_that_pay(const Model& model) {
  return static_cast<uint32_t>(std::min<uint64_t>(port::core_count(), 1 + model.weight_bytes() / kBytesPerThread));
}

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
  plan.kv_type = options.kv_type;
  plan.max_workers = options.threads != 0 ? options.threads : threads_that_pay(model);
  plan.max_run_bytes = static_cast<uint32_t>(std::clamp(max_run_bytes + kAddedSpace, kLeastRunBytes, kMostRunBytes));
  return plan;
}

Session::Session(const Model& model, const PlanOptions& options, const std::string& subject) {
  const Plan plan = make_plan(model, options, MemoryLayout::unlimited());
  check(plan.status, subject);
  const size_t bytes = plan.block_bytes[static_cast<size_t>(Region::kFast)][0];
  block_.reset(static_cast<std::byte*>(::operator new[](bytes, std::align_val_t{kBlockAlignment})));
  check(engine_.init(model, plan, Memory(std::span(block_.get(), bytes))), subject);
  if (options.max_workers == 1) return;
  workers_ = std::make_unique<port::Workers>(options.max_workers);
  check(engine_.set_parallel(workers_->parallel()), subject);
}

}  // namespace thimble::cli

#include "tools/convert/self_test.h"

#include <algorithm>
#include <array>
#include <string>

#include "thimble/selftest.h"
#include "tools/convert/convert.h"
#include "tools/error.h"

namespace thimble::tools {
namespace {

void check(const Status& status) {
  if (status.ok()) return;
  std::array<char, 256> text;
  throw Error("the converted model does not run: " + std::string(format_status(status, text)));
}

uint64_t hash_with(const Model& model, KvType kv_type) {
  PlanOptions options;
  options.context = std::min(kSelfTestTokens, model.config().max_context);
  options.max_batch = kMaxBatch;
  options.kv_type = kv_type;
  const Plan plan = make_plan(model, options, MemoryLayout::unlimited());
  if (plan.status.code() == Code::kLimit) return 0;  // heads too wide for a cache of int8
  check(plan.status);
  ImageBytes memory(plan.total_bytes());
  Engine engine;
  check(engine.init(model, plan, Memory(memory.span())));
  uint64_t hash = 0;
  check(run_selftest(engine, &hash));
  return hash;
}

}  // namespace

SelfTestHashes self_test_hashes(std::span<const std::byte> image) {
  Model model;
  check(model.open(image));
  return {hash_with(model, KvType::kF32), hash_with(model, KvType::kI8)};
}

}  // namespace thimble::tools

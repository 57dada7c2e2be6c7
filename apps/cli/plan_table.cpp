#include "apps/cli/plan_table.h"

#include "apps/cli/text.h"

namespace thimble::cli {

std::string plan_table(const Plan& plan) {
  std::string table = format("plan: context %u, batch %u, kv cache %s, %u %s\n", plan.options.context,
                             plan.options.max_batch, kv_type_name(plan.options.kv_type), plan.options.max_workers,
                             plan.options.max_workers == 1 ? "thread" : "threads");
  for (size_t i = 0; i < kBufferCount; ++i) {
    table += format("  %-12s %12zu\n", buffer_name(static_cast<Buffer>(i)), plan.buffers[i].bytes);
  }
  table += format("  %-12s %12zu  (%s)\n", "all", plan.total_bytes(), format_bytes(plan.total_bytes()).c_str());
  return table;
}

std::string placement_table(const Plan& plan, const Model& model) {
  const auto fast = static_cast<size_t>(Region::kFast);
  size_t buffers = 0;
  for (const Placement& place : plan.buffers) buffers += place.bytes;
  std::string table = format("fast memory: %zu bytes\n", plan.bytes(Region::kFast));
  for (size_t b = 0; b < kMaxBlocks; ++b) {
    if (plan.block_bytes[fast][b] > 0) table += format("  block %zu      %12zu\n", b, plan.block_bytes[fast][b]);
  }
  table += format("  %-12s %12zu\n", "buffers", buffers);
  table += format("  %-12s %12zu  (%u of %u tensors)\n", "weights", plan.resident_bytes, plan.resident_tensors,
                  model.tensor_count());
  uint64_t in_place = 0;
  std::string names;
  for (uint32_t i = 0; i < model.tensor_count(); ++i) {
    if (is_resident(plan, model, i)) continue;
    Role role = Role::kTokenEmbedding;
    uint32_t layer = 0;
    const TensorView tensor = model.tensor_at(i, &role, &layer);
    in_place += tensor.bytes;
    names += format("  %-16s %8llu%s\n", role_name(role), static_cast<unsigned long long>(tensor.bytes),
                    in_layer(role) ? format("  (layer %u)", layer).c_str() : "");
  }
  table += format("weights read in place: %llu bytes\n", static_cast<unsigned long long>(in_place)) + names;
  return table;
}

}  // namespace thimble::cli

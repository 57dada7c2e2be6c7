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

}  // namespace thimble::cli

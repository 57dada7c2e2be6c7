// What was chosen in menuconfig under "Thimble", for make_plan() and Workers.
#pragma once

#include "sdkconfig.h"
#include "thimble/plan.h"

namespace thimble {

inline constexpr uint32_t kMenuconfigWorkers = CONFIG_THIMBLE_WORKERS;

inline PlanOptions menuconfig_plan_options() {
  PlanOptions options;
  options.context = CONFIG_THIMBLE_CONTEXT;
  options.max_batch = CONFIG_THIMBLE_MAX_BATCH;
  options.max_workers = CONFIG_THIMBLE_WORKERS;
#if CONFIG_THIMBLE_KV_I8
  options.kv_type = KvType::kI8;
#elif CONFIG_THIMBLE_KV_I4
  options.kv_type = KvType::kI4;
#elif CONFIG_THIMBLE_KV_F32
  options.kv_type = KvType::kF32;
#endif
#if CONFIG_THIMBLE_WEIGHTS_IN_RAM
  options.weights = WeightHome::kFast;
#endif
  return options;
}

}  // namespace thimble

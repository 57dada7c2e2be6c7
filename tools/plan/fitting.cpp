#include "tools/plan/fitting.h"

#include <algorithm>

#include "format/reader.h"
#include "format/roles.h"
#include "tools/convert/convert.h"
#include "tools/flash/board.h"

namespace thimble::tools {
namespace {

constexpr uint32_t kLeastContext = 32;  // tokens, as the storyteller has it; a story that is shorter is none

Plan plan_with(const Model& model, const Hardware& hardware, uint32_t context, uint32_t batch, KvType kv_type) {
  PlanOptions options;
  options.context = context;
  options.max_batch = batch;
  options.kv_type = kv_type;
  options.max_workers = hardware.machine.cores;
  const bool fast_alone = hardware.memory.regions[static_cast<size_t>(Region::kBulk)].count == 0;
  options.weights = model.has_weights() && fast_alone ? WeightHome::kFast : WeightHome::kStreamed;
  return make_plan(model, options, hardware.memory);
}

size_t weights_in_fast_memory(const Plan& plan) {
  constexpr auto kFast = static_cast<size_t>(Region::kFast);
  size_t bytes = 0;
  for (size_t b = 0; b < kMaxBlocks; ++b) {
    if (plan.block_bytes[kFast][b] > plan.weights_at[kFast][b]) {
      bytes += plan.block_bytes[kFast][b] - plan.weights_at[kFast][b];
    }
  }
  return bytes;
}

// Of the sweeps that fit, as firmware/storyteller/plan_for_memory.cpp chooses.
Plan best_sweep(const Model& model, const Hardware& hardware, uint32_t context, KvType kv_type) {
  Plan best = plan_with(model, hardware, context, kMaxBatch, kv_type);
  for (uint32_t batch = kMaxBatch / 2; batch > 0; batch /= 2) {
    const Plan other = plan_with(model, hardware, context, batch, kv_type);
    if (!other.status.ok()) continue;
    const bool from_card = best.streamed_bytes > 0 && other.streamed_bytes > 0;
    const size_t fast = weights_in_fast_memory(other);
    const bool little_will_do = best.options.weights == WeightHome::kFast || fast >= model.weight_bytes();
    const uint64_t least_gain = little_will_do ? 1 : model.weight_bytes() / 16;
    const bool better = !from_card && fast >= weights_in_fast_memory(best) + least_gain;
    if (!best.status.ok() || better) best = other;
  }
  return best;
}

// The longest context that finds room; 0: not even the shortest.
uint32_t longest_context(const Model& model, const Hardware& hardware, KvType kv_type) {
  uint32_t fits = std::min(kLeastContext, model.config().max_context);
  if (!plan_with(model, hardware, fits, 1, kv_type).status.ok()) return 0;
  uint32_t too_long = model.config().max_context + 1;
  while (too_long - fits > 1) {
    const uint32_t middle = fits + (too_long - fits) / 2;
    (plan_with(model, hardware, middle, 1, kv_type).status.ok() ? fits : too_long) = middle;
  }
  return fits;
}

// Bytes of all that is not weights, and of the weights as another type with `vocabulary` pieces.
uint64_t bytes_as(const Model& model, WeightType type, uint32_t vocabulary) {
  ModelConfig config = model.config();
  const uint64_t head = model.image().size() - model.weight_bytes();
  const double share = static_cast<double>(vocabulary) / config.vocab_size;
  config.vocab_size = vocabulary;
  uint64_t bytes = static_cast<uint64_t>(share * static_cast<double>(head));
  for (uint32_t i = 0; i < expected_tensor_count(config); ++i) {
    const TensorShape shape = expected_tensor(config, i);
    bytes += tensor_bytes(dtype_of(type, shape.role), shape.rows, shape.cols);
  }
  return bytes;
}

std::string megabytes(uint64_t bytes) {
  return std::to_string(bytes / 1000000) + "." + std::to_string(bytes / 100000 % 10) + " MB";
}

// A shorter context, or narrower keys and values.
void add_smaller_buffers(const Model& model, const Hardware& hardware, const Plan& plan,
                         std::vector<std::string>* remedies) {
  uint32_t most = 0;
  for (const KvType type : {plan.options.kv_type, KvType::kI8, KvType::kI4}) {
    const uint32_t context = longest_context(model, hardware, type);
    if (context <= most) continue;
    most = context;
    const std::string kv = type == plan.options.kv_type ? "" : std::string(" --kv ") + kv_type_name(type);
    remedies->push_back("a context of " + std::to_string(context) + " tokens: -c " + std::to_string(context) + kv);
  }
  if (hardware.memory.regions[static_cast<size_t>(Region::kBulk)].count == 0) {
    remedies->push_back("a board with PSRAM");
  }
}

void add_smaller_files(const Model& model, const Hardware& hardware, std::vector<std::string>* remedies) {
  const uint64_t room = std::min(hardware.model_bytes, hardware.mapped_bytes);
  const uint64_t now = model.image().size();
  for (const WeightType type : {WeightType::kQ8, WeightType::kQ4}) {
    const uint64_t bytes = bytes_as(model, type, model.config().vocab_size);
    if (bytes >= now || bytes > room) continue;
    remedies->push_back(std::string("convert it to ") + weight_type_name(type) + ": about " + megabytes(bytes));
    return;
  }
  for (uint32_t pieces = model.config().vocab_size / 2; pieces >= 256; pieces /= 2) {
    const uint64_t bytes = bytes_as(model, WeightType::kQ4, pieces);
    if (bytes > room) continue;
    remedies->push_back("convert it to q4 with a vocabulary pruned to " + std::to_string(pieces) + " pieces: about " +
                        megabytes(bytes));
    return;
  }
}

void add_larger_boards(const Model& model, const Hardware& hardware, std::vector<std::string>* remedies) {
  std::string names;
  for (const std::string& name : board_names()) {
    const Hardware other = hardware_of(name, {});
    if (std::min(other.model_bytes, other.mapped_bytes) < model.image().size() || other.name == hardware.name) continue;
    names += (names.empty() ? "" : ", ") + name;
  }
  if (!names.empty()) remedies->push_back("a board with more flash: " + names);
}

}  // namespace

Plan fit_plan(const Model& model, const Hardware& hardware, const PlanWishes& wishes) {
  const KvType kv_type = wishes.kv_type;
  const uint32_t context = wishes.context != 0 ? wishes.context : model.config().max_context;
  const Plan plan = wishes.batch != 0 ? plan_with(model, hardware, context, wishes.batch, kv_type)
                                      : best_sweep(model, hardware, context, kv_type);
  if (plan.status.ok() || wishes.context != 0 || plan.status.code() != Code::kOutOfMemory) return plan;
  const uint32_t fits = longest_context(model, hardware, kv_type);
  return fits == 0 ? plan : plan_with(model, hardware, fits, 1, kv_type);
}

std::vector<std::string> remedies_for(const Model& file, const Model& model, const Hardware& hardware,
                                      const Plan& plan) {
  std::vector<std::string> remedies;
  if (plan.status.code() == Code::kOutOfMemory) add_smaller_buffers(model, hardware, plan, &remedies);
  if (file.image().size() > std::min(hardware.model_bytes, hardware.mapped_bytes)) {
    add_smaller_files(file, hardware, &remedies);
    add_larger_boards(file, hardware, &remedies);
  }
  return remedies;
}

}  // namespace thimble::tools

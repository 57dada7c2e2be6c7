#include "thimble/plan.h"

#include <initializer_list>
#include <limits>

#include "base/checked.h"
#include "engine/activations.h"
#include "engine/held_text.h"
#include "engine/kv_cache.h"
#include "engine/network.h"
#include "engine/resident.h"
#include "thimble/tokenizer.h"

namespace thimble {
namespace {

// Rows of the classifier per block and worker: enough to hide the cost of a call, little enough for a chip (512 bytes
// a token).
constexpr uint32_t kLogitsRows = 128;

// Buffers by traffic per byte, most first. Activations are read once per row of a weight matrix, the kv cache once
// per token, the rest once per text; so when fast memory runs short, that is the order in which it pays.
constexpr std::array<Buffer, kBufferCount> kPlacementOrder = {
    Buffer::kXb,     Buffer::kQueries, Buffer::kHb,      Buffer::kQ,      Buffer::kAtt,  Buffer::kX,
    Buffer::kXb2,    Buffer::kHb2,     Buffer::kK,       Buffer::kV,      Buffer::kRope, Buffer::kScales,
    Buffer::kLogits, Buffer::kNetwork, Buffer::kKvCache, Buffer::kTokens, Buffer::kText, Buffer::kTokenizer};

// The product of the factors in *out; false when it does not fit.
bool product(std::initializer_list<size_t> factors, size_t* out) {
  size_t n = 1;
  for (const size_t f : factors) {
    if (!checked_mul(n, f, &n)) return false;
  }
  *out = n;
  return true;
}

// Hands out memory from the front of each block, aligned, never taking it back.
class BlockAllocator {
 public:
  explicit BlockAllocator(const MemoryLayout& layout) : layout_(layout) {}

  // Bytes left behind the next aligned offset of a block.
  size_t left(size_t region, size_t block) const {
    const size_t size = layout_.regions[region].block_bytes[block];
    const size_t used = used_[region][block];
    return size > used ? size - used : 0;
  }

  // Places `bytes` in the first block with room, fast memory first.
  bool place(size_t bytes, Placement* place) {
    for (size_t r = 0; r < kRegionCount; ++r) {
      for (size_t b = 0; b < layout_.regions[r].count; ++b) {
        if (bytes > left(r, b)) continue;
        *place = take(r, b, bytes);
        return true;
      }
    }
    return false;
  }

  Placement take(size_t region, size_t block, size_t bytes) {
    const size_t offset = used_[region][block];
    // The padding may reach beyond the block: left() then says 0.
    const size_t padded = bytes > kMostPadded ? bytes : round_up(bytes, kBlockAlignment);
    if (!checked_add(offset, padded, &used_[region][block])) {
      used_[region][block] = std::numeric_limits<size_t>::max();
    }
    return {static_cast<Region>(region), static_cast<uint8_t>(block), offset, bytes};
  }

  // Of a block; SIZE_MAX when padding left nothing of it.
  size_t used(Region region, size_t block) const { return used_[static_cast<size_t>(region)][block]; }

  size_t largest_left() const {
    size_t most = 0;
    for (size_t r = 0; r < kRegionCount; ++r) {
      for (size_t b = 0; b < layout_.regions[r].count; ++b) most = left(r, b) > most ? left(r, b) : most;
    }
    return most;
  }

 private:
  static constexpr size_t kMostPadded = std::numeric_limits<size_t>::max() - kBlockAlignment;
  const MemoryLayout& layout_;
  std::array<std::array<size_t, kMaxBlocks>, kRegionCount> used_{};
};

Status check_options(const ModelConfig& config, Arithmetic arithmetic, PlanOptions* options) {
  const auto invalid = [](const char* subject, uint64_t found, uint64_t most) {
    return Status::error(Code::kInvalidArgument, subject).above(found, most);
  };
  if (options->context == 0) options->context = config.max_context;
  if (options->context > config.max_context) {
    return Status::error(Code::kMismatch, "context longer than the model's")
        .above(options->context, config.max_context);
  }
  if (options->max_batch < 1 || options->max_batch > kMaxBatch) {
    return invalid("max_batch", options->max_batch, kMaxBatch);
  }
  if (options->max_workers < 1 || options->max_workers > kMaxWorkers) {
    return invalid("max_workers", options->max_workers, kMaxWorkers);
  }
  if (options->max_run_bytes < 16 || options->max_run_bytes > (1u << 24)) {
    return invalid("max_run_bytes", options->max_run_bytes, 1u << 24);
  }
  if (options->max_stop_bytes > 65536) return invalid("max_stop_bytes", options->max_stop_bytes, 65536);
  if (options->kv_type > KvType::kI8) {
    return invalid("kv_type", static_cast<uint8_t>(options->kv_type), static_cast<uint8_t>(KvType::kI8));
  }
  if (options->weights > WeightHome::kFast) {
    return invalid("weights", static_cast<uint8_t>(options->weights), static_cast<uint8_t>(WeightHome::kFast));
  }
  if (options->kv_type == KvType::kDefault) {
    options->kv_type = arithmetic == Arithmetic::kInteger ? KvType::kI8 : KvType::kF32;
  }
  if (options->kv_type != KvType::kI8) return {};
  // Beyond these the sums of scores_i8 and weigh_i8 could overflow.
  if (config.head_dim > kMaxI8HeadDim) {
    return Status::error(Code::kLimit, "head_dim for a kv cache of i8").above(config.head_dim, kMaxI8HeadDim);
  }
  if (options->context > kMaxI8Context) {
    return Status::error(Code::kLimit, "context for a kv cache of i8").above(options->context, kMaxI8Context);
  }
  return {};
}

// Bytes of every buffer into plan->buffers. False when one does not fit size_t.
bool size_buffers(const Model& model, Plan* plan) {
  const ModelConfig& c = plan->config;
  const PlanOptions& options = plan->options;
  const size_t batch = options.max_batch;
  const bool integer = plan->arithmetic == Arithmetic::kInteger;
  const bool kv_i8 = options.kv_type == KvType::kI8;
  constexpr size_t kNumber = sizeof(float);  // of either arithmetic
  KvLayout kv;
  if (!KvLayout::make(c, options.kv_type, options.context, &kv)) return false;
  plan->kv_layer_bytes = kv.bytes;
  const auto bytes = [plan](Buffer buffer) { return &plan->buffers[static_cast<size_t>(buffer)].bytes; };
  *bytes(Buffer::kNetwork) = Network::bytes(c.n_layers);
  *bytes(Buffer::kScales) = Activations::scale_bytes(c, batch);
  *bytes(Buffer::kTokenizer) = Tokenizer::workspace_bytes(options.max_run_bytes);
  *bytes(Buffer::kText) = held_text_bytes(options.max_stop_bytes, Tokenizer::max_piece_bytes(model.vocabulary()));
  const size_t xb_bytes = integer ? Activations::narrow_stride(c) : c.dim * kNumber;
  const size_t score_bytes = kNumber + (kv_i8 ? sizeof(uint16_t) : 0);
  return product({batch, c.dim, kNumber}, bytes(Buffer::kX)) && product({batch, xb_bytes}, bytes(Buffer::kXb)) &&
         product({batch, c.dim, kNumber}, bytes(Buffer::kXb2)) &&
         product({batch, c.q_dim(), kNumber}, bytes(Buffer::kQ)) &&
         product({batch, c.kv_dim(), kNumber}, bytes(Buffer::kK)) &&
         product({batch, c.kv_dim(), kNumber}, bytes(Buffer::kV)) &&
         product({batch, c.hidden_dim, kNumber}, bytes(Buffer::kHb)) &&
         product({batch, c.hidden_dim, kNumber}, bytes(Buffer::kHb2)) &&
         product({kv_i8 ? batch : 0, c.n_heads, kv.key_stride}, bytes(Buffer::kQueries)) &&
         product({options.max_workers, kv.positions, score_bytes}, bytes(Buffer::kAtt)) &&
         product({batch, c.head_dim, kNumber}, bytes(Buffer::kRope)) &&
         product({batch, plan->logits_rows, kNumber, integer ? 2u : 1u}, bytes(Buffer::kLogits)) &&
         product({size_t{options.context} + 1, sizeof(uint32_t)}, bytes(Buffer::kTokens)) &&
         product({c.n_layers, plan->kv_layer_bytes}, bytes(Buffer::kKvCache));
}

Status no_room(Buffer buffer, const BlockAllocator& blocks, size_t bytes) {
  return Status::error(Code::kOutOfMemory, buffer_name(buffer)).got(blocks.largest_left(), bytes);
}

// Fills block after block with as many whole layers as go in.
Status place_kv_cache(BlockAllocator* blocks, Plan* plan) {
  uint32_t layer = 0;
  for (size_t r = 0; r < kRegionCount; ++r) {
    for (size_t b = 0; b < kMaxBlocks && layer < plan->config.n_layers; ++b) {
      const size_t fit = blocks->left(r, b) / plan->kv_layer_bytes;
      if (fit == 0) continue;
      const uint32_t wanted = plan->config.n_layers - layer;
      const uint32_t layers = fit < wanted ? static_cast<uint32_t>(fit) : wanted;
      const Placement place = blocks->take(r, b, layers * plan->kv_layer_bytes);
      plan->kv_runs[plan->kv_run_count++] = {layer, layers, place};
      layer += layers;
    }
  }
  if (layer < plan->config.n_layers) return no_room(Buffer::kKvCache, *blocks, plan->kv_layer_bytes);
  return {};
}

void note_use(const Placement& place, Plan* plan) {
  size_t& used = plan->block_bytes[static_cast<size_t>(place.region)][place.block];
  if (place.offset + place.bytes > used) used = place.offset + place.bytes;
}

void place_weights(const Model& model, const MemoryLayout& memory, const BlockAllocator& blocks, Plan* plan) {
  for (size_t b = 0; b < kMaxBlocks; ++b) plan->weights_at[b] = blocks.used(Region::kFast, b);
  ResidentWalk walk(model, plan->weights_at, memory.regions[static_cast<size_t>(Region::kFast)].block_bytes);
  for (ResidentWalk::Step step; walk.next(&step);) {
    if (!step.resident) continue;
    note_use(step.place, plan);
    ++plan->resident_tensors;
    plan->resident_bytes += step.place.bytes;
  }
}

Status place_all(const Model& model, const MemoryLayout& memory, Plan* plan) {
  BlockAllocator blocks(memory);
  for (const Buffer buffer : kPlacementOrder) {
    if (buffer == Buffer::kKvCache) {
      THIMBLE_RETURN_IF_ERROR(place_kv_cache(&blocks, plan));
      for (size_t i = 0; i < plan->kv_run_count; ++i) note_use(plan->kv_runs[i].place, plan);
      continue;
    }
    Placement& place = plan->buffers[static_cast<size_t>(buffer)];
    if (!blocks.place(place.bytes, &place)) return no_room(buffer, blocks, place.bytes);
    note_use(place, plan);
  }
  if (plan->options.weights == WeightHome::kFast) place_weights(model, memory, blocks, plan);
  return {};
}

}  // namespace

bool is_resident(const Plan& plan, const Model& model, uint32_t index) {
  ResidentWalk walk(model, plan);
  ResidentWalk::Step step;
  for (uint32_t i = 0; i <= index; ++i) {
    if (!walk.next(&step)) return false;
  }
  return plan.options.weights == WeightHome::kFast && step.resident;
}

const char* buffer_name(Buffer buffer) {
  static constexpr std::array<const char*, kBufferCount> kNames = {
      "network", "x",      "xb",  "xb2",  "q",      "k",      "v",         "hb",   "hb2",
      "queries", "scales", "att", "rope", "logits", "tokens", "tokenizer", "text", "kv cache"};
  const auto i = static_cast<size_t>(buffer);
  return i < kNames.size() ? kNames[i] : "unknown";
}

const char* kv_type_name(KvType type) {
  switch (type) {
    case KvType::kDefault:
      return "default";
    case KvType::kF32:
      return "f32";
    case KvType::kI8:
      return "i8";
  }
  return "unknown";
}

size_t Plan::bytes(Region region) const {
  size_t sum = 0;
  for (const size_t b : block_bytes[static_cast<size_t>(region)]) sum += b;
  return sum;
}

size_t Plan::total_bytes() const { return bytes(Region::kFast) + bytes(Region::kBulk); }

size_t Plan::buffer_bytes() const {
  size_t sum = 0;
  for (const Placement& buffer : buffers) sum += round_up(buffer.bytes, kBlockAlignment);
  return sum;
}

Plan make_plan(const Model& model, const PlanOptions& options, const MemoryLayout& memory) {
  Plan plan;
  if (!model.is_open()) {
    plan.status = Status::error(Code::kNotReady, "model");
    return plan;
  }
  plan.config = model.config();
  plan.arithmetic = model.arithmetic();
  plan.options = options;
  plan.status = check_options(plan.config, plan.arithmetic, &plan.options);
  if (!plan.status.ok()) return plan;
  if (memory.too_many) {
    plan.status = Status::error(Code::kLimit, "memory blocks");
    return plan;
  }
  const uint32_t logits_rows = kLogitsRows * plan.options.max_workers;
  plan.logits_rows = plan.config.vocab_size < logits_rows ? plan.config.vocab_size : logits_rows;
  if (!size_buffers(model, &plan)) {
    plan.status = Status::error(Code::kOutOfMemory, "address space");
    return plan;
  }
  plan.status = place_all(model, memory, &plan);
  return plan;
}

}  // namespace thimble

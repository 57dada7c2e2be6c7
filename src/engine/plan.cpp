#include "thimble/plan.h"

#include "base/checked.h"
#include "engine/activations.h"
#include "engine/block_allocator.h"
#include "engine/held_text.h"
#include "engine/kv_cache.h"
#include "engine/network.h"
#include "engine/resident.h"
#include "engine/streaming/stream_plan.h"
#include "thimble/tokenizer.h"

namespace thimble {

static_assert(kMaxBatch == kMostBatch);  // of a kernel

namespace {

// Rows of the classifier per block and worker: enough to hide the cost of a call, little enough for a chip (512 bytes
// a token).
constexpr uint32_t kLogitsRows = 128;

// Buffers by traffic per byte, most first. Activations are read once per row of a weight matrix, the kv cache once
// per token, the rest once per text; so when fast memory runs short, that is the order in which it pays.
constexpr std::array<Buffer, kBufferCount> kPlacementOrder = {
    Buffer::kXb,     Buffer::kQueries, Buffer::kGate,     Buffer::kQ,       Buffer::kAtt,     Buffer::kX,
    Buffer::kXb2,    Buffer::kUp,      Buffer::kK,        Buffer::kV,       Buffer::kRope,    Buffer::kScales,
    Buffer::kLogits, Buffer::kNetwork, Buffer::kNorms,    Buffer::kStream0, Buffer::kStream1, Buffer::kKvCache,
    Buffer::kTokens, Buffer::kText,    Buffer::kTokenizer};

Status check_options(const Model& model, PlanOptions* options) {
  const ModelConfig& config = model.config();
  if (options->context == 0) options->context = config.max_context;
  if (options->context > config.max_context) {
    return Status::error(Code::kMismatch, "context longer than the model's")
        .above(options->context, config.max_context);
  }
  const struct {
    const char* name;
    uint32_t value;
    uint32_t least;
    uint32_t most;
  } ranges[] = {
      {"max_batch", options->max_batch, 1, kMaxBatch},
      {"max_workers", options->max_workers, 1, kMaxWorkers},
      {"max_run_bytes", options->max_run_bytes, 16, 1u << 24},
      {"max_stop_bytes", options->max_stop_bytes, 0, 65536},
      {"kv_type", static_cast<uint32_t>(options->kv_type), 0, static_cast<uint32_t>(KvType::kI8)},
      {"weights", static_cast<uint32_t>(options->weights), 0, static_cast<uint32_t>(WeightHome::kStreamed)},
      {"stream_bytes", options->stream_bytes, 0, kMostStreamBytes},
  };
  for (const auto& range : ranges) {
    if (range.value >= range.least && range.value <= range.most) continue;
    return Status::error(Code::kInvalidArgument, range.name).above(range.value, range.most);
  }
  if (options->weights == WeightHome::kInPlace && !model.has_weights()) {
    return Status::error(Code::kInvalidArgument, "weights in place, which are not in memory");
  }
  if (!kStreaming && (options->weights == WeightHome::kStreamed || !model.has_weights())) {
    return Status::error(Code::kUnsupported, "weights that are not in memory (THIMBLE_STREAMING)");
  }
  if (options->stream_bytes % kStreamGrain != 0) {
    return Status::error(Code::kInvalidArgument, "stream_bytes, a multiple of")
        .got(options->stream_bytes, kStreamGrain);
  }
  if (options->kv_type == KvType::kDefault) {
    options->kv_type = model.arithmetic() == Arithmetic::kInteger ? KvType::kI8 : KvType::kF32;
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

// Bytes of every buffer into plan->buffers. False when the kv cache does not fit size_t.
bool size_buffers(const Model& model, Plan* plan) {
  const ModelConfig& c = plan->config;
  const PlanOptions& options = plan->options;
  const size_t batch = options.max_batch;
  const bool integer = plan->arithmetic == Arithmetic::kInteger;
  const bool kv_i8 = options.kv_type == KvType::kI8;
  KvLayout kv;
  if (!KvLayout::make(c, options.kv_type, options.context, &kv)) return false;
  plan->kv_layer_bytes = kv.bytes;
  const auto bytes = [plan](Buffer buffer) { return &plan->buffers[static_cast<size_t>(buffer)].bytes; };
  *bytes(Buffer::kNetwork) = Network::bytes(*plan);
  *bytes(Buffer::kScales) = Activations::scale_bytes(c, batch);
  *bytes(Buffer::kTokenizer) = Tokenizer::workspace_bytes(options.max_run_bytes);
  *bytes(Buffer::kText) = held_text_bytes(options.max_stop_bytes, Tokenizer::max_piece_bytes(model.vocabulary()));
  // The caps of the format and of the options keep these far below 32 bits.
  const size_t numbers = batch * sizeof(float);  // of either arithmetic
  *bytes(Buffer::kX) = numbers * c.dim;
  *bytes(Buffer::kXb) = integer ? batch * Activations::narrow_stride(c) : numbers * c.dim;
  *bytes(Buffer::kXb2) = numbers * round_up<size_t>(c.dim, 16);
  *bytes(Buffer::kQ) = numbers * c.q_dim();
  *bytes(Buffer::kK) = numbers * c.kv_dim();
  *bytes(Buffer::kV) = numbers * c.kv_dim();
  *bytes(Buffer::kGate) = numbers * c.hidden_dim;
  *bytes(Buffer::kUp) = numbers * c.hidden_dim;
  *bytes(Buffer::kQueries) = kv_i8 ? batch * c.n_heads * kv.key_stride : 0;
  *bytes(Buffer::kAtt) = options.max_workers * kv.positions * (sizeof(float) + (kv_i8 ? sizeof(uint16_t) : 0));
  *bytes(Buffer::kRope) = numbers * c.head_dim;
  *bytes(Buffer::kLogits) = numbers * plan->logits_rows * (integer ? 2 : 1);
  *bytes(Buffer::kTokens) = (size_t{options.context} + 1) * sizeof(uint32_t);
  return checked_mul<size_t>(c.n_layers, plan->kv_layer_bytes, bytes(Buffer::kKvCache));
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

Status place_tensors(const Model& model, const MemoryLayout& memory, const BlockAllocator& blocks, Plan* plan) {
  auto& weights_at = plan->weights_at[static_cast<size_t>(Region::kFast)];
  weights_at = blocks.used()[static_cast<size_t>(Region::kFast)];
  ResidentWalk walk(model, weights_at, memory.regions[static_cast<size_t>(Region::kFast)].block_bytes);
  for (ResidentWalk::Step step; walk.next(&step);) {
    if (plan->from_head && step.swept && !step.resident) {
      const auto bytes = static_cast<size_t>(step.tensor.bytes);
      return Status::error(Code::kOutOfMemory, role_name(step.role)).at(step.layer).got(walk.most_left(), bytes);
    }
    if (!step.resident) continue;
    note_use(step.place, plan);
    ++plan->resident_tensors;
    plan->resident_bytes += step.place.bytes;
  }
  return {};
}

Status place_all(const Model& model, const MemoryLayout& memory, Plan* plan) {
  BlockAllocator blocks(memory);
  plan->block_bytes = {};
  plan->kv_run_count = plan->resident_bytes = 0;
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
  if (plan->options.weights == WeightHome::kFast) return place_tensors(model, memory, blocks, plan);
  if (kStreaming && plan->options.weights == WeightHome::kStreamed) place_runs(model, memory, blocks, plan);
  return {};
}

bool streams_by_fast_memory(const Plan& plan) {
  return plan.at(Buffer::kStream0).region == Region::kFast && plan.at(Buffer::kStream1).region == Region::kFast;
}

// All weights in memory where that is possible; else the largest pieces, in fast memory if they find room there, since
// that is what a card's controller can write to.
Status place_streamed(const Model& model, const MemoryLayout& memory, Plan* plan) {
  const uint32_t asked = plan->options.stream_bytes;
  size_stream_buffers(model, kStreamGrain, true, plan);
  Status status = place_all(model, memory, plan);
  if (status.ok() && plan->streamed_bytes == 0) return status;
  for (const bool any_memory : {false, true}) {
    for (uint32_t bytes = asked != 0 ? asked : kUsualStreamBytes; bytes > 0; bytes -= kStreamGrain) {
      size_stream_buffers(model, bytes, false, plan);
      status = place_all(model, memory, plan);
      if (status.ok() && (any_memory || streams_by_fast_memory(*plan))) return status;
      if (asked != 0) break;
    }
  }
  return status;
}

}  // namespace

bool is_resident(const Plan& plan, const Model& model, uint32_t index) {
  if (kStreaming && plan.options.weights == WeightHome::kStreamed) {
    const uint32_t first = model.config().tied_classifier ? 0 : 1;
    return index >= first && index - first < ResidentRuns(model, plan).tensors();
  }
  ResidentWalk walk(model, plan);
  ResidentWalk::Step step;
  for (uint32_t i = 0; i <= index; ++i) {
    if (!walk.next(&step)) return false;
  }
  return plan.options.weights == WeightHome::kFast && step.resident;
}

const char* buffer_name(Buffer buffer) {
  static constexpr std::array<const char*, kBufferCount> kNames = {
      "network", "x",    "xb",     "xb2",    "q",         "k",    "v",        "gate",  "up",       "queries", "scales",
      "att",     "rope", "logits", "tokens", "tokenizer", "text", "kv cache", "norms", "stream 0", "stream 1"};
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
  plan.from_head = !model.has_weights();
  plan.options = options;
  plan.status = check_options(model, &plan.options);
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
  const bool streamed = kStreaming && plan.options.weights == WeightHome::kStreamed;
  plan.status = streamed ? place_streamed(model, memory, &plan) : place_all(model, memory, &plan);
  return plan;
}

}  // namespace thimble

#include "thimble/plan.h"

#include "base/checked.h"
#include "engine/activations.h"
#include "engine/block_allocator.h"
#include "engine/held_text.h"
#include "engine/kv_cache.h"
#include "engine/kv_int4/packed_kv.h"
#include "engine/network.h"
#include "engine/resident.h"
#include "engine/streaming/stream_plan.h"
#include "thimble/tokenizer.h"

namespace thimble {

static_assert(kMaxBatch == kMostBatch);  // of a kernel

namespace {

// Rows of the classifier per block and worker, where nobody asks for a number: enough to hide the cost of a call,
// little enough for a chip (512 bytes a token).
constexpr uint32_t kLogitsRows = 128;

// Buffers by traffic per byte, most first. Activations are read once per row of a weight matrix, the kv cache once
// per token, the rest once per text; so when fast memory runs short, that is the order in which it pays. Weights that
// are streamed come before the cache: layers_beside_weights().
constexpr std::array<Buffer, kBufferCount> kPlacementOrder = {
    Buffer::kXb,     Buffer::kQueries, Buffer::kGate,     Buffer::kQ,       Buffer::kAtt,     Buffer::kX,
    Buffer::kXb2,    Buffer::kUp,      Buffer::kK,        Buffer::kV,       Buffer::kRope,    Buffer::kScales,
    Buffer::kLogits, Buffer::kNetwork, Buffer::kNorms,    Buffer::kStream0, Buffer::kStream1, Buffer::kKvCache,
    Buffer::kTokens, Buffer::kText,    Buffer::kTokenizer};

constexpr WeightHome kLastHome = kStreaming ? WeightHome::kStreamed : WeightHome::kFast;

Status check_streaming(const Model& model, const PlanOptions& options) {
  if (options.weights == WeightHome::kInPlace && !model.has_weights()) {
    return Status::error(Code::kInvalidArgument, "weights in place, which are not in memory");
  }
  if (options.stream_bytes > kMostStreamBytes) {
    return Status::error(Code::kInvalidArgument, "stream_bytes").above(options.stream_bytes, kMostStreamBytes);
  }
  if (options.stream_bytes % kStreamGrain == 0) return {};
  return Status::error(Code::kInvalidArgument, "stream_bytes, not a multiple of 16384; rest")
      .above(options.stream_bytes % kStreamGrain, 0);
}

constexpr KvType kLastKvType = kv_int4::kLinked ? KvType::kI4 : KvType::kI8;

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
      {"kv_type", static_cast<uint32_t>(options->kv_type), 0, static_cast<uint32_t>(kLastKvType)},
      {"weights", static_cast<uint32_t>(options->weights), 0, static_cast<uint32_t>(kLastHome)},
  };
  for (const auto& range : ranges) {
    if (range.value >= range.least && range.value <= range.most) continue;
    return Status::error(Code::kInvalidArgument, range.name).above(range.value, range.most);
  }
  if (kStreaming) {
    THIMBLE_RETURN_IF_ERROR(check_streaming(model, *options));
  } else if (!model.has_weights()) {
    return Status::error(Code::kUnsupported, "THIMBLE_STREAMING");
  }
  if (options->kv_type == KvType::kDefault) {
    options->kv_type = model.arithmetic() == Arithmetic::kInteger ? KvType::kI8 : KvType::kF32;
  }
  if (options->kv_type == KvType::kF32) return {};
  if (kv_int4::kLinked && options->kv_type == KvType::kI4 && config.head_dim < kMinI4HeadDim) {
    return Status::error(Code::kLimit, "head_dim for a kv cache of i4").got(config.head_dim, kMinI4HeadDim);
  }
  // Beyond these the sums of scores_i8 and weigh_i8 could overflow.
  if (config.head_dim > kMaxI8HeadDim) {
    return Status::error(Code::kLimit, "head_dim for a kv cache of i8").above(config.head_dim, kMaxI8HeadDim);
  }
  if (options->context > kMaxI8Context) {
    return Status::error(Code::kLimit, "context for a kv cache of i8").above(options->context, kMaxI8Context);
  }
  return {};
}

// Scores of all positions, and for a narrow cache their weights, of one worker.
size_t att_bytes(const KvLayout& kv) {
  const size_t bytes = kv.positions * (sizeof(float) + (kv.type == KvType::kF32 ? 0 : sizeof(uint16_t)));
  return kv_int4::kLinked && kv.type == KvType::kI4 ? bytes + kv_int4::scratch_bytes(kv) : bytes;
}

// Bytes of every buffer into plan->buffers. False when the kv cache does not fit size_t.
bool size_buffers(const Model& model, Plan* plan) {
  const ModelConfig& c = plan->config;
  const PlanOptions& options = plan->options;
  const size_t batch = options.max_batch;
  const bool integer = plan->arithmetic == Arithmetic::kInteger;
  const bool kv_narrow = options.kv_type != KvType::kF32;
  KvLayout kv;
  if (!KvLayout::make(c, options.kv_type, options.context, &kv)) return false;
  plan->kv_layer_bytes = kv.bytes;
  const auto bytes = [plan](Buffer buffer) { return &plan->buffers[static_cast<size_t>(buffer)].bytes; };
  *bytes(Buffer::kNetwork) = Network::bytes(*plan);
  *bytes(Buffer::kScales) = Activations::scale_bytes(c, batch);
  *bytes(Buffer::kTokenizer) = tokenizer_bytes(model, options);
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
  *bytes(Buffer::kQueries) = kv_narrow ? batch * c.n_heads * kv.key_stride : 0;
  *bytes(Buffer::kAtt) = options.max_workers * att_bytes(kv);
  *bytes(Buffer::kRope) = numbers * c.head_dim;
  *bytes(Buffer::kLogits) = numbers * plan->logits_rows * (integer ? 2 : 1);
  *bytes(Buffer::kTokens) = (size_t{options.context} + 1) * sizeof(uint32_t);
  return checked_mul<size_t>(c.n_layers, plan->kv_layer_bytes, bytes(Buffer::kKvCache));
}

Status no_room(Buffer buffer, const BlockAllocator& blocks, size_t bytes) {
  return Status::error(Code::kOutOfMemory, buffer_name(buffer)).got(blocks.largest_left(), bytes);
}

Status no_room(const TensorView& tensor, Role role, uint32_t layer, size_t most_left) {
  return Status::error(Code::kOutOfMemory, role_name(role)).at(layer).got(most_left, tensor.bytes);
}

// Layers of the kv cache that leave fast memory to weights that are streamed: of a weight a token reads each byte, of
// the cache half of them, on average. All of them where no others find room in bulk memory.
uint32_t layers_beside_weights(const Model& model, const BlockAllocator& blocks, const Plan& plan) {
  const uint32_t all = plan.config.n_layers;
  uint64_t fast = 0;
  uint64_t in_bulk = 0;
  for (size_t b = 0; b < kMaxBlocks; ++b) {
    fast += blocks.left(static_cast<size_t>(Region::kFast), b);
    in_bulk += blocks.left(static_cast<size_t>(Region::kBulk), b) / plan.kv_layer_bytes;
  }
  const uint64_t beside = fast > model.weight_bytes() ? (fast - model.weight_bytes()) / plan.kv_layer_bytes : 0;
  return beside < all && all - beside <= in_bulk ? static_cast<uint32_t>(beside) : all;
}

// The buffer whose place another one may share, since it is written later, and read before the other one is written
// again: queries, keys and values are done with before a layer's projections and gates, logits are made behind all
// layers.
[[gnu::always_inline]] inline Buffer host_of(Buffer buffer) {
  if (buffer == Buffer::kQ || buffer == Buffer::kLogits) return Buffer::kGate;
  if (buffer == Buffer::kK) return Buffer::kUp;
  return buffer == Buffer::kV ? Buffer::kXb2 : buffer;
}

// False: the buffer needs a place of its own.
bool share_place(Buffer buffer, Plan* plan) {
  const Buffer host = host_of(buffer);
  Placement& place = plan->buffers[static_cast<size_t>(buffer)];
  const size_t bytes = place.bytes;
  if (host == buffer || bytes > plan->at(host).bytes) return false;
  place = plan->at(host);
  place.bytes = bytes;
  return true;
}

// Fills block after block with as many whole layers as go in, fast memory with at most `most_in_fast`.
Status place_kv_cache(uint32_t most_in_fast, BlockAllocator* blocks, Plan* plan) {
  uint32_t layer = 0;
  for (size_t r = 0; r < kRegionCount; ++r) {
    const uint32_t most = kStreaming && r == static_cast<size_t>(Region::kFast) ? most_in_fast : plan->config.n_layers;
    for (size_t b = 0; b < kMaxBlocks && layer < most; ++b) {
      const size_t fit = blocks->left(r, b) / plan->kv_layer_bytes;
      if (fit == 0) continue;
      const uint32_t wanted = most - layer;
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

// Tensors into what the buffers left of fast memory, in one order. Returns whether all found room that tokens read
// whole; else `status` says which did not.
bool place_tensors(const Model& model, const MemoryLayout& memory, bool backwards, Plan* plan, Status* status) {
  constexpr auto kFast = static_cast<size_t>(Region::kFast);
  plan->backwards = backwards;
  plan->resident_tensors = 0;
  plan->resident_bytes = 0;
  ResidentWalk walk(model, plan->weights_at[kFast], memory.regions[kFast].block_bytes, backwards);
  bool all = true;
  for (ResidentWalk::Step step; walk.next(&step);) {
    if (step.resident) {
      note_use(step.place, plan);
      ++plan->resident_tensors;
      plan->resident_bytes += step.place.bytes;
    } else if (step.swept) {
      if (kStreaming && all) *status = no_room(step.tensor, step.role, step.layer, walk.most_left());
      all = false;
    }
  }
  return all;
}

Status place_weights(const Model& model, const MemoryLayout& memory, const BlockAllocator& blocks, Plan* plan) {
  plan->weights_at = blocks.used();
  const auto buffers_end = plan->block_bytes;
  Status status;
  if (place_tensors(model, memory, true, plan, &status)) return {};
  plan->block_bytes = buffers_end;
  if (place_tensors(model, memory, false, plan, &status) || !plan->from_head) return {};
  return status;
}

Status place_all(const Model& model, const MemoryLayout& memory, Plan* plan) {
  BlockAllocator blocks(memory);
  plan->block_bytes = {};
  plan->kv_run_count = plan->resident_bytes = 0;
  const bool streamed = kStreaming && plan->options.weights == WeightHome::kStreamed;
  bool weights_before_text = false;
  for (const Buffer buffer : kPlacementOrder) {
    if (buffer == Buffer::kKvCache) {
      const uint32_t in_fast = streamed ? layers_beside_weights(model, blocks, *plan) : plan->config.n_layers;
      weights_before_text = in_fast < plan->config.n_layers;
      THIMBLE_RETURN_IF_ERROR(place_kv_cache(in_fast, &blocks, plan));
      for (size_t i = 0; i < plan->kv_run_count; ++i) note_use(plan->kv_runs[i].place, plan);
      continue;
    }
    if (share_place(buffer, plan)) continue;
    Placement& place = plan->buffers[static_cast<size_t>(buffer)];
    const bool placed = weights_before_text && blocks.place(place.bytes, &place, Region::kBulk);
    if (!placed && !blocks.place(place.bytes, &place)) return no_room(buffer, blocks, place.bytes);
    note_use(place, plan);
  }
  if (plan->options.weights == WeightHome::kFast) return place_weights(model, memory, blocks, plan);
  if (streamed) place_runs(model, memory, blocks, plan);
  return {};
}

bool streams_by_fast_memory(const Plan& plan) {
  return plan.at(Buffer::kStream0).region == Region::kFast && plan.at(Buffer::kStream1).region == Region::kFast;
}

// All weights in memory where that is possible; else the largest pieces, in fast memory if they find room there, since
// that is what a card's controller can write to.
Status place_streamed(const Model& model, const MemoryLayout& memory, uint32_t asked, Plan* plan) {
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
  for (ResidentWalk::Step step; walk.next(&step);) {
    if (step.index == index) return plan.options.weights == WeightHome::kFast && step.resident;
  }
  return false;
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
    case KvType::kI4:
      if (kv_int4::kLinked) return "i4";
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
  for (size_t i = 0; i < kBufferCount; ++i) {
    const Buffer host = host_of(static_cast<Buffer>(i));
    const bool alone = static_cast<size_t>(host) == i || buffers[i].bytes > at(host).bytes;
    sum += alone ? round_up(buffers[i].bytes, kBlockAlignment) : 0;
  }
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
  const uint32_t usual_rows = kLogitsRows * plan.options.max_workers;
  const uint32_t logits_rows = plan.options.logits_rows != 0 ? plan.options.logits_rows : usual_rows;
  plan.logits_rows = plan.config.vocab_size < logits_rows ? plan.config.vocab_size : logits_rows;
  if (!size_buffers(model, &plan)) {
    plan.status = Status::error(Code::kOutOfMemory, "address space");
    return plan;
  }
  const bool streamed = kStreaming && plan.options.weights == WeightHome::kStreamed;
  // The file is read, and verified, through a buffer.
  if (kStreaming && plan.from_head) size_stream_buffers(model, kStreamGrain, true, &plan);
  plan.status = streamed ? place_streamed(model, memory, options.stream_bytes, &plan) : place_all(model, memory, &plan);
  return plan;
}

}  // namespace thimble

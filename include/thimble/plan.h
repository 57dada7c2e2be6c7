// Where every buffer of an engine lives, decided before anything is allocated.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include "thimble/memory.h"
#include "thimble/model.h"
#include "thimble/status.h"

namespace thimble {

inline constexpr uint32_t kMaxBatch = 8;  // tokens that one sweep of the weights can serve

struct PlanOptions {
  // Positions of the kv cache, 1..ModelConfig::max_context. 0: the model's max_context.
  uint32_t context = 0;
  // Most tokens per sweep of the weights while reading a prompt, 1..kMaxBatch. Costs activation memory; the
  // results are the same bits for any value.
  uint32_t max_batch = 1;
  // Longest run of text without a cut point (usually: without a space) that the tokenizer can take, in bytes,
  // 16..2^24. Costs Tokenizer::workspace_bytes(max_run_bytes).
  uint32_t max_run_bytes = 512;
  // Sum of the lengths of all stop strings of a Generator, in bytes, 0..65536.
  uint32_t max_stop_bytes = 256;
};

// What a buffer is for. Kv cache layers are placed one by one, so that they fill memory that is in pieces.
enum class Buffer : uint8_t {
  kLayerTable,  // pointers to the weights of each layer
  kX,           // [max_batch, dim] f32, residual stream
  kXb,          // [max_batch, max(dim, q_dim)] f32, normalised input, attention output
  kXb2,         // [max_batch, dim] f32, output of a projection before it is added
  kQ,           // [max_batch, q_dim] f32
  kK,           // [max_batch, kv_dim] f32
  kV,           // [max_batch, kv_dim] f32
  kHb,          // [max_batch, hidden_dim] f32, gate
  kHb2,         // [max_batch, hidden_dim] f32, up
  kAtt,         // [context] f32, scores of one head
  kRope,        // [max_batch, head_dim] f32, cos and sin of each pair
  kLogits,      // [max_batch, logits block] f32
  kTokens,      // [context + 1] u32, ids of the sequence so far and the token sampled at its end
  kTokenizer,   // workspace of Tokenizer::encode
  kText,        // text held back by a Generator
  kKvCache,     // all layers together; see Plan::kv_runs
};
inline constexpr size_t kBufferCount = 16;
const char* buffer_name(Buffer buffer);  // "x"; static storage

struct Placement {
  Region region = Region::kFast;
  uint8_t block = 0;
  size_t offset = 0;  // from the start of the block, a multiple of kBlockAlignment
  size_t bytes = 0;
};

// A run of consecutive layers whose kv cache lies in one block, layer after layer.
struct KvRun {
  uint32_t first_layer = 0;
  uint32_t layers = 0;
  Placement place;  // bytes = layers * Plan::kv_layer_bytes
};

// Plain data, copyable, independent of the memory it describes. A plan is good for any model of equal
// ModelConfig and any Memory whose blocks are at least as large as the ones planned with.
struct Plan {
  Status status;             // why there is no plan; the rest is meaningful only when ok()
  ModelConfig config;        // of the model it was made for
  PlanOptions options;       // with defaults filled in
  uint32_t logits_rows = 0;  // rows of the classifier computed per block
  size_t kv_layer_bytes = 0;
  std::array<Placement, kBufferCount> buffers{};  // by Buffer; kKvCache: bytes only
  std::array<KvRun, kRegionCount * kMaxBlocks> kv_runs{};
  size_t kv_run_count = 0;
  std::array<std::array<size_t, kMaxBlocks>, kRegionCount> block_bytes{};  // needed of each block

  const Placement& at(Buffer buffer) const { return buffers[static_cast<size_t>(buffer)]; }
  size_t bytes(Region region) const;  // needed of a region, all blocks together
  size_t total_bytes() const;         // needed of all regions together
};

// Places every buffer: the ones with most traffic per byte first, each in the first block of fast memory that
// has room, then bulk. Pure arithmetic; `model` must be open.
// plan.status: kNotReady, kInvalidArgument (option out of range), kMismatch (context longer than the model's),
// kOutOfMemory (subject: the buffer that found no room; found: bytes left in the largest block; expected: bytes
// it needs).
Plan make_plan(const Model& model, const PlanOptions& options, const MemoryLayout& memory);

}  // namespace thimble

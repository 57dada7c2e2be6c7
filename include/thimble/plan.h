// Where every buffer of an engine lives, decided before anything is allocated.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include "thimble/memory.h"
#include "thimble/model.h"
#include "thimble/parallel.h"
#include "thimble/status.h"

namespace thimble {

inline constexpr uint32_t kMaxBatch = 8;  // tokens that one sweep of the weights can serve

// How keys and values are kept.
enum class KvType : uint8_t {
  kDefault,  // kI8 for integer models, kF32 for float models
  kF32,      // as computed
  kI8,       // int8, with an 8-bit scale per head and position: a quarter of the memory
  kI4,  // 4 bits, with an 8-bit step per 16 elements beside that scale: three fifths of int8's memory, for some 0.04
        // nats a token with heads of 16. Heads shorter than kMinI4HeadDim are refused: with 8 it was 0.71. Needs a
        // part of the library that CMake's THIMBLE_KV_INT4 links.
};
const char* kv_type_name(KvType type);  // "i8"; static storage
inline constexpr uint32_t kMinI4HeadDim = 16;
// What a cache of int8 or int4 ends at, so that sums over it fit 32 bits.
inline constexpr uint32_t kMaxI8HeadDim = 8192;
inline constexpr uint32_t kMaxI8Context = 65536;

// Where weights are read from. No effect on the result.
enum class WeightHome : uint8_t {
  kInPlace,   // the model's image, wherever it lies
  kFast,      // tensors are copied by Engine::init into the fast memory that the buffers leave, as many as find room,
              // the others are read in place. For images in slow memory, such as flash that is mapped. Of a
              // model that was opened from its head all must find room, but an embedding that is no classifier: a token
              // reads one row of it.
  kStreamed,  // the front of the file is copied, as much of it as finds room, into fast memory and then into bulk
              // memory; the rest is read in place where the image is in memory, and else for every sweep, piece by
              // piece, while the piece before is multiplied. Needs a part of the library that CMake's THIMBLE_STREAMING
              // links.
};
// Sizes of the pieces that are streamed are multiples of this.
inline constexpr uint32_t kStreamGrain = 16384;

struct PlanOptions {
  // Positions of the kv cache, 1..ModelConfig::max_context. 0: the model's max_context.
  uint32_t context = 0;
  // Most tokens per sweep of the weights while reading a prompt, 1..kMaxBatch. Costs activation memory; the
  // results are the same bits for any value.
  uint32_t max_batch = 1;
  KvType kv_type = KvType::kDefault;
  WeightHome weights = WeightHome::kInPlace;
  // Bytes of a streamed piece, a multiple of kStreamGrain up to 2^20, of which two are in memory; 0: as the memory
  // allows, up to where the time between two reads no longer matters. No effect on the result.
  uint32_t stream_bytes = 0;
  // Most workers that Engine::set_parallel will be given, 1..kMaxWorkers. Each costs scores for `context` positions.
  uint32_t max_workers = 1;
  // Rows of the classifier that are computed at once; 0: 128 for each worker. More rows are fewer calls of the workers,
  // and 4 bytes (of integer models 8) each for every token of max_batch. No effect on the result.
  uint32_t logits_rows = 0;
  // Longest run of text without a cut point (usually: without a space) that the tokenizer can take, in bytes,
  // 16..2^24. Costs Tokenizer::workspace_bytes(max_run_bytes); beside it lie Tokenizer::kStreamBytes, where the
  // vocabulary is not in memory.
  uint32_t max_run_bytes = 256;
  // Sum of the lengths of all stop strings of a Generator, in bytes, 0..65536.
  uint32_t max_stop_bytes = 256;
};

// What a buffer is for. "Numbers" are f32 in float models and int32 in integer models. Kv cache layers are placed one
// by one, so that they fill memory that is in pieces.
enum class Buffer : uint8_t {
  kNetwork,    // the forward pass itself, and pointers to the weights of each layer
  kX,          // [max_batch, dim] numbers, residual stream
  kXb,         // [max_batch, dim] f32, or [max_batch, widest input] int8: what a matrix is multiplied with
  kXb2,        // [max_batch, dim, rounded up to 16] numbers, output of a projection before it is added; before the
               // layers, a row of an embedding that is not in memory
  kQ,          // [max_batch, q_dim] numbers, queries, then attention output
  kK,          // [max_batch, kv_dim] numbers
  kV,          // [max_batch, kv_dim] numbers
  kGate,       // [max_batch, hidden_dim] numbers, gate
  kUp,         // [max_batch, hidden_dim] numbers, up
  kQueries,    // [max_batch, n_heads, key stride] int8, for a kv cache of int8 or int4
  kScales,     // scales of integer vectors, per token and head
  kAtt,        // [max_workers, context] scores of one head, and what is unpacked of an int4 cache
  kRope,       // [max_batch, head_dim] numbers, cos and sin of each pair
  kLogits,     // [max_batch, logits block] f32, and int32 in integer models
  kTokens,     // [context + 1] u32, ids of the sequence so far and the token sampled at its end
  kTokenizer,  // workspace of Tokenizer::encode, behind pieces of a vocabulary that is not in memory
  kText,       // text held back by a Generator
  kKvCache,    // all layers together; see Plan::kv_runs
  kNorms,      // weights of the norms, of a model that is streamed
  kStream0,    // a piece of the file, and room for a row (or panel) in front of it that the piece before has begun
  kStream1,    // the same for the next piece; nothing when all weights found room, and the file is read once
};
inline constexpr size_t kBufferCount = 21;
const char* buffer_name(Buffer buffer);  // "x"; static storage

// A run of consecutive layers whose kv cache lies in one block, layer after layer.
struct KvRun {
  uint32_t first_layer = 0;
  uint32_t layers = 0;
  Placement place;  // bytes = layers * Plan::kv_layer_bytes
};

// Plain data, copyable, independent of the memory it describes. A plan is good for any model of equal
// ModelConfig and arithmetic and any Memory whose blocks are at least as large as block_bytes. (Of a model with other
// types of weights, other tensors than resident_tensors says may find room.)
struct Plan {
  Status status;       // why there is no plan; the rest is meaningful only when ok()
  ModelConfig config;  // of the model it was made for
  Arithmetic arithmetic = Arithmetic::kFloat;
  bool from_head = false;    // good also for a model without weights in memory
  PlanOptions options;       // with defaults filled in
  uint32_t logits_rows = 0;  // rows of the classifier computed per block, of one token max_batch times as many
  size_t kv_layer_bytes = 0;
  std::array<Placement, kBufferCount> buffers{};  // by Buffer; kKvCache: bytes only
  std::array<KvRun, kRegionCount * kMaxBlocks> kv_runs{};
  size_t kv_run_count = 0;
  // Weights that are copied: behind the buffers, from weights_at of each block on.
  std::array<std::array<size_t, kMaxBlocks>, kRegionCount> weights_at{};
  bool backwards = false;         // of WeightHome::kFast: whether the last tensors took room there first
  uint32_t resident_tensors = 0;  // whole ones
  size_t resident_bytes = 0;      // of rows and scales; streamed: with the padding between tensors
  uint64_t streamed_bytes = 0;    // read for a sweep that ends in logits, but for rows of the embedding
  std::array<std::array<size_t, kMaxBlocks>, kRegionCount> block_bytes{};  // needed of each block

  const Placement& at(Buffer buffer) const { return buffers[static_cast<size_t>(buffer)]; }
  size_t bytes(Region region) const;  // needed of a region, all blocks together
  size_t total_bytes() const;         // needed of all regions together
  // What one block for all buffers would take. Known also where status is kOutOfMemory: this much would do.
  size_t buffer_bytes() const;
};

// Places every buffer: the ones with most traffic per byte first, each in the first block of fast memory that
// has room, then bulk. Queries and logits may share the gate's place, keys that of `up`, values that of xb2: they are
// never in use at once. Weights take what is left, when options.weights asks for it; where they are
// streamed and fast memory cannot hold all, they come before the kv cache and what is read once per text. Pure
// arithmetic; `model` must be open. plan.status: kNotReady, kInvalidArgument (option out of range; weights in place
// that are not in memory), kMismatch (context longer than the model's), kLimit (head_dim above kMaxI8HeadDim or context
// above kMaxI8Context with a kv cache of int8 or int4, head_dim below kMinI4HeadDim with one of int4; more than
// kMaxBlocks blocks of a region), kOutOfMemory (subject: the buffer, or role of a tensor that must be copied, that
// found no room; found: bytes left in the largest block; expected: bytes it needs).
Plan make_plan(const Model& model, const PlanOptions& options, const MemoryLayout& memory);

// Whether tensor `index` of the model's directory is copied as a whole under a plan made for this model.
bool is_resident(const Plan& plan, const Model& model, uint32_t index);

}  // namespace thimble

// The forward pass: tokens in, logits out, over memory that the caller lent.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "thimble/memory.h"
#include "thimble/model.h"
#include "thimble/plan.h"
#include "thimble/status.h"
#include "thimble/tokenizer.h"
#include "thimble/weight_reader.h"
#include "thimble/words.h"

namespace thimble {

class Network;  // src/engine/network.h

// Which positions of a forward() call need logits. The classifier is skipped for the others.
enum class LogitsOf : uint8_t { kNone, kLast, kAll };

// Receives logits block by block: rows first_row .. first_row + logits.size() - 1 of the token `index` within
// the forward() call. For one token the blocks come in row order without a gap, so that sampling, hashing and
// scoring can run with one block in memory; the span is valid during the call only.
struct LogitsSink {
  void (*rows)(void* context, uint32_t index, uint32_t first_row, std::span<const float> logits) = nullptr;
  void* context = nullptr;
};

// Asked by forward() after each sweep, with the tokens of the call that were read: false stops it. This is where a
// program feeds a watchdog, draws a bar, or finds that somebody wants it to stop.
struct SweepCheck {
  bool (*go_on)(void* context, size_t read, size_t total) = nullptr;
  void* context = nullptr;
};

// What was read of a model that is streamed since init(), tries that failed included.
struct StreamCounts {
  uint64_t reads = 0;
  uint64_t bytes = 0;
  uint64_t retries = 0;  // reads that were made again, since they failed or a checksum differed
  uint64_t sweeps = 0;   // of the weights, begun
};

// Buffers of the plan that belong to the text around the engine rather than to the forward pass.
struct SessionBuffers {
  std::span<uint32_t> tokens;  // [context + 1]
  std::span<std::byte> tokenizer_workspace;
  std::span<char> text;
};

// Views the model's image and the memory given to init(): both must outlive the engine. Two engines can run side
// by side over one image. Not copyable, since buffers belong to one engine.
class Engine {
 public:
  Engine() = default;
  Engine(const Engine&) = delete;
  Engine& operator=(const Engine&) = delete;

  // Lays the plan over the memory and validates the vocabulary, once; nothing is allocated, then or later. `reader`:
  // for a model that has no weights in memory, nor perhaps its vocabulary; `reader->context` must outlive the engine.
  // Errors: the plan's own status; those of Tokenizer::open, open_streamed, Lexicon::open and of the reader; kNotReady
  // (model not open, or no reader for its weights); kMismatch (plan made for another model); kOutOfMemory (a block is
  // smaller than planned, behind its first multiple of kBlockAlignment); kLimit (more blocks than a Memory holds);
  // kArithmetic (this machine's float arithmetic is not what docs/NUMERICS.md needs).
  Status init(const Model& model, const Plan& plan, const Memory& memory, const WeightReader* reader = nullptr);

  // Appends `tokens` at position() and runs them through the network, in sweeps of at most max_batch tokens.
  // The logits asked for go to `sink` (may be null with kNone). The bits do not depend on how tokens are split
  // over calls or sweeps. `check` may be null.
  // Errors: kNotReady, kBadToken (at: index), kContextFull; kCancelled (`check` stopped it before the last sweep);
  // those of a WeightReader; kCorrupt (weights that were streamed differ from their checksum). On an error nothing was
  // appended, though the sink may have seen logits: the same call may be made again.
  Status forward(std::span<const uint32_t> tokens, LogitsOf logits, const LogitsSink* sink,
                 const SweepCheck* check = nullptr);

  // The workers that forward() may use from now on; by default the calling thread alone. `parallel.context` must
  // outlive its use. The bits do not depend on the number of workers.
  // Errors: kNotReady; kInvalidArgument (more workers than PlanOptions::max_workers, or no way to run them).
  Status set_parallel(const Parallel& parallel);

  // Tokens in the kv cache: the position that the next token gets.
  uint32_t position() const { return position_; }
  // Forgets all positions from `position` on. Errors: kInvalidArgument when position > position().
  Status rewind(uint32_t position);

  // Changes with every init(), forward() and rewind(): equal values say that nobody has used the engine in between.
  uint32_t revision() const { return revision_; }

  bool ready() const { return network_ != nullptr; }
  uint32_t context() const { return plan_.options.context; }
  const Model& model() const { return model_; }
  const Tokenizer& tokenizer() const { return tokenizer_; }  // of the model; open once the engine is ready
  const Lexicon& lexicon() const { return lexicon_; }        // likewise; without words where the model may write any
  const Plan& plan() const { return plan_; }
  const SessionBuffers& session_buffers() const { return session_; }
  StreamCounts stream_counts() const;  // zeros when nothing is streamed

 private:
  void classify(uint32_t first, uint32_t count, uint32_t index, const LogitsSink& sink);

  Network* network_ = nullptr;  // lives in the memory given to init()
  Model model_;
  Tokenizer tokenizer_;
  Lexicon lexicon_;
  Plan plan_;
  SessionBuffers session_;
  uint32_t position_ = 0;
  uint32_t revision_ = 0;
};

// A 64-bit hash over the logits of a run, equal on every machine when (and, but for chance, only when) all bits
// are equal. Definition: docs/NUMERICS.md. Feed it from a sink; it takes blocks in the order the engine gives.
class LogitsHash {
 public:
  explicit LogitsHash(uint32_t vocab_size) : vocab_size_(vocab_size) {}

  // Same parameters as LogitsSink::rows. The last row of a position folds it into the run.
  void add(uint32_t index, uint32_t first_row, std::span<const float> logits);

  uint64_t value() const { return run_; }  // of all whole positions so far

 private:
  uint64_t run_ = kStart;
  uint64_t position_[kMaxBatch] = {};  // by index % kMaxBatch: a sweep never holds two of the same
  uint32_t vocab_size_;
  static constexpr uint64_t kStart = 0xcbf29ce484222325u;  // offset basis of FNV-1a, 64 bits
};

}  // namespace thimble

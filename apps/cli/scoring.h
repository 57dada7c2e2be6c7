// How well a model foresees a text: nats per token, and how far two models are apart.
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "thimble/engine.h"
#include "thimble/tokenizer.h"

namespace thimble::cli {

// Logits of one call of Engine::forward with LogitsOf::kAll, reduced in double as the blocks come in.
class BatchScores {
 public:
  // `keep_logits`: logits() is wanted too.
  BatchScores(uint32_t vocab_size, bool keep_logits);

  // `targets`: the token that follows each token of the call, at most kMaxBatch of them. `hash` may be null.
  void begin(std::span<const uint32_t> targets, LogitsHash* hash);
  LogitsSink sink() { return {&BatchScores::on_rows, this}; }

  double log_sum(size_t index) const { return positions_[index].log_sum(); }  // log of the sum of exp(logit)
  double nats(size_t index) const { return log_sum(index) - positions_[index].target_logit; }
  std::span<const float> logits(size_t index) const { return logits_[index]; }

 private:
  struct Position {
    double max = 0;  // of the logits so far
    double sum = 0;  // of exp(logit - max)
    double target_logit = 0;
    uint32_t target = 0;
    void add(float logit);
    double log_sum() const;
  };
  static void on_rows(void* self, uint32_t index, uint32_t first_row, std::span<const float> logits);

  std::array<Position, kMaxBatch> positions_;
  std::array<std::vector<float>, kMaxBatch> logits_;
  LogitsHash* hash_ = nullptr;
  bool keep_logits_;
};

struct Divergence {
  double nats = 0;        // KL(reference || model)
  bool same_top = false;  // both rank the same token first
};
Divergence compare(const BatchScores& model, const BatchScores& reference, size_t index);

// The token sequences to score, none longer than `context`. A text with lines "<|endoftext|>" is cut there: each
// story is stripped and begins with BOS, and what is longer than the context is left out. A text without becomes
// windows, each one BOS and as much text as fits. Throws Failure.
std::vector<std::vector<uint32_t>> sequences_of(std::string_view text, const Tokenizer& tokenizer, uint32_t context,
                                                uint64_t limit);

}  // namespace thimble::cli

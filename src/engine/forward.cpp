// The token loop: checks what the caller asks for, cuts it into sweeps, and hands out logits block by block.

#include "base/fp_environment.h"
#include "engine/network.h"
#include "thimble/engine.h"

namespace thimble {

Status Engine::forward(std::span<const uint32_t> tokens, LogitsOf logits, const LogitsSink* sink,
                       const SweepCheck* check) {
  if (!ready()) return Status::error(Code::kNotReady, "engine");
  if (logits != LogitsOf::kNone && (sink == nullptr || sink->rows == nullptr)) {
    return Status::error(Code::kInvalidArgument, "logits sink");
  }
  if (tokens.size() > context() - position_) {
    return Status::error(Code::kContextFull, "tokens").above(position_ + tokens.size(), context());
  }
  for (size_t i = 0; i < tokens.size(); ++i) {
    if (tokens[i] < plan_.config.vocab_size) continue;
    return Status::error(Code::kBadToken, "token").at(i).above(tokens[i], plan_.config.vocab_size - 1);
  }
  const FpEnvironment environment;
  const size_t max_batch = plan_.options.max_batch;
  const uint32_t start = position_;
  ++revision_;
  for (size_t done = 0; done < tokens.size();) {
    const size_t left = tokens.size() - done;
    const auto batch = tokens.subspan(done, left < max_batch ? left : max_batch);
    const auto count = static_cast<uint32_t>(batch.size());
    const auto index = static_cast<uint32_t>(done);
    const bool last_logits = logits == LogitsOf::kLast && count == left;
    Status status = network_->run_sweep(batch, position_, logits == LogitsOf::kAll || last_logits);
    position_ += count;
    done += count;
    if (status.ok()) {
      if (logits == LogitsOf::kAll) classify(0, count, index, *sink);
      if (last_logits) classify(count - 1, 1, index + count - 1, *sink);
      if (network_->failed()) status = network_->failure();
    }
    if (status.ok()) {
      const bool go_on = check == nullptr || check->go_on(check->context, done, tokens.size());
      if (!go_on && done < tokens.size()) status = Status::error(Code::kCancelled, "prompt");
    }
    if (status.ok()) continue;
    position_ = start;  // what was computed behind it will be computed again
    return status;
  }
  return {};
}

// Logits of `count` tokens of the last sweep from `first` on, block by block, up to one whose weights did not come;
// `index` is the first one's place in the forward() call. A single token has the whole buffer: fewer calls of workers.
void Engine::classify(uint32_t first, uint32_t count, uint32_t index, const LogitsSink& sink) {
  const uint32_t vocab_size = plan_.config.vocab_size;
  const uint32_t block_rows = plan_.logits_rows * (count == 1 ? plan_.options.max_batch : 1);
  network_->begin_logits(first, count);
  for (uint32_t row = 0; row < vocab_size; row += block_rows) {
    const uint32_t rows = vocab_size - row < block_rows ? vocab_size - row : block_rows;
    const float* logits = network_->logits(row, rows, count);
    if (network_->failed()) return;
    for (uint32_t i = 0; i < count; ++i) {
      sink.rows(sink.context, index + i, row, {logits + size_t{i} * block_rows, rows});
    }
  }
}

}  // namespace thimble

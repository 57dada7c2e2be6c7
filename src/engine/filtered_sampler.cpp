// What a sampler does for the word guard: linked with THIMBLE_WORD_GUARD alone.

#include <algorithm>

#include "thimble/sampler.h"
#include "thimble/tokenizer.h"

namespace thimble {

void Sampler::set_filter(const TokenFilter& filter) {
  filter_ = filter;
  prepare();
}

void Sampler::forget_added() {
  uint32_t kept = 0;
  for (uint32_t i = 0; i < bias_count_; ++i) {
    if ((added_ >> i & 1) == 0) biases_[kept++] = biases_[i];
  }
  bias_count_ = kept;
  added_ = 0;
}

void Sampler::add_bias(std::span<const uint32_t> tokens, float bias) {
  for (const uint32_t token : tokens) {
    uint32_t at = 0;
    while (at < bias_count_ && biases_[at].token < token) ++at;
    if (bias_count_ == kMaxLogitBias || (at < bias_count_ && biases_[at].token == token)) continue;
    for (uint32_t i = bias_count_++; i > at; --i) biases_[i] = biases_[i - 1];
    biases_[at] = {token, bias};
    const uint64_t below = (uint64_t{1} << at) - 1;
    added_ = (added_ & below) | (added_ & ~below) << 1 | uint64_t{1} << at;
  }
}

// Of the candidates those that may be chosen; where none may, the best one behind them that may, of those held. Where
// none may there, either, all stay, and it returns false.
bool Sampler::keep_allowed() {
  uint32_t kept = 0;
  uint32_t least = 1;
  for (uint32_t i = 0; i < held_ && (i < candidate_count_ || kept == 0); ++i) {
    rank(i + 1);
    if (filter_.allows(filter_.context, candidates_[i].token)) candidates_[kept++] = candidates_[i];
    if (i < least_count_) least = std::max<uint32_t>(kept, 1);
  }
  if (kept == 0) return false;
  candidate_count_ = kept;
  least_count_ = least;
  return true;
}

}  // namespace thimble

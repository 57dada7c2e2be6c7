#include <bit>

#include "base/math.h"
#include "thimble/engine.h"

namespace thimble {
namespace {

constexpr uint64_t kPrime = 0x100000001b3;  // FNV-1a, 64 bits

}  // namespace

void LogitsHash::add(uint32_t index, uint32_t first_row, std::span<const float> logits) {
  uint64_t& hash = position_[index % kMaxBatch];
  if (first_row == 0) hash = kStart;
  for (const float logit : logits) hash = (hash ^ std::bit_cast<uint32_t>(canonical_nan(logit))) * kPrime;
  if (first_row + logits.size() == vocab_size_) run_ = (run_ ^ hash) * kPrime;
}

}  // namespace thimble

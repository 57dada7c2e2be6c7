#include "firmware/storyteller/engine_memory.h"

#include <algorithm>

namespace thimble::storyteller {
namespace {

// A guard is as long as the alignment, so that what lies between two stays aligned.
constexpr size_t kGuardBytes = kBlockAlignment;
constexpr std::byte kGuard{0xa5};

std::span<std::byte> inside(std::span<std::byte> whole) {
  return whole.subspan(kGuardBytes, (whole.size() / kBlockAlignment - 2) * kBlockAlignment);
}

bool is_guard(std::span<const std::byte> bytes) {
  return std::all_of(bytes.begin(), bytes.end(), [](std::byte b) { return b == kGuard; });
}

}  // namespace

void EngineMemory::add(const port::MemoryPiece& piece) {
  if (count_ == pieces_.size() || piece.bytes.size() <= 3 * kGuardBytes) return;
  pieces_[count_++] = {piece.region, piece.bytes, inside(piece.bytes), inside(piece.bytes)};
  std::fill_n(piece.bytes.begin(), kGuardBytes, kGuard);
  std::fill_n(piece.bytes.rbegin(), kGuardBytes, kGuard);
}

std::span<std::byte> EngineMemory::take(size_t bytes) {
  const size_t rounded = (bytes + kBlockAlignment - 1) / kBlockAlignment * kBlockAlignment;
  Piece* best = nullptr;
  for (Piece& piece : all()) {
    if (piece.free.size() < rounded) continue;
    const bool kinder = best == nullptr || piece.region > best->region;
    const bool tighter = best != nullptr && piece.region == best->region && piece.free.size() < best->free.size();
    if (kinder || tighter) best = &piece;
  }
  if (best == nullptr) return {};
  const auto taken = best->free.last(rounded);
  best->free = best->free.first(best->free.size() - rounded);
  return taken.first(bytes);
}

std::span<std::byte> EngineMemory::keep(size_t bytes) {
  const auto kept = take(bytes);
  for (Piece& piece : all()) piece.lent = piece.free;
  return kept;
}

void EngineMemory::release() {
  for (Piece& piece : all()) piece.free = piece.lent;
}

bool EngineMemory::lends(const Piece& piece, bool as_one) const {
  if (piece.free.empty()) return false;
  const auto goes_first = [&](const Piece& other) {
    return other.free.size() > piece.free.size() || (other.free.size() == piece.free.size() && &other < &piece);
  };
  return !as_one || std::count_if(all().begin(), all().end(), goes_first) < static_cast<std::ptrdiff_t>(kMaxBlocks);
}

Memory EngineMemory::memory(bool as_one) const {
  Memory memory;
  for (const Piece& piece : all()) {  // fast ones first, as the port gives them
    if (lends(piece, as_one)) memory.add(as_one ? Region::kFast : piece.region, piece.free);
  }
  return memory;
}

bool EngineMemory::guards_intact() const {
  const auto intact = [](const Piece& piece) {
    return is_guard(piece.whole.first(kGuardBytes)) && is_guard(piece.whole.last(kGuardBytes));
  };
  return std::all_of(all().begin(), all().end(), intact);
}

size_t EngineMemory::used(const Plan& plan, bool as_one, Region region) const {
  std::array<size_t, kRegionCount> block{};  // counted as memory() adds them
  size_t sum = 0;
  for (const Piece& piece : all()) {
    const auto counted = static_cast<size_t>(as_one ? Region::kFast : piece.region);
    const size_t planned = lends(piece, as_one) ? plan.block_bytes[counted][block[counted]++] : 0;
    const size_t taken = piece.lent.size() - piece.free.size();
    if (piece.region == region) sum += taken + planned;
  }
  return sum;
}

size_t EngineMemory::bytes(Region region) const {
  size_t sum = 0;
  for (const Piece& piece : all()) sum += piece.region == region ? piece.lent.size() : 0;
  return sum;
}

size_t EngineMemory::free_bytes() const {
  size_t sum = 0;
  for (const Piece& piece : all()) sum += piece.free.size();
  return sum;
}

size_t EngineMemory::largest_free() const {
  size_t largest = 0;
  for (const Piece& piece : all()) largest = std::max(largest, piece.free.size());
  return largest;
}

}  // namespace thimble::storyteller

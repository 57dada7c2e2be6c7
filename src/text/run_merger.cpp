// Strategy. A run is a row of symbols, at first its characters. Of all neighbours whose concatenation is a piece, the
// best-scored pair merges, the leftmost of equals, until none is left. Looking for that pair anew each time would be
// quadratic in the run; a heap of candidates needs room for stale ones. A winner tree does neither: leaf k is the pair
// that begins at byte k, each node names the better of its two children, the root is the pair to merge, and a merge
// replays the paths of the three pairs that it changes: n log n at worst, and all memory is known beforehand.
//
// Memory. A symbol is named by its first byte, so positions need no table; the bytes inside it have leaves without a
// pair. Its length stands at its first byte and again at its last, so that the symbol in front is found from there
// (Knuth's boundary tags) and no list links are kept. 15 bytes per byte of the run: text 1, length 2, and a slot of 12
// that serves the pair, the tree node and, in the second byte of a merged symbol, which has no pair, the symbol's id.

#include "text/run_merger.h"

#include <limits>

namespace thimble {
namespace {

constexpr float kNoPair = -std::numeric_limits<float>::infinity();  // scores are finite
constexpr size_t kMaxRunBytes = size_t{1} << 30;                    // tree nodes are numbered in 32 bits, leaves behind
constexpr uint32_t kMergeable = type_bit(PieceType::kNormal);

}  // namespace

// A symbol's length is kept in 16 bits.
static_assert(vocab::kMaxPieceBytes <= std::numeric_limits<uint16_t>::max());

RunMerger::RunMerger(const PieceIndex& index, std::span<std::byte> workspace)
    : index_(index), capacity_(workspace.size() / kBytesPerByte) {
  if (capacity_ > kMaxRunBytes) capacity_ = kMaxRunBytes;
  slots_ = reinterpret_cast<Slot*>(workspace.data());
  lengths_ = reinterpret_cast<uint16_t*>(workspace.data() + capacity_ * sizeof(Slot));
  text_ = reinterpret_cast<char*>(workspace.data() + capacity_ * (sizeof(Slot) + sizeof(uint16_t)));
}

bool RunMerger::append(std::string_view character) {
  if (character.size() > capacity_ - size_) return false;
  const auto at = static_cast<uint32_t>(size_);
  for (const char c : character) {
    slots_[size_] = {kNoToken, kNoPair, 0};
    text_[size_++] = c;
  }
  set_length(at, character.size());
  return true;
}

void RunMerger::merge() {
  if (size_ < 2) return;
  for (size_t at = 0; at < size_; at += lengths_[at]) find_pair(static_cast<uint32_t>(at));
  build();
  for (uint32_t best = node(1); slots_[best].score != kNoPair; best = node(1)) join(best);
}

uint32_t RunMerger::id(size_t at) const {
  if (lengths_[at] > 1 && slots_[at + 1].id != kNoToken) return slots_[at + 1].id;
  const std::byte* record = index_.find(symbol(at), kMergeable);
  return record == nullptr ? kNoToken : read_record(record).id;
}

void RunMerger::set_length(uint32_t at, size_t length) {
  lengths_[at] = static_cast<uint16_t>(length);
  lengths_[at + length - 1] = static_cast<uint16_t>(length);
}

void RunMerger::find_pair(uint32_t at) {
  slots_[at].score = kNoPair;
  const size_t next = size_t{at} + lengths_[at];
  if (next >= size_) return;
  const std::byte* record = index_.find({text_ + at, size_t{lengths_[at]} + lengths_[next]}, kMergeable);
  if (record == nullptr) return;
  slots_[at].id = load_u32(record + vocab::kRecordIdAt);
  slots_[at].score = load_f32(record + vocab::kRecordScoreAt);
}

uint32_t RunMerger::better(uint32_t a, uint32_t b) const {
  if (slots_[a].score != slots_[b].score) return slots_[a].score > slots_[b].score ? a : b;
  return a < b ? a : b;
}

// Node k < size_ has children 2k and 2k + 1; node size_ + k is leaf k; the root is node 1.
void RunMerger::build() {
  for (auto k = static_cast<uint32_t>(size_ - 1); k > 0; --k) slots_[k].winner = better(node(2 * k), node(2 * k + 1));
}

// The pair at `at` has another score: replays the matches on its way to the root.
void RunMerger::update(uint32_t at) {
  for (uint32_t k = (static_cast<uint32_t>(size_) + at) / 2; k > 0; k /= 2) {
    const uint32_t winner = better(node(2 * k), node(2 * k + 1));
    // A match that `at` neither won before nor wins now leaves the rest of the way as it was.
    if (winner == slots_[k].winner && winner != at) return;
    slots_[k].winner = winner;
  }
}

void RunMerger::rescore(uint32_t at) {
  const float before = slots_[at].score;
  find_pair(at);
  if (slots_[at].score != before) update(at);
}

// The symbol at `at` takes in the next one.
void RunMerger::join(uint32_t at) {
  const uint32_t gone = at + lengths_[at];
  const uint32_t piece = slots_[at].id;
  set_length(at, size_t{lengths_[at]} + lengths_[gone]);
  if (slots_[gone].score != kNoPair) {
    slots_[gone].score = kNoPair;
    update(gone);
  }
  slots_[at + 1].id = piece;
  rescore(at);
  if (at > 0) rescore(at - lengths_[at - 1]);
}

}  // namespace thimble

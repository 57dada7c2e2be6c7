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
//
// Unused pieces (vocab::kMergeUnused) merge, and fall apart into the two symbols that made them when ids are taken. So
// a merged symbol remembers, beside its id, how long its left part was. What the left part itself remembered stood in
// the same place, and moves to the first byte of the right part, which has no pair any more.

#include "text/run_merger.h"

#include <limits>

#include "text/byte_level/byte_level.h"

namespace thimble {
namespace {

constexpr float kNoPair = -std::numeric_limits<float>::infinity();  // scores are finite
constexpr size_t kMaxRunBytes = size_t{1} << 30;                    // tree nodes are numbered in 32 bits, leaves behind

// A merged symbol in 32 bits: its id, the length of its left part, and whether the piece is unused. Never kNoToken,
// which says that the symbol is a character.
constexpr uint32_t kIdBits = 20;
constexpr uint32_t kIdMask = (1u << kIdBits) - 1;
constexpr uint32_t kLeftBits = 10;
constexpr uint32_t kUnusedShift = 31;
static_assert(vocab::kMaxPieces <= 1u << kIdBits && vocab::kMaxPieceBytes <= 1u << kLeftBits);
static_assert(kIdBits + kLeftBits < kUnusedShift);

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

uint32_t RunMerger::take_id(uint32_t at) {
  while (lengths_[at] > 1 && slots_[at + 1].id != kNoToken) {
    const uint32_t merged = slots_[at + 1].id;
    if (merged >> kUnusedShift == 0) return merged & kIdMask;
    split(at);
  }
  const std::byte* record = index_.find(symbol(at), type_bit(PieceType::kNormal));
  return record == nullptr ? kNoToken : load_u32(record + vocab::kRecordIdAt);
}

void RunMerger::set_length(uint32_t at, size_t length) {
  lengths_[at] = static_cast<uint16_t>(length);
  lengths_[at + length - 1] = static_cast<uint16_t>(length);
}

void RunMerger::find_pair(uint32_t at) {
  slots_[at].score = kNoPair;
  const size_t next = size_t{at} + lengths_[at];
  if (next >= size_) return;
  const std::byte* record = index_.find({text_ + at, size_t{lengths_[at]} + lengths_[next]}, kMergeableTypes);
  if (record == nullptr) return;
  if constexpr (byte_level::kLinked) {
    const auto left = static_cast<uint8_t>(record[vocab::kRecordLeftAt]);
    if (left != vocab::kAnyLeft && left != lengths_[at]) return;
  }
  const bool unused = static_cast<PieceType>(record[vocab::kRecordTypeAt]) == PieceType::kUnused;
  slots_[at].id = load_u32(record + vocab::kRecordIdAt) | static_cast<uint32_t>(unused) << kUnusedShift;
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
  const uint32_t left = lengths_[at];
  const uint32_t gone = at + left;
  const uint32_t piece = slots_[at].id | left << kIdBits;
  set_length(at, size_t{left} + lengths_[gone]);
  if (slots_[gone].score != kNoPair) {
    slots_[gone].score = kNoPair;
    update(gone);
  }
  slots_[gone].id = slots_[at + 1].id;
  slots_[at + 1].id = piece;
  rescore(at);
  if (at > 0) rescore(at - lengths_[at - 1]);
}

// Undoes the join that made the symbol at `at`.
void RunMerger::split(uint32_t at) {
  const uint32_t left = slots_[at + 1].id >> kIdBits & ((1u << kLeftBits) - 1);
  const uint32_t right = lengths_[at] - left;
  slots_[at + 1].id = slots_[at + left].id;
  set_length(at, left);
  set_length(at + left, right);
}

}  // namespace thimble

// Byte-pair encoding of one run of text in the caller's workspace.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

#include "text/piece_index.h"

namespace thimble {

// append() the run's characters, merge(), then walk the symbols while at < size(): take_id(at); at +=
// symbol(at).size(). Keeps pointers into the workspace, which must be aligned to 4 bytes.
class RunMerger {
 public:
  static constexpr size_t workspace_bytes(size_t run_bytes) { return run_bytes * kBytesPerByte; }

  RunMerger(const PieceIndex& index, std::span<std::byte> workspace);

  size_t size() const { return size_; }  // bytes of the run
  size_t capacity() const { return capacity_; }
  std::string_view text() const { return {text_, size_}; }
  char last() const { return text_[size_ - 1]; }  // size() > 0
  void clear() { size_ = 0; }

  // Adds a character of 1..4 bytes as one symbol. False: no room.
  [[nodiscard]] bool append(std::string_view character);
  // Merges neighbours until none form a piece.
  void merge();

  std::string_view symbol(size_t at) const { return {text_ + at, lengths_[at]}; }
  // The id of the symbol at `at`, which is taken apart first where its piece is unused. kNoToken: a character without a
  // piece.
  uint32_t take_id(uint32_t at);

 private:
  struct Slot {
    uint32_t id;      // first byte of a symbol: piece of its pair; second byte: its own piece and left part once merged
    float score;      // of that pair; kNoPair where there is none
    uint32_t winner;  // of the winner tree's node with this slot's index
  };
  static constexpr size_t kBytesPerByte = sizeof(Slot) + sizeof(uint16_t) + 1;

  void set_length(uint32_t at, size_t length);
  void find_pair(uint32_t at);
  uint32_t node(uint32_t k) const { return k < size_ ? slots_[k].winner : k - static_cast<uint32_t>(size_); }
  uint32_t better(uint32_t a, uint32_t b) const;
  void build();
  void update(uint32_t at);
  void rescore(uint32_t at);
  void join(uint32_t at);
  void split(uint32_t at);

  PieceIndex index_;
  Slot* slots_;        // [capacity]
  uint16_t* lengths_;  // [capacity]
  char* text_;         // [capacity]
  size_t capacity_;
  size_t size_ = 0;
};

}  // namespace thimble

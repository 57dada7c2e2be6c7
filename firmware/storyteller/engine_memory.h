// The memory that the engine gets: the port's pieces, with guard words at both ends.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

#include "ports/port.h"
#include "thimble/memory.h"
#include "thimble/plan.h"

namespace thimble::storyteller {

class EngineMemory {
 public:
  // Takes a piece over and writes its guards. A piece that is smaller than they are is left alone.
  void add(const port::MemoryPiece& piece);

  // Some bytes for as long as no other model is opened, on a multiple of kBlockAlignment: from bulk memory where there
  // is room, and from the piece that they fill best. Empty: none is large enough.
  std::span<std::byte> take(size_t bytes);
  // Everything taken is free again.
  void release();

  // Some bytes for good, likewise; before anything else is taken.
  std::span<std::byte> keep(size_t bytes);

  // What is free, for an engine. `as_one`: bulk memory counts as fast memory, behind all that is, so that weights go
  // there, too; at most kMaxBlocks pieces then, the largest ones.
  Memory memory(bool as_one) const;

  // Bytes of a region's pieces that a plan for memory(as_one) uses, and what take() gave.
  size_t used(const Plan& plan, bool as_one, Region region) const;

  bool guards_intact() const;

  size_t pieces() const { return count_; }
  size_t bytes(Region region) const;  // without guards and what was kept, taken or not
  size_t free_bytes() const;
  size_t largest_free() const;  // in one piece

 private:
  struct Piece {
    Region region = Region::kFast;
    std::span<std::byte> whole;  // guards included
    std::span<std::byte> lent;   // without them, and without what was kept
    std::span<std::byte> free;
  };
  // Whether memory(as_one) lends a piece.
  bool lends(const Piece& piece, bool as_one) const;

  std::span<const Piece> all() const { return std::span(pieces_).first(count_); }
  std::span<Piece> all() { return std::span(pieces_).first(count_); }

  std::array<Piece, kRegionCount * kMaxBlocks> pieces_;
  size_t count_ = 0;
};

}  // namespace thimble::storyteller

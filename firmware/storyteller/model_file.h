// A model's file on a card, as an engine reads it piece by piece: with figures of what it waited for, and with patience
// for a card that was taken out.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

#include "ports/port.h"
#include "thimble/model.h"
#include "thimble/weight_reader.h"

namespace thimble::storyteller {

// What reading cost. Ticks are those of port::ticks().
struct ReadFigures {
  uint64_t bytes = 0;
  uint64_t reads = 0;
  uint64_t waited_ticks = 0;  // the program stood still for them; the rest went on while it computed
  uint64_t stalls = 0;        // waits of more than a tenth of a second: a card that is busy with itself
  uint64_t failures = 0;      // reads that were made again
};

// Asked when a read has failed: waits a moment, and says whether to try again. `tries`: those that failed so far.
struct Patience {
  bool (*try_again)(void* context, uint32_t tries) = nullptr;  // null: never
  void* context = nullptr;
};

// One file at a time is open. Not copyable, since an engine keeps a pointer to it.
class ModelFile {
 public:
  ModelFile() = default;
  ModelFile(const ModelFile&) = delete;
  ModelFile& operator=(const ModelFile&) = delete;
  ~ModelFile() { close(); }

  // Errors: those of port::open_storage().
  Status open(const char* path);
  void close();
  bool is_open() const { return storage_.handle != -1; }
  uint64_t bytes() const { return storage_.bytes; }

  // Fills `out` with the bytes from `offset` on, yielding as it goes. Errors: those of a read; kTruncated (subject
  // "file": it ends before).
  Status read(uint64_t offset, std::span<std::byte> out);

  // For Engine::init. Valid while this is in place.
  const WeightReader& reader() const { return reader_; }

  // From now on, until it ends. Without it, as after open(), a failed read is an error at once.
  void set_patience(const Patience& patience) { patience_ = patience; }

  // All of them, since it was opened: what reset_figures() leaves.
  uint64_t waited_ticks() const { return waited_ticks_ + figures_.waited_ticks; }

  const ReadFigures& figures() const { return figures_; }  // since the last reset
  void reset_figures() {
    waited_ticks_ = waited_ticks();
    figures_ = {};
  }

 private:
  struct Piece {
    uint64_t offset = 0;
    std::span<std::byte> out;
    port::Read under_way;
  };

  Status begin(Piece* piece, uint64_t offset, std::span<std::byte> out);
  Status wait(Piece* piece);
  Status wait_once(Piece* piece);

  port::Storage storage_;
  std::array<Piece, 2> pieces_;  // by the reader's slot
  WeightReader reader_;
  Patience patience_;
  ReadFigures figures_;
  uint64_t waited_ticks_ = 0;  // before these
};

// "read 61440 bytes in 4 reads, ...", for the log; `ticks` is the time that the whole took.
void log_reading(const ReadFigures& figures, uint64_t ticks);

}  // namespace thimble::storyteller

// A board in memory, for tests of firmware/storyteller: it implements ports/port.h and ports/board.h with its own
// clock, input that comes when the test says, storage that fails when told to, and a watchdog.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <limits>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "ports/board.h"
#include "ports/port.h"
#include "tests/firmware/fake_flash.h"
#include "tools/convert/convert.h"

namespace thimble::testing {

// Something that a user does.
struct Deed {
  enum class Kind { kLine, kInterrupt, kButton };
  Kind kind = Kind::kLine;
  std::string line;
  // When: once the program waits for input, or after so many yields since the deed before.
  static constexpr uint64_t kWhenIdle = std::numeric_limits<uint64_t>::max();
  uint64_t after_yields = kWhenIdle;
};

class FakeBoard {
 public:
  // The functions of the two headers act on the board that was made last; one at a time.
  FakeBoard();
  ~FakeBoard();
  FakeBoard(const FakeBoard&) = delete;
  FakeBoard& operator=(const FakeBoard&) = delete;

  // --- what it is; before the storyteller is made ---
  port::BoardFacts facts;
  void add_memory(Region region, size_t bytes);
  std::span<std::byte> memory(size_t index) { return pieces[index].bytes; }
  std::map<std::string, std::vector<std::byte>> files;
  Status card_status;  // of find_files(); kNotReady: there is no slot
  Partitions partitions;
  FakeFlash flash{partitions};
  uint64_t stage_milliseconds = 1;  // of fake time, for each stage that the cores share

  // --- faults ---
  uint64_t reads_until_failure = std::numeric_limits<uint64_t>::max();  // the reads before the first that fails
  uint64_t failing_reads = std::numeric_limits<uint64_t>::max();        // and how many fail
  uint32_t* stuck_word = nullptr;                                       // forgets what is written to it
  bool heap_sound = true;
  uint64_t button_down_until = 0;  // in milliseconds, from power-on

  // --- what is done to it ---
  std::deque<Deed> deeds;
  void type(std::string typed) { deeds.push_back({Deed::Kind::kLine, std::move(typed)}); }
  void type_after(uint64_t after, std::string typed) { deeds.push_back({Deed::Kind::kLine, std::move(typed), after}); }
  void interrupt_after(uint64_t after) { deeds.push_back({Deed::Kind::kInterrupt, {}, after}); }
  void press(uint64_t after = Deed::kWhenIdle) { deeds.push_back({Deed::Kind::kButton, {}, after}); }

  // --- what came of it ---
  std::string text;  // write_text(), and echo_line()
  std::string log;   // log_line(), with newlines
  uint64_t yields = 0;
  uint64_t longest_hunger_milliseconds = 0;  // of the watchdog
  uint32_t open_files = 0;

  // --- for the functions of the headers ---
  // Whether the next deed is of this kind and due; takes it then.
  bool take(Deed::Kind kind, Deed* deed);
  std::vector<tools::ImageBytes> blocks;
  std::vector<port::MemoryPiece> pieces;
  bool memory_given = false;
  uint64_t now = 1000;       // milliseconds
  uint64_t fed = 1000;       // the watchdog
  uint64_t deed_yields = 0;  // `yields` at the last deed
  bool waits = false;        // the program has nothing to do
  std::string given;         // by read_line()
};

}  // namespace thimble::testing

// How long a processor takes for a piece of work: the whole of the cost model, which knows nothing of Thimble. It
// predicts the engines of others with the same rules (tests/unit/published_systems_test.cpp).
//
// A core of these chips does nothing while it waits for a cache line. So the time of a core is its cycles plus the time
// in which its bytes arrive at the rate that one core reaches; n cores that share a piece of work take an n-th of the
// sum, unless the bus that they share is slower. A card is read while the piece before is checked and multiplied.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <vector>

namespace thimble::tools {

// Where bytes come from.
enum class Medium : uint8_t {
  kFast,   // internal SRAM: as fast as the core, whose cycles have the loads in them
  kBulk,   // PSRAM, through the cache
  kFlash,  // mapped flash, through the cache
  kCard,   // read in pieces, while computing goes on
};
inline constexpr size_t kMediumCount = 4;
const char* medium_name(Medium medium);  // "fast"; static storage

// Bytes a second, in order. 0: there is no such memory.
struct Rate {
  double one_core = 0;
  double all_cores = 0;
};

struct Machine {
  uint32_t cores = 1;
  double hz = 0;
  double join_seconds = 0;  // to hand a piece of work to the other cores, and to wait for them
  double check_cycles = 0;  // that one core takes to make sure of a byte of a card
  std::array<Rate, kMediumCount> rates{};

  const Rate& rate(Medium medium) const { return rates[static_cast<size_t>(medium)]; }
};

// A part of what a token takes.
struct Work {
  std::string stage;    // parts of the same name are added up
  double cycles = 0;    // of instructions, on all cores together
  bool shared = false;  // between the cores
  double joins = 0;     // times that the cores meet, when shared
  Medium medium = Medium::kFast;
  double bytes = 0;       // that have to come from there
  bool in_turns = false;  // of a card: read while the stage's other rows are multiplied, which lie in between
};

// Seconds.
struct Time {
  double compute = 0;
  double memory = 0;   // waiting for PSRAM and flash
  double storage = 0;  // waiting for a card
  double barriers = 0;

  double total() const { return compute + memory + storage + barriers; }
  Time& operator+=(const Time& other);
};

Time time_of(const Machine& machine, const Work& work);

struct StageTime {
  std::string stage;
  double bytes = 0;  // from outside of fast memory
  Time time;
};

// By stage, in the order in which stages appear first.
std::vector<StageTime> times_of(const Machine& machine, const std::vector<Work>& works);
Time total_of(const std::vector<StageTime>& stages);

}  // namespace thimble::tools

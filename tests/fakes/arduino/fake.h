// The board behind the fakes of tests/fakes/arduino: what it has, what goes wrong on it, and what the library did with
// it. The fakes themselves end the program where a call breaks what the documents of ESP-IDF 5.5 ask for.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace fake {

struct Partition {
  std::string label;
  uint32_t address = 0;
  std::vector<uint8_t> bytes;
};

struct Board {
  // Free memory in pieces, largest or not.
  std::vector<size_t> internal = {270 * 1024, 48 * 1024};
  std::vector<size_t> psram = {};
  bool realloc_moves = false;  // as under heap poisoning
  std::vector<Partition> partitions = {};
  bool mapping_fails = false;
  bool file_system = true;        // FFat starts
  std::string ffat = "/nowhere";  // the folder that /ffat is
  bool card_answers = true;       // SD_MMC and SD start
  std::string card = "/nowhere";  // the folder that /sdcard and /sd are
  bool tasks_fail = false;
  bool loop_watched = false;          // enableLoopWDT()
  int64_t time_per_call = 1000;       // microseconds that pass when somebody asks for the time
  std::vector<uint32_t> random = {};  // what esp_random() says next; then 0
};

// A board of that kind, with nothing on it, in use by nobody. What the one before still held is reported as a leak.
void plug_in(const Board& board);

struct Uses {
  size_t allocations = 0;  // since plug_in(), as all of these
  size_t blocks = 0;       // held now
  size_t internal = 0;     // bytes held now
  size_t psram = 0;
  size_t mappings = 0;  // held now
  size_t tasks = 0;     // running now
  size_t watchdog_resets = 0;
  int64_t longest_awake = 0;  // microseconds without vTaskDelay() or delay()
};
Uses uses();

// The card goes away, or is back.
void pull_card(bool away);

std::string printed();  // by Serial, since the last call
void let_pass(int64_t microseconds);

}  // namespace fake

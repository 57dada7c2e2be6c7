// What the tests of the storyteller share: boards of some size, and a run of the program on one.
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "firmware/storyteller/storyteller.h"
#include "tests/firmware/storyteller_board.h"
#include "thimble/thimble.hpp"

namespace thimble::testing {

// The model that ships, as the program holds it.
std::span<const std::byte> shipped_model();

// An ESP32-S3 without Wi-Fi: two pieces of fast memory, and 8 MB of PSRAM or none.
void make_usual(FakeBoard* board, bool psram = true);

// The storyteller over the board, from power-on until the last deed is done.
class PowerOn {
 public:
  explicit PowerOn(FakeBoard* board, const storyteller::Options& options = with_shipped_model());
  ~PowerOn();

  static storyteller::Options with_shipped_model();

  // Power-on and the first story.
  PowerOn& start();
  // All that the board's user does, and its answers. Fails where they would never be done.
  PowerOn& serve();

  storyteller::Storyteller& storyteller() { return *storyteller_; }

 private:
  FakeBoard& board_;
  std::unique_ptr<storyteller::Storyteller> storyteller_;
};

struct Told {
  std::string text;
  uint64_t hash = 0;
};
// What another engine tells, in memory without limit: prompt and story.
Told tell_elsewhere(std::span<const std::byte> image, const std::string& prompt, uint64_t seed, float temperature = -1);

bool contains(const std::string& text, const std::string& part);
size_t count(const std::string& text, const std::string& part);

}  // namespace thimble::testing

// A card in memory, for tests of firmware/update: it implements ports/file_writer.h, and is pulled, loses power, or
// fails, at the step that a test names. After that nothing has an effect any more, until the test says so.
#pragma once

#include <cstddef>
#include <cstdint>
#include <limits>
#include <map>
#include <string>
#include <vector>

#include "thimble/status.h"

namespace thimble::testing {

using CardFiles = std::map<std::string, std::vector<std::byte>>;

class FakeCard {
 public:
  // The functions of the header act on the one that was made last; one at a time. `files` may be those of a board.
  explicit FakeCard(CardFiles& files);
  ~FakeCard();
  FakeCard(const FakeCard&) = delete;
  FakeCard& operator=(const FakeCard&) = delete;

  static constexpr uint64_t kNever = std::numeric_limits<uint64_t>::max();

  // Steps are what changes the card: making a file, each sector that is written, its end, its removal.
  uint64_t steps = 0;
  uint64_t cut_at = kNever;   // the power, or the card, goes in front of this step; sectors are written or not
  uint64_t fail_at = kNever;  // this step has no effect, and fails; the card is lost to the file that is written
  bool in_slot = true;        // false: nothing answers
  uint64_t room = kNever;
  uint64_t rotten_at = kNever;  // the byte of a new file that forgets a bit

  CardFiles& files;

  // --- for the functions of the header ---
  Status take_step();
  std::string writing;  // the path of the new file
};

}  // namespace thimble::testing

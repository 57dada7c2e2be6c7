// Flash, settings and programs in memory, for tests of firmware/access and firmware/update: they implement
// ports/flash_writer.h, ports/settings.h and ports/program.h, and lose power, or fail, at the step that a test names.
// After a cut nothing has an effect any more, until power_on().
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <map>
#include <string>
#include <vector>

#include "ports/program.h"
#include "thimble/status.h"
#include "tools/convert/image_bytes.h"

namespace thimble::testing {

using Partitions = std::map<std::string, tools::ImageBytes>;

// A partition of `bytes` with an image at its start, erased behind.
tools::ImageBytes as_partition(std::span<const std::byte> image, size_t bytes);

// The place of one program, and what the bootloader notes about it: the states of esp_ota_img_states_t.
struct ProgramPlace {
  enum class State { kUndefined, kNew, kPending, kValid, kInvalid, kAborted };
  std::vector<std::byte> image;
  State state = State::kUndefined;
};

class FakeFlash {
 public:
  // The functions of the three headers act on the one that was made last; one at a time. `partitions` may be those of
  // a board.
  explicit FakeFlash(Partitions& partitions);
  ~FakeFlash();
  FakeFlash(const FakeFlash&) = delete;
  FakeFlash& operator=(const FakeFlash&) = delete;

  static constexpr uint64_t kNever = std::numeric_limits<uint64_t>::max();

  // --- faults ---
  // Steps are what changes something that stays: an erase, a write, a setting, each step of a program.
  uint64_t steps = 0;         // so far
  uint64_t cut_at = kNever;   // the power fails within this step,
  double cut_part = 0;        // when so much of it was done
  uint64_t fail_at = kNever;  // this step has no effect, and fails
  Code fail_code = Code::kReadFailed;
  std::string rotten;      // a partition that forgets the bit 0 of a byte when it is written,
  uint64_t rotten_at = 0;  // this one
  bool refuse_mappings = false;
  bool no_cryptography = false;
  bool is_off() const { return off; }

  // --- what there is ---
  Partitions& partitions;
  std::map<std::string, std::vector<std::byte>> settings;
  uint32_t mapped = 0;
  uint64_t rounds = 0;  // of PBKDF2, so far

  // --- programs ---
  port::ProgramFacts facts;  // room: 0 unless a test says otherwise
  std::array<ProgramPlace, 2> places;
  size_t running = 0;   // of places
  size_t selected = 0;  // what starts next
  uint32_t restarts = 0;

  // What the bootloader of ESP-IDF does, with rollback: a program that was on trial when the power went is not started
  // again, and one whose checksum is wrong is not either.
  void power_on();
  // An image for the bootloader, with ESP-IDF's headers: as long as that.
  static std::vector<std::byte> program(const char* project, uint16_t chip, size_t bytes, uint8_t fill);
  static bool is_sound(std::span<const std::byte> image);

  // --- for the functions of the headers ---
  struct Step {
    Status status;
    double part = 1;  // of it that has an effect
  };
  Step take_step();
  bool off = false;
  bool writing = false;  // a program
  uint64_t draws = 0;
};

}  // namespace thimble::testing

// A program that comes in pieces and goes into the place beside the running one. Its header is checked before anything
// is erased: an image of ESP-IDF, for this chip, of this project. What the port finds good at the end starts next, on
// trial; until then, and after every failure, the running program is what starts.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

#include "firmware/update/pace.h"
#include "ports/program.h"

namespace thimble::update {

class ProgramUpdate {
 public:
  ProgramUpdate() = default;
  ProgramUpdate(const ProgramUpdate&) = delete;
  ProgramUpdate& operator=(const ProgramUpdate&) = delete;

  // Errors: kNotReady (another one is under way; subject "trial": the running program has to prove itself first),
  // kUnsupported (there is no place for a second program), kOutOfMemory (subject "place of the program": found,
  // expected), kTruncated (too short for an image).
  Status begin(uint64_t bytes, uint64_t now_us);

  // The next piece. Errors, which end the update: kBadMagic (no image of ESP-IDF), kMismatch (subjects "chip" and
  // "project"), kMalformed (more than was announced), kCancelled (too slow), those of the port.
  Status add(std::span<const std::byte> bytes, uint64_t now_us);

  // All has come: has the port check it, and makes it what starts next. The caller restarts. Errors: kTruncated, those
  // of the port; the running program then stays.
  Status finish();

  void abandon();
  bool end_if_too_slow(uint64_t now_us);

  bool is_under_way() const { return state_ != State::kIdle; }
  uint64_t received() const { return received_; }

 private:
  enum class State : uint8_t { kIdle, kHeader, kWriting };

  // esp_image_header_t, the header of the first segment, and esp_app_desc_t, which begins that segment.
  static constexpr size_t kHeaderBytes = 24 + 8 + 256;

  Status take_header(std::span<const std::byte>* bytes);
  Status check_header() const;

  State state_ = State::kIdle;
  Pace pace_;
  uint64_t bytes_ = 0;
  uint64_t received_ = 0;
  std::array<std::byte, kHeaderBytes> header_{};
};

}  // namespace thimble::update

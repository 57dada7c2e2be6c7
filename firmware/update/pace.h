// How slow a sender may be before it is given up: one that vanished, and one that sends a byte a second, would hold the
// place for ever.
#pragma once

#include <cstdint>

namespace thimble::update {

class Pace {
 public:
  // Within every such time so much has to come; a bad radio brings ten times as much in a tenth of it.
  static constexpr uint64_t kPeriodMicroseconds = 30'000'000;
  static constexpr uint64_t kLeastBytes = 16 * 1024;

  void start(uint64_t now_us) {
    period_began_us_ = now_us;
    came_ = 0;
  }
  void add(uint64_t bytes) { came_ += bytes; }

  // To be asked now and then, whether bytes came or not.
  bool is_too_slow(uint64_t now_us) {
    if (now_us - period_began_us_ < kPeriodMicroseconds) return false;
    if (came_ < kLeastBytes) return true;
    start(now_us);
    return false;
  }

 private:
  uint64_t period_began_us_ = 0;
  uint64_t came_ = 0;
};

}  // namespace thimble::update

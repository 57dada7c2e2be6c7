// A button that is held soon after power-on: it resets a board to what it was when it came, also for somebody who has
// no console. A pin that is low from the start is no button that was pressed: some boards use it otherwise, and held at
// power-on itself it makes a chip wait for a new program.
#pragma once

#include <cstdint>

namespace thimble::access {

class HeldButton {
 public:
  static constexpr uint64_t kHeldMicroseconds = 5'000'000;  // nobody does that by mistake
  static constexpr uint64_t kWindowMicroseconds = 60'000'000;

  // Power-on.
  explicit HeldButton(uint64_t now_us) : since_us_(now_us), window_ends_us_(now_us + kWindowMicroseconds) {}

  // To be called again and again. True once, when it has been held long enough.
  bool look(bool is_down, uint64_t now_us) {
    if (!is_down) {
      was_up_ = now_us < window_ends_us_;
      since_us_ = now_us;
    }
    if (!is_down || !was_up_ || now_us - since_us_ < kHeldMicroseconds) return false;
    was_up_ = false;
    return true;
  }

 private:
  bool was_up_ = false;
  uint64_t since_us_;  // when it was up last
  const uint64_t window_ends_us_;
};

}  // namespace thimble::access

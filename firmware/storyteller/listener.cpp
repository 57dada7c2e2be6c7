#include "firmware/storyteller/listener.h"

#include <algorithm>

#include "ports/board.h"

namespace thimble::storyteller {

bool Listener::stop_asked() {
  bool stop = port::take_interrupt();
  if (port::take_button()) stop = pressed_ = true;
  std::string_view line;
  while (count_ < kMostLines && port::read_line(0, &line)) {
    if (strip(line) == "/stop") {
      stop = true;
    } else {
      kept_[(first_ + count_++) % kMostLines].set(line);
    }
  }
  return stop;
}

bool Listener::next_line(uint32_t milliseconds, std::string_view* line) {
  if (count_ > 0) {
    current_ = kept_[first_];
    first_ = (first_ + 1) % kMostLines;
    --count_;
    port::echo_line({current_.text.data(), current_.bytes});
  } else {
    if (!port::read_line(milliseconds, line)) return false;
    current_.set(*line);
  }
  *line = {current_.text.data(), current_.bytes};
  return true;
}

bool Listener::take_button() {
  const bool pressed = pressed_ || port::take_button();
  pressed_ = false;
  return pressed;
}

void Listener::forget_interrupt() { (void)port::take_interrupt(); }

std::string_view strip(std::string_view text) {
  constexpr std::string_view kSpaces = " \t\r\n";
  const size_t begin = std::min(text.find_first_not_of(kSpaces), text.size());
  const size_t end = text.find_last_not_of(kSpaces) + 1;  // npos + 1 is 0
  return text.substr(begin, end > begin ? end - begin : 0);
}

}  // namespace thimble::storyteller

// What is typed and pressed, also while a story is told.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace thimble::storyteller {

class Listener {
 public:
  // Looks, without waiting, and keeps the lines it finds for later; those that find no room wait in the port. True when
  // what is under way shall end: the line /stop, Ctrl-C, the button.
  bool stop_asked();

  // The next line, kept ones first; waits at most `milliseconds`. Valid until the next call of this. False: none.
  bool next_line(uint32_t milliseconds, std::string_view* line);

  // Whether the button was pressed since the last call.
  bool take_button();

  // Drops a Ctrl-C that came when there was nothing to end.
  void forget_interrupt();

 private:
  struct Line {
    std::array<char, 511> text;  // as read_line() cuts them
    size_t bytes = 0;

    void set(std::string_view line) { bytes = line.copy(text.data(), text.size()); }
  };
  static constexpr size_t kMostLines = 4;

  Line current_;
  std::array<Line, kMostLines> kept_;  // a ring
  size_t first_ = 0;
  size_t count_ = 0;
  bool pressed_ = false;
};

// Without spaces at its ends.
std::string_view strip(std::string_view text);

}  // namespace thimble::storyteller

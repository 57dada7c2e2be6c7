// A line as it is typed on a serial terminal: bytes in, echo out, no input or output of its own.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace thimble::esp_idf {

// Knows backspace (which takes a whole character), Ctrl-U (which takes the line), Ctrl-C, and the ends CR, LF and
// CR LF. Cursor keys and other escape sequences are swallowed, other control characters ignored.
class LineEditor {
 public:
  static constexpr size_t kMostBytes = 511;

  enum class Event : uint8_t { kNone, kLine, kInterrupt };

  // Takes one byte. *echo: what to show for it, valid until the next call. After kLine, line() is the line, until the
  // next byte, which begins another.
  Event take(char byte, std::string_view* echo);

  std::string_view line() const { return {text_, used_}; }
  // What there is of a line without its end.
  std::string_view pending() const { return ended_ ? std::string_view() : line(); }

 private:
  enum class State : uint8_t { kText, kEscape, kSequence };

  Event take_control(char byte, std::string_view* echo);
  bool in_escape_sequence(char byte);
  std::string_view add(char byte);
  std::string_view erase_character();

  char text_[kMostBytes] = {};
  size_t used_ = 0;
  char shown_ = 0;  // the echo of a byte
  State state_ = State::kText;
  bool ended_ = false;     // line() was handed out
  bool returned_ = false;  // by a CR, to which an LF may belong
  bool refused_ = false;   // the character that is coming in did not fit
};

}  // namespace thimble::esp_idf

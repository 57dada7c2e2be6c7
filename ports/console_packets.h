// Packets of bytes on the console, between the lines that people type: what a program may set in front of the port's
// line editor, and how it answers.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

namespace thimble::port {

// Sees each byte that comes in before the line editor does. Called by the task that reads the console.
class ConsoleFilter {
 public:
  // Takes a byte, and gives those that are typed text, which may be this one, one that was held back, or none. Valid
  // until the next call.
  virtual std::string_view take(char byte) = 0;
  // Nothing came for a moment, 20 ms or so: people do not type so fast, packets do. Gives what was held back and is
  // text after all.
  virtual std::string_view pause() = 0;

 protected:
  ~ConsoleFilter() = default;
};

// Before the first port::read_line(). The filter must outlive the program.
void set_console_filter(ConsoleFilter* filter);

// Writes bytes to the console as they are, where text has its ends of lines changed; behind what waits to be printed.
// From any task. What cannot go out soon is lost.
void write_console_packet(std::span<const uint8_t> bytes);

}  // namespace thimble::port

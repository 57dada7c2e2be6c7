// What a program must know about the terminal it may or may not be attached to.
#pragma once

#include <cstddef>
#include <string_view>

namespace thimble::host {

enum class Stream { kIn, kOut, kErr };

bool is_terminal(Stream stream);
size_t terminal_width(Stream stream);  // columns; 80 when unknown

enum class ColorChoice { kAuto, kAlways, kNever };

// Escape sequences, all empty where they are not wanted.
struct Style {
  std::string_view dim;
  std::string_view bold;
  std::string_view reset;
};
// kAuto: on a terminal, unless NO_COLOR is set (https://no-color.org) or TERM is "dumb".
Style style_for(ColorChoice choice, Stream stream);

}  // namespace thimble::host

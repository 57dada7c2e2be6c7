// Text on stdout, lines about the run on stderr. Nobody watches a program of the desktop.

#include <cstdio>

#include "ports/port.h"

namespace thimble::port {

void write_text(std::string_view text) { std::fwrite(text.data(), 1, text.size(), stdout); }

void log_line(std::string_view line) {
  std::fflush(stdout);
  std::fprintf(stderr, "%.*s\n", static_cast<int>(line.size()), line.data());
}

void yield() { std::fflush(stdout); }

}  // namespace thimble::port

#include "ports/port.h"
#include "ports/semihost/host_calls.h"

namespace thimble::port {
namespace {

// A call costs the emulator far more than a byte: text goes out by the buffer.
char waiting[512];
size_t waiting_bytes = 0;
int32_t console = -1;

void flush() {
  if (console < 0) console = semihost::open_console();
  size_t done = 0;
  while (done < waiting_bytes) {
    const size_t n = semihost::write_bytes(console, waiting + done, waiting_bytes - done);
    if (n == 0) break;
    done += n;
  }
  waiting_bytes = 0;
}

}  // namespace

void write_text(std::string_view text) {
  for (const char c : text) {
    if (waiting_bytes == sizeof waiting) flush();
    waiting[waiting_bytes++] = c;
  }
}

void log_line(std::string_view line) {
  write_text("log: ");
  write_text(line);
  write_text("\n");
}

void yield() {
  flush();
  (void)ticks();  // the clock may be short
}

}  // namespace thimble::port

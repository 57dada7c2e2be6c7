#include "ports/semihost/semihost.h"

#include "ports/semihost/host_calls.h"

namespace thimble::semihost {
namespace {

// A call costs the emulator far more than a byte: text goes out by the buffer.
char console_text[512];
size_t console_used = 0;
int32_t console = -1;

void flush() {
  if (console < 0) console = open_console();
  size_t done = 0;
  while (done < console_used) {
    const size_t n = write_bytes(console, console_text + done, console_used - done);
    if (n == 0) break;
    done += n;
  }
  console_used = 0;
}

constexpr size_t kCommandLineBytes = 2048;
alignas(16) char command_line[kCommandLineBytes + 1];
const char* argument_list[kMaxArguments];

}  // namespace

void write(std::string_view text) {
  for (const char c : text) {
    if (console_used == sizeof console_text) flush();
    console_text[console_used++] = c;
  }
}

void leave(int code) {
  flush();
  end_program(code);
}

std::span<const char* const> arguments() {
  const size_t length = read_command_line(command_line, kCommandLineBytes);
  size_t count = 0;
  bool inside = false;
  bool name = true;  // the first word is the program's name
  for (size_t i = 0; i < length; ++i) {
    const bool gap = command_line[i] == ' ' || command_line[i] == '\0';
    if (gap) command_line[i] = '\0';
    if (!gap && !inside && !name && count < kMaxArguments) argument_list[count++] = command_line + i;
    if (gap && inside) name = false;
    inside = !gap;
  }
  command_line[length] = '\0';
  return {argument_list, count};
}

bool File::open(const char* path) {
  handle_ = open_for_reading(path);
  return is_open();
}

int64_t File::length() const { return file_length(handle_); }

bool File::seek(uint32_t position) { return seek_to(handle_, position); }

size_t File::read(std::span<std::byte> out) {
  size_t done = 0;
  while (done < out.size()) {
    const size_t n = read_bytes(handle_, out.data() + done, out.size() - done);
    if (n == 0) break;
    done += n;
  }
  return done;
}

void File::close() {
  if (is_open()) close_handle(handle_);
  handle_ = -1;
}

}  // namespace thimble::semihost

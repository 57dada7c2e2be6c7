// From the first stack frame to thimble_main(): start_*.S set up the processor and jump to image_start(); the linker
// scripts (*.ld) say where code, data, stack and free memory lie, and define the symbols.

#include <cstring>

#include "ports/port.h"
#include "ports/semihost/host_calls.h"
#include "ports/semihost/semihost.h"

extern "C" {

extern char image_data_start[], image_data_end[];
extern char image_bss_start[], image_bss_end[];
extern uint32_t image_stack_bottom[], image_stack_top[];
extern std::byte image_free_start[], image_free_end[];

[[noreturn]] void image_start();
[[noreturn]] void image_trap(uint32_t cause, uint32_t address, uint32_t value);

}  // extern "C"

namespace thimble::semihost {
namespace {

constexpr uint32_t kPaint = 0x7a1b1e5eu;  // a word that no stack frame is likely to hold

// Everything below this frame, with some room for the frame of the loop itself.
void paint_stack() {
  constexpr uintptr_t kRoom = 256;
  const auto here = reinterpret_cast<uintptr_t>(__builtin_frame_address(0)) - kRoom;
  for (volatile uint32_t* p = image_stack_bottom; reinterpret_cast<uintptr_t>(p) < here; p = p + 1) *p = kPaint;
}

void write_hex(uint32_t value) {
  char digits[9];
  for (int i = 0; i < 8; ++i) digits[i] = "0123456789abcdef"[value >> (28 - 4 * i) & 15];
  digits[8] = ' ';
  port::write_text({digits, sizeof digits});
}

constexpr size_t kCommandLineBytes = 2048;
constexpr size_t kMaxArguments = 48;
alignas(16) char command_line[kCommandLineBytes + 1];
const char* argument_list[kMaxArguments];

// Those of the command line without the program's name, NUL-terminated. RISC-V and Arm hand over one line that is cut
// at spaces, so an argument cannot hold one.
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

[[noreturn]] void leave(int code) {
  port::yield();  // what waits to be printed
  end_program(code);
}

}  // namespace

size_t static_bytes() {
  return static_cast<size_t>(image_data_end - image_data_start) + static_cast<size_t>(image_bss_end - image_bss_start);
}
size_t stack_bytes() { return static_cast<size_t>(image_stack_top - image_stack_bottom) * sizeof(uint32_t); }

size_t stack_used_bytes() {
  const uint32_t* p = image_stack_bottom;
  while (p < image_stack_top && *p == kPaint) ++p;
  return static_cast<size_t>(image_stack_top - p) * sizeof(uint32_t);
}

}  // namespace thimble::semihost

// What the linker script leaves free.
std::span<const thimble::port::MemoryPiece> thimble::port::memory_pieces() {
  static const MemoryPiece piece = {Region::kFast, {image_free_start, image_free_end}};
  return {&piece, 1};
}

// There are no constructors to run: the linker scripts refuse images that have some.
void image_start() {
  std::memset(image_bss_start, 0, static_cast<size_t>(image_bss_end - image_bss_start));
  thimble::semihost::paint_stack();
  thimble::semihost::leave(thimble_main(thimble::semihost::arguments()));
}

void image_trap(uint32_t cause, uint32_t address, uint32_t value) {
  using namespace thimble::semihost;
  thimble::port::write_text("\ntrap: cause, address, value ");
  write_hex(cause);
  write_hex(address);
  write_hex(value);
  thimble::port::write_text("\n");
  leave(kTrapped);
}

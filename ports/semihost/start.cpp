// From the first stack frame to image_main(): start_*.S set up the processor and jump to image_start(); the linker
// scripts define the symbols.

#include <cstring>

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
  write({digits, sizeof digits});
}

}  // namespace

std::span<std::byte> free_memory() { return {image_free_start, image_free_end}; }
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

// There are no constructors to run: the linker scripts refuse images that have some.
void image_start() {
  std::memset(image_bss_start, 0, static_cast<size_t>(image_bss_end - image_bss_start));
  thimble::semihost::paint_stack();
  thimble::semihost::leave(image_main());
}

void image_trap(uint32_t cause, uint32_t address, uint32_t value) {
  using namespace thimble::semihost;
  write("\ntrap: cause, address, value ");
  write_hex(cause);
  write_hex(address);
  write_hex(value);
  write("\n");
  leave(kTrapped);
}

// What a bare-metal image reaches of the machine it runs on: an emulator (or a debugger) that carries out calls for it.
// RISC-V and Arm speak semihosting, Xtensa the simulator's `simcall`. No heap, no C library.
//
// start.cpp calls image_main(); linker scripts (*.ld) say where code, data, stack and free memory lie.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

namespace thimble::semihost {

// --- the console and the end ---

void write(std::string_view text);

// Ends the emulator with this exit code.
[[noreturn]] void leave(int code);
inline constexpr int kTrapped = 3;  // the exit code of an image that died of an exception

// --- arguments ---

inline constexpr size_t kMaxArguments = 48;
// Those of the command line without the program's name, NUL-terminated. RISC-V and Arm hand over one line that is cut
// at spaces, so an argument cannot hold one.
std::span<const char* const> arguments();

// --- files of the host ---

class File {
 public:
  // Opens for reading; false when there is no such file.
  bool open(const char* path);
  bool is_open() const { return handle_ >= 0; }
  // Bytes of the whole file, or -1.
  int64_t length() const;
  bool seek(uint32_t position);
  // Fills `out` from the current position on. Returns the bytes read: fewer at the end of the file or on an error.
  size_t read(std::span<std::byte> out);
  void close();

 private:
  int32_t handle_ = -1;
};

// --- memory ---

// What the linker script leaves free: for models and arenas.
std::span<std::byte> free_memory();
// Data and bss of the image.
size_t static_bytes();
// The stack was painted before image_main(): the most bytes that were in use since.
size_t stack_used_bytes();
size_t stack_bytes();

}  // namespace thimble::semihost

// The program: what start.cpp runs. Returns the exit code.
int image_main();

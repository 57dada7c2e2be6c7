// The few calls of the host under their two protocols: arm_calls.cpp (RISC-V and Arm), simcalls.cpp (Xtensa).
#pragma once

#include <cstddef>
#include <cstdint>

namespace thimble::semihost {

int32_t open_for_reading(const char* path);                      // a handle, or -1
int32_t open_console();                                          // likewise, for writing
size_t write_bytes(int32_t handle, const void* data, size_t n);  // bytes written
size_t read_bytes(int32_t handle, void* data, size_t n);         // bytes read
int64_t file_length(int32_t handle);                             // or -1
bool seek_to(int32_t handle, uint32_t position);
void close_handle(int32_t handle);
// The arguments as one text, each ended by a NUL or a space, the program's name first. Returns its length, or 0.
size_t read_command_line(char* out, size_t size);
uint32_t host_centiseconds();  // of the emulator's own time, since some moment; RISC-V and Arm alone
[[noreturn]] void end_program(int code);

}  // namespace thimble::semihost

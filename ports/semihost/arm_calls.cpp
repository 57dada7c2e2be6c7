// Arm's semihosting, which RISC-V took over: an operation number, the address of a block of arguments, and a trap that
// the emulator recognises. "Semihosting for AArch32 and AArch64" (Arm) and the RISC-V semihosting specification.

#include <cstring>

#include "ports/semihost/host_calls.h"

namespace thimble::semihost {
namespace {

enum Operation : uint32_t {
  kOpen = 0x01,
  kClose = 0x02,
  kWrite = 0x05,
  kRead = 0x06,
  kSeek = 0x0a,
  kLength = 0x0c,
  kClock = 0x10,
  kCommandLine = 0x15,
  kExitExtended = 0x20,
};
constexpr uintptr_t kReadBinary = 1;
constexpr uintptr_t kWriteText = 4;
constexpr uintptr_t kApplicationExit = 0x20026;

int32_t call(Operation operation, const void* block) {
#if defined(__riscv)
  register uint32_t a0 asm("a0") = operation;
  register const void* a1 asm("a1") = block;
  // The three instructions must be uncompressed and within one page.
  asm volatile(
      ".balign 16\n.option push\n.option norvc\n"
      "slli x0, x0, 0x1f\nebreak\nsrai x0, x0, 7\n.option pop"
      : "+r"(a0)
      : "r"(a1)
      : "memory");
  return static_cast<int32_t>(a0);
#else
  register uint32_t r0 asm("r0") = operation;
  register const void* r1 asm("r1") = block;
  asm volatile("bkpt 0xab" : "+r"(r0) : "r"(r1) : "memory");
  return static_cast<int32_t>(r0);
#endif
}

int32_t open(const char* path, uintptr_t mode) {
  const uintptr_t block[] = {reinterpret_cast<uintptr_t>(path), mode, std::strlen(path)};
  return call(kOpen, block);
}

// Reading and writing answer with the number of bytes that were NOT moved.
size_t move(Operation operation, int32_t handle, const void* data, size_t n) {
  const uintptr_t block[] = {static_cast<uintptr_t>(handle), reinterpret_cast<uintptr_t>(data), n};
  const auto left = static_cast<uint32_t>(call(operation, block));
  return left <= n ? n - left : 0;
}

}  // namespace

int32_t open_for_reading(const char* path) { return open(path, kReadBinary); }
int32_t open_console() { return open(":tt", kWriteText); }
size_t write_bytes(int32_t handle, const void* data, size_t n) { return move(kWrite, handle, data, n); }
size_t read_bytes(int32_t handle, void* data, size_t n) { return move(kRead, handle, data, n); }

int64_t file_length(int32_t handle) {
  const uintptr_t block[] = {static_cast<uintptr_t>(handle)};
  return call(kLength, block);
}

bool seek_to(int32_t handle, uint32_t position) {
  const uintptr_t block[] = {static_cast<uintptr_t>(handle), position};
  return call(kSeek, block) == 0;
}

void close_handle(int32_t handle) {
  const uintptr_t block[] = {static_cast<uintptr_t>(handle)};
  call(kClose, block);
}

size_t read_command_line(char* out, size_t size) {
  uintptr_t block[] = {reinterpret_cast<uintptr_t>(out), size};
  return call(kCommandLine, block) == 0 ? block[1] : 0;
}

uint32_t host_centiseconds() { return static_cast<uint32_t>(call(kClock, nullptr)); }

void end_program(int code) {
  const uintptr_t block[] = {kApplicationExit, static_cast<uintptr_t>(code)};
  call(kExitExtended, block);
  for (;;) {
  }
}

}  // namespace thimble::semihost

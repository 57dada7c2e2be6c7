// Xtensa's simulator calls: the operation in a2, arguments in a3 to a5, the answer in a2 and an error number in a3.
// QEMU 7.2, target/xtensa/xtensa-semi.c.

#include <cstring>

#include "ports/semihost/host_calls.h"

namespace thimble::semihost {
namespace {

enum Operation : int32_t {
  kExit = 1,
  kRead = 3,
  kWrite = 4,
  kOpen = 5,
  kClose = 6,
  kSeek = 19,
  kArgumentCount = 1000,
  kArgumentBytes = 1001,
  kArguments = 1002,
};
constexpr int32_t kStandardOutput = 1;
constexpr int32_t kFromStart = 0;
constexpr int32_t kFromEnd = 2;

int32_t call(Operation operation, int32_t a = 0, int32_t b = 0, int32_t c = 0) {
  register int32_t a2 asm("a2") = operation;
  register int32_t a3 asm("a3") = a;
  register int32_t a4 asm("a4") = b;
  register int32_t a5 asm("a5") = c;
  asm volatile(".byte 0x00, 0x51, 0x00" : "+r"(a2), "+r"(a3) : "r"(a4), "r"(a5) : "memory");  // simcall
  return a2;
}

int32_t address(const void* p) { return static_cast<int32_t>(reinterpret_cast<uintptr_t>(p)); }

size_t moved(int32_t answer) { return answer > 0 ? static_cast<size_t>(answer) : 0; }

}  // namespace

int32_t open_for_reading(const char* path) { return call(kOpen, address(path), 0, 0); }
int32_t open_console() { return kStandardOutput; }
size_t write_bytes(int32_t handle, const void* data, size_t n) {
  return moved(call(kWrite, handle, address(data), static_cast<int32_t>(n)));
}
size_t read_bytes(int32_t handle, void* data, size_t n) {
  return moved(call(kRead, handle, address(data), static_cast<int32_t>(n)));
}

int64_t file_length(int32_t handle) {
  const int32_t length = call(kSeek, handle, 0, kFromEnd);
  return seek_to(handle, 0) ? length : -1;
}

bool seek_to(int32_t handle, uint32_t position) {
  return call(kSeek, handle, static_cast<int32_t>(position), kFromStart) == static_cast<int32_t>(position);
}

void close_handle(int32_t handle) { call(kClose, handle); }

// The emulator writes argv: pointers, then the texts they point to.
size_t read_command_line(char* out, size_t size) {
  const int32_t count = call(kArgumentCount);
  const int32_t bytes = call(kArgumentBytes);
  if (count <= 0 || bytes <= 0 || static_cast<size_t>(bytes) > size) return 0;
  call(kArguments, address(out));
  const size_t pointers = static_cast<size_t>(count + 1) * sizeof(char*);
  const auto* first = reinterpret_cast<char* const*>(out)[0];
  const size_t at = static_cast<size_t>(first - out);
  const size_t length = static_cast<size_t>(bytes) - (at < pointers ? pointers : at);
  std::memmove(out, first, length);
  return length;
}

void end_program(int code) {
  call(kExit, code);
  for (;;) {
  }
}

}  // namespace thimble::semihost

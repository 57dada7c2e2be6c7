#include "ports/host/process.h"

#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <filesystem>
#include <fstream>
#include <random>

namespace thimble::host {
namespace {

volatile sig_atomic_t interrupt_seen = 0;

extern "C" void on_interrupt(int) {
  if (interrupt_seen != 0) _exit(kInterruptedExit);
  interrupt_seen = 1;
}

// The limit that a container puts on its processes, in the second and the first version of control groups.
uint64_t container_bytes() {
  for (const char* path : {"/sys/fs/cgroup/memory.max", "/sys/fs/cgroup/memory/memory.limit_in_bytes"}) {
    uint64_t bytes = 0;
    if (std::ifstream(path) >> bytes) return bytes;  // "max" is no number
  }
  return UINT64_MAX;
}

}  // namespace

double monotonic_seconds() {
  struct timespec now = {};
  ::clock_gettime(CLOCK_MONOTONIC, &now);
  return static_cast<double>(now.tv_sec) + 1e-9 * static_cast<double>(now.tv_nsec);
}

uint64_t peak_memory_bytes() {
  struct rusage usage = {};
  if (::getrusage(RUSAGE_SELF, &usage) != 0) return 0;
#ifdef __APPLE__
  constexpr uint64_t kUnit = 1;
#else
  constexpr uint64_t kUnit = 1024;  // Linux counts kilobytes
#endif
  return static_cast<uint64_t>(usage.ru_maxrss) * kUnit;
}

uint64_t memory_bytes() {
  uint64_t bytes = container_bytes();
  const long pages = ::sysconf(_SC_PHYS_PAGES);
  const long page_bytes = ::sysconf(_SC_PAGESIZE);
  if (pages > 0 && page_bytes > 0)
    bytes = std::min(bytes, static_cast<uint64_t>(pages) * static_cast<uint64_t>(page_bytes));
  struct rlimit limit = {};
  if (::getrlimit(RLIMIT_AS, &limit) == 0 && limit.rlim_cur != RLIM_INFINITY) {
    bytes = std::min<uint64_t>(bytes, limit.rlim_cur);
  }
  return bytes;
}

std::string program_path() {
  std::error_code none;
  return std::filesystem::read_symlink("/proc/self/exe", none).string();
}

uint64_t random_seed() {
  std::random_device device;
  return uint64_t{device()} << 32 | device();
}

void catch_interrupts() {
  struct sigaction before = {};
  sigaction(SIGINT, nullptr, &before);
  if (before.sa_handler == SIG_IGN) return;
  struct sigaction action = {};
  action.sa_handler = on_interrupt;
  sigemptyset(&action.sa_mask);  // and no SA_RESTART: a read that waits for the keyboard must return
  sigaction(SIGINT, &action, nullptr);
}

bool interrupted() { return interrupt_seen != 0; }

void clear_interrupt() { interrupt_seen = 0; }

}  // namespace thimble::host

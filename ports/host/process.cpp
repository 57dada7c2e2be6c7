#include "ports/host/process.h"

#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

#include <csignal>
#include <random>

namespace thimble::host {
namespace {

volatile sig_atomic_t interrupt_seen = 0;

extern "C" void on_interrupt(int) {
  if (interrupt_seen != 0) _exit(kInterruptedExit);
  interrupt_seen = 1;
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

#include "ports/host/process.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <filesystem>
#include <fstream>
#include <random>

#include "ports/port.h"

namespace thimble::host {
namespace {

volatile sig_atomic_t interrupt_seen = 0;
volatile sig_atomic_t on_terminal = 0;  // the shell's next prompt would stand behind the ^C

// From signal handlers to wait_for_input(). That a signal ends a read is not enough: it may come right before the read,
// or to another thread.
std::array<int, 2> wake_pipe = {-1, -1};

void open_wake_pipe() {
  if (wake_pipe[0] >= 0 || ::pipe(wake_pipe.data()) != 0) return;
  for (const int end : wake_pipe) {
    ::fcntl(end, F_SETFD, FD_CLOEXEC);
    ::fcntl(end, F_SETFL, O_NONBLOCK);  // a full pipe wakes as well
  }
}

// For signal handlers, which can do nothing about a failure.
void write_byte(int descriptor, char byte) {
  const int error = errno;
  [[maybe_unused]] const ssize_t written = ::write(descriptor, &byte, 1);
  errno = error;
}

extern "C" void on_interrupt(int) {
  if (interrupt_seen != 0) {
    if (on_terminal != 0) write_byte(STDERR_FILENO, '\n');
    _exit(kInterruptedExit);
  }
  interrupt_seen = 1;
  wake();
}

// The limit that a container puts on its processes, in the second and the first version of control groups.
uint64_t container_bytes() {
  for (const char* path : {"/sys/fs/cgroup/memory.max", "/sys/fs/cgroup/memory/memory.limit_in_bytes"}) {
    uint64_t bytes = 0;
    if (std::ifstream(path) >> bytes) return bytes;  // "max" is no number
  }
  return UINT64_MAX;
}

// Of /proc/self/status, which counts from the start of the program; 0 where there is none. What getrusage counts
// includes what the process was before it became this program.
uint64_t peak_of_program() {
  std::ifstream status("/proc/self/status");
  std::string line;
  while (std::getline(status, line)) {
    if (line.starts_with("VmHWM:")) return std::stoull(line.substr(line.find(':') + 1)) * 1024;
  }
  return 0;
}

}  // namespace

double monotonic_seconds() {
  return static_cast<double>(port::ticks()) / static_cast<double>(port::ticks_per_second());
}

uint64_t peak_memory_bytes() {
  if (const uint64_t bytes = peak_of_program(); bytes > 0) return bytes;
  struct rusage usage = {};
  if (::getrusage(RUSAGE_SELF, &usage) != 0) return 0;
#ifdef __APPLE__
  constexpr uint64_t kUnit = 1;
#else
  constexpr uint64_t kUnit = 1024;  // Linux counts kilobytes
#endif
  return static_cast<uint64_t>(usage.ru_maxrss) * kUnit;
}

std::string processor_name() {
  std::ifstream processors("/proc/cpuinfo");
  std::string line;
  while (std::getline(processors, line)) {
    if (line.starts_with("model name") && line.find(": ") != std::string::npos) return line.substr(line.find(": ") + 2);
  }
  return "";
}

uint64_t memory_bytes() {
  uint64_t bytes = container_bytes();
  const long pages = ::sysconf(_SC_PHYS_PAGES);
  const long page_bytes = ::sysconf(_SC_PAGESIZE);
  if (pages > 0 && page_bytes > 0)
    bytes = std::min(bytes, static_cast<uint64_t>(pages) * static_cast<uint64_t>(page_bytes));
  for (const auto resource : {RLIMIT_AS, RLIMIT_DATA}) {
    struct rlimit limit = {};
    if (::getrlimit(resource, &limit) == 0 && limit.rlim_cur != RLIM_INFINITY) {
      bytes = std::min<uint64_t>(bytes, limit.rlim_cur);
    }
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
  open_wake_pipe();
  struct sigaction before = {};
  sigaction(SIGINT, nullptr, &before);
  if (before.sa_handler == SIG_IGN) return;
  on_terminal = ::isatty(STDERR_FILENO);
  struct sigaction action = {};
  action.sa_handler = on_interrupt;
  action.sa_flags = SA_RESTART;  // a write to a pipe that is full for now must not fail
  sigemptyset(&action.sa_mask);
  sigaction(SIGINT, &action, nullptr);
}

void catch_termination() {
  struct sigaction action = {};
  action.sa_handler = on_interrupt;
  sigemptyset(&action.sa_mask);
  sigaction(SIGTERM, &action, nullptr);
}

bool interrupted() { return interrupt_seen != 0; }

void clear_interrupt() { interrupt_seen = 0; }

bool wait_for_input() {
  std::array<pollfd, 2> sources = {{{STDIN_FILENO, POLLIN, 0}, {wake_pipe[0], POLLIN, 0}}};
  while (::poll(sources.data(), sources.size(), -1) < 0) {
    if (errno != EINTR) return true;  // a read will tell what is wrong
  }
  if (sources[1].revents == 0) return true;
  std::array<char, 64> wakes;
  while (::read(wake_pipe[0], wakes.data(), wakes.size()) > 0) {
  }
  return false;
}

void wake() { write_byte(wake_pipe[1], 0); }

}  // namespace thimble::host

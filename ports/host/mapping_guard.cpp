#include "ports/host/mapping_guard.h"

#include <unistd.h>

#include <array>
#include <atomic>
#include <csignal>
#include <cstdint>

#include "ports/host/file.h"

namespace thimble::host {
namespace {

constexpr int kFailedExit = 1;

// The line is ready before the signal comes, since a handler may do little more than write.
struct Mapping {
  std::atomic<uintptr_t> begin = 0;  // 0: free
  uintptr_t end = 0;
  std::array<char, 1024> line = {};
  size_t line_bytes = 0;
};
std::array<Mapping, 16> mappings;

extern "C" void on_bus_error(int number, siginfo_t* info, void*) {
  const auto address = reinterpret_cast<uintptr_t>(info->si_addr);
  for (const Mapping& mapping : mappings) {
    const uintptr_t begin = mapping.begin;
    if (begin == 0 || address < begin || address >= mapping.end) continue;
    remove_unfinished_file();
    // Nobody is left to tell when stderr fails, too.
    [[maybe_unused]] const ssize_t written = ::write(STDERR_FILENO, mapping.line.data(), mapping.line_bytes);
    _exit(kFailedExit);
  }
  struct sigaction standard = {};
  standard.sa_handler = SIG_DFL;
  sigaction(number, &standard, nullptr);  // and the access that failed is tried again
}

void catch_bus_errors() {
  struct sigaction action = {};
  action.sa_sigaction = on_bus_error;
  action.sa_flags = SA_SIGINFO;
  sigemptyset(&action.sa_mask);
  sigaction(SIGBUS, &action, nullptr);
}

void prepare_line(const std::string& path, Mapping* mapping) {
  std::string line = "thimble: " + path;
  // A name may hold anything, and the terminal must not obey it.
  for (char& c : line) c = static_cast<unsigned char>(c) < 0x20 || c == 0x7f ? '?' : c;
  line += ": was cut short while in use; start again, and replace files in use with mv rather than cp\n";
  mapping->line_bytes = line.copy(mapping->line.data(), mapping->line.size());
}

}  // namespace

void guard_mapping(const void* begin, size_t bytes, const std::string& path) {
  for (Mapping& mapping : mappings) {
    if (mapping.begin != 0) continue;
    prepare_line(path, &mapping);
    const auto address = reinterpret_cast<uintptr_t>(begin);
    mapping.end = address + bytes;
    mapping.begin = address;
    catch_bus_errors();
    return;
  }
}

void release_mapping(const void* begin) {
  for (Mapping& mapping : mappings) {
    if (mapping.begin == reinterpret_cast<uintptr_t>(begin)) mapping.begin = 0;
  }
}

}  // namespace thimble::host

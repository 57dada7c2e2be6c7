// The board that a desktop plays: a terminal for its console, a file for its partition, no button. What it does not
// know of itself it leaves out.

#include <poll.h>
#include <sys/utsname.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdlib>
#include <string>

#include "ports/board.h"
#include "ports/host/file.h"
#include "ports/host/process.h"

namespace thimble::port {
namespace {

constexpr size_t kMostLineBytes = 511;

// From the first look at the console on, Ctrl-C ends a story and not the program.
void catch_interrupts_once() { [[maybe_unused]] static const bool caught = (host::catch_interrupts(), true); }

// What came from standard input, cut into lines.
class Input {
 public:
  bool ended() const { return ended_; }

  // Waits for some bytes, at most so long; an interrupt ends the wait.
  void read(uint32_t milliseconds) {
    pollfd source = {STDIN_FILENO, POLLIN, 0};
    if (ended_ || ::poll(&source, 1, static_cast<int>(milliseconds)) <= 0) return;
    std::array<char, 4096> chunk;
    const ssize_t count = ::read(STDIN_FILENO, chunk.data(), chunk.size());
    if (count > 0) {
      bytes_.append(chunk.data(), static_cast<size_t>(count));
    } else if (count == 0 || errno != EINTR) {
      ended_ = true;
      if (!bytes_.empty() && bytes_.back() != '\n') bytes_ += '\n';
    }
  }

  bool take_line(std::string_view* line) {
    const size_t newline = bytes_.find('\n');
    if (newline == std::string::npos) return false;
    line_.assign(bytes_, 0, std::min(newline, kMostLineBytes));
    bytes_.erase(0, newline + 1);
    *line = line_;
    return true;
  }

 private:
  std::string bytes_;  // not taken yet
  std::string line_;   // the last one taken
  bool ended_ = false;
};

}  // namespace

// --- the board ---

BoardFacts board_facts() {
  static struct utsname system = {};
  BoardFacts facts;
  if (::uname(&system) != 0) return facts;
  facts.chip = system.machine;
  facts.sdk = system.sysname;
  return facts;
}

// The file that $THIMBLE_PARTITION names plays the partition "model".
Result<FlashPartition> find_flash(const char* label) {
  static host::MappedFile file;
  const Status none = Status::error(Code::kReadFailed, "partition");
  const char* path = std::getenv("THIMBLE_PARTITION");
  if (path == nullptr || path[0] == '\0' || std::string_view(label) != "model") return none;
  try {
    if (file.path().empty()) file = host::MappedFile(path);
  } catch (const host::Error&) {
    return none;
  }
  return FlashPartition{file.bytes().size(), reinterpret_cast<intptr_t>(file.bytes().data())};
}

Status map_flash(const FlashPartition& partition, uint64_t bytes, FlashMapping* mapping) {
  mapping->bytes = {reinterpret_cast<const std::byte*>(partition.handle), static_cast<size_t>(bytes)};
  return {};
}

void unmap_flash(FlashMapping* mapping) { *mapping = {}; }

// --- input ---

// A terminal edits and echoes by itself. At the end of the input a wait ends the program: this is how a desktop's board
// is unplugged.
bool read_line(uint32_t milliseconds, std::string_view* line) {
  static Input input;
  catch_interrupts_once();
  if (input.take_line(line)) return true;
  input.read(milliseconds);
  if (input.take_line(line)) return true;
  if (input.ended() && milliseconds > 0) std::exit(EXIT_SUCCESS);
  return false;
}

void echo_line(std::string_view) {}

bool take_interrupt() {
  catch_interrupts_once();
  const bool taken = host::interrupted();
  if (taken) host::clear_interrupt();
  return taken;
}

bool take_button() { return false; }
bool button_is_down() { return false; }

// --- memory: an operating system takes care of it ---

MemoryState memory_state(Region) { return {}; }

size_t unused_stack() { return 0; }

bool heap_is_sound() { return true; }

}  // namespace thimble::port

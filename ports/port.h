// The contract between Thimble and a platform: what a program of firmware/ needs beyond the core. Each folder beside
// this file implements it once and the linker binds it; programs include this file (and line.h, which prints by it) and
// no port. Ports know the base of the core and this file. tests/firmware/port_contract.cpp tries it on any of them.
//
// Unless something else is said, a function is called from the one task that runs thimble_main(): not from an
// interrupt, and not from the tasks of a Parallel call. Ports allocate at the start, if at all, never while text is
// generated.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

#include "thimble/memory.h"
#include "thimble/parallel.h"
#include "thimble/status.h"

// The program: it defines this, and the port's start-up code calls it once, on a stack of 8 KiB or more. `arguments`
// comes without the program's name, and is empty where there is no command line. Returns 0 when all went well, else the
// exit code; a chip has nowhere to leave to, and stops there.
int thimble_main(std::span<const char* const> arguments);

namespace thimble::port {

// --- console ---

// Generated text, byte for byte, any part of it: a piece may end within a line, though not within a character. It has
// gone out by the next yield(), or the end of the program. What cannot go out is lost; generating goes on.
void write_text(std::string_view text);

// A line for whoever looks after the device, without its newline: errors, figures. It goes where text does not (stderr,
// a log); where there is one console for both, it begins with "log: ", and the caller has ended the line of text
// before.
void log_line(std::string_view line);

// --- time ---

// A clock that starts anywhere and never goes back. It may wrap unseen when nobody calls this or yield() for 100 s.
uint64_t ticks();

// How many ticks make a second, 100 at least. Always the same.
uint64_t ticks_per_second();

// Lets others run and tells the watchdog that the program lives: between tokens, between sweeps of a prompt
// (GeneratorParams::on_prompt), between the steps of anything else that takes a second. A watchdog that has not been
// told for 5 s may restart a chip.
void yield();

// --- memory ---

// One block that the program may use as it likes, until its end.
struct MemoryPiece {
  Region region = Region::kFast;
  std::span<std::byte> bytes;  // not empty, starts on a multiple of kBlockAlignment, its contents are undefined
};

// All of them, fast ones first, at most kMaxBlocks of each region: what the platform can spare, which may be none. The
// answer is always the same. A port with a heap takes them from it at the first call and keeps enough for the platform
// itself, so this call comes before others divide the rest.
std::span<const MemoryPiece> memory_pieces();

// --- storage ---

// Reads that one Storage may have under way: two pieces of a model that are fetched while a third is computed, and a
// small read in between.
inline constexpr uint32_t kMaxReads = 3;

// Something with a name that bytes can be read from: a file, a partition. Kept in place by the caller while it is open.
struct Storage {
  uint64_t bytes = 0;    // its length when it was opened
  intptr_t handle = -1;  // the port's
  uint32_t reads = 0;    // under way, a bit each; the port's
};

// A read under way; its fields are the port's. Kept in place by the caller until wait_read().
struct Read {
  Storage* storage = nullptr;  // null: none under way
  uint32_t number = 0;         // below kMaxReads, another than those of the storage's other reads under way
  uint64_t offset = 0;
  std::span<std::byte> out;
};

// Opens for reading. Errors: kReadFailed (nothing of that name, or not to be read from any place in it; subject "card":
// no card answers), kUnsupported, kOutOfMemory, kLimit (of a card: its file system, its driver's memory, a file in more
// pieces than are followed).
Status open_storage(const char* name, Storage* storage);

// No read may be under way. A Storage that is not open stays so.
void close_storage(Storage* storage);

// Begins to fill `out` with the bytes from `offset` on, and returns without waiting for the medium where the platform
// can. Until wait_read() nobody touches `out`. Any offset, length and alignment will do; multiples of 512, into memory
// on a multiple of kBlockAlignment, are what a card reads without a copy. Errors, after which no read is under way:
// kInvalidArgument (found: the end of the range; at most: the bytes there are), kLimit (kMaxReads are under way).
Status begin_read(Storage* storage, uint64_t offset, std::span<std::byte> out, Read* read);

// Waits until a read has ended, in any order of reads; `out` then holds all its bytes. Errors: kReadFailed (found:
// bytes that came, from the start of `out`; expected: its size), after which the Storage can be read again, since cards
// come back; kNotReady (no such read was under way).
Status wait_read(Read* read);

// --- workers ---

// Cores that this program may use, 1 at least.
uint32_t core_count();

// A pool of workers behind a Parallel call (thimble/parallel.h): `count` - 1 threads or tasks, and the caller. Between
// calls they wait, first briefly awake, since the stages of a token follow each other within microseconds.
class Workers {
 public:
  // count: 1..kMaxWorkers. When the platform refuses a thread there are fewer; parallel().workers says how many.
  explicit Workers(uint32_t count);
  ~Workers();
  Workers(const Workers&) = delete;
  Workers& operator=(const Workers&) = delete;

  // Valid while the pool lives. Calls must not overlap.
  Parallel parallel() const;

 private:
  struct Pool;
  Pool* pool_;
};

}  // namespace thimble::port

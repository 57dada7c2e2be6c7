// What a program of firmware/ may ask of a board beyond ports/port.h: what it is, what was typed and pressed, what lies
// in its flash, and how its memory stands. The same rules hold: bound by the linker, called from the task that runs
// thimble_main() unless something else is said.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

#include "thimble/memory.h"
#include "thimble/status.h"

namespace thimble::port {

// --- the board ---

enum class Psram : uint8_t {
  kOff,       // the program was built without it
  kNotFound,  // built for it, in psram_mode, and none answered: none is there, or it is of the other mode
  kFound,
};

// Facts for the report at boot, and for the warnings that name the setting to change. 0 or null: not known.
struct BoardFacts {
  const char* chip = nullptr;           // "ESP32-S3"; static storage, as all texts here
  uint32_t revision = 0;                // 100 * major + minor
  uint32_t cpu_mhz = 0;                 // now
  uint32_t most_cpu_mhz = 0;            // that the chip can do
  uint64_t flash_bytes = 0;             // of the chip
  uint64_t flash_configured_bytes = 0;  // that the program was built for
  const char* flash_mode = nullptr;     // "QIO"
  uint32_t flash_mhz = 0;
  Psram psram = Psram::kOff;
  const char* psram_mode = nullptr;  // that the program was built for: "octal", "quad"
  uint64_t psram_bytes = 0;          // of the chip
  uint64_t psram_mapped_bytes = 0;   // within reach: an ESP32 maps 4 MB of 8
  uint32_t psram_mhz = 0;
  uint32_t data_cache_bytes = 0;
  uint32_t data_cache_line_bytes = 0;
  const char* reset_reason = nullptr;  // "power on", "task watchdog"
  const char* sdk = nullptr;           // "ESP-IDF v5.5.1", "Arduino 3.2.0"
};
BoardFacts board_facts();

// --- models in flash ---

struct FlashPartition {
  uint64_t bytes = 0;
  intptr_t handle = 0;  // the port's
};

// The partition of that label. Errors: kReadFailed (subject "partition": there is none).
Result<FlashPartition> find_flash(const char* label);

// A partition's first bytes in place, on a multiple of 64, until unmap_flash().
struct FlashMapping {
  std::span<const std::byte> bytes;
  uint32_t handle = 0;  // the port's
};

// `bytes`: at most those of the partition. From any task. Errors: kOutOfMemory (subject "window of the flash": too
// little is left of what the chip can map).
Status map_flash(const FlashPartition& partition, uint64_t bytes, FlashMapping* mapping);
// One that is empty stays so. From any task.
void unmap_flash(FlashMapping* mapping);

// --- files ---

// The folder that the files of the board's card appear in, which need not be there now; null: the program knows of no
// slot for one.
const char* card_folder();

// A file by its path, as open_storage() takes it, and its length.
struct FileName {
  char path[64] = "";
  uint64_t bytes = 0;
};

// The files of a folder whose names end in `ending`, in any case, in the order of their names; as many as `out` holds.
// Longer paths, hidden files and folders are left out. Returns how many. Errors: kReadFailed (subject "card": none
// answers; "storage": there is no such folder), kUnsupported (subject "file system of the card": it is not FAT),
// kOutOfMemory (subject "card": no memory for its driver).
Result<size_t> find_files(const char* folder, const char* ending, std::span<FileName> out);

// --- input ---

// Waits at most `milliseconds` for a line that was typed, 0: not at all. Lines are edited and collected by the port
// also while the program computes; at most a few wait. They are echoed while the program waits for one: what is typed
// from then on, until it waits again, does not stand in the middle of what it writes, and is shown behind that. *line:
// without its end, cut to 511 bytes, valid until the next call. False when there was none.
bool read_line(uint32_t milliseconds, std::string_view* line);

// Shows a line that read_line(0, ...) gave, when its turn has come: nobody has seen it so far. Where a terminal echoes
// by itself, nothing happens.
void echo_line(std::string_view line);

// Whether Ctrl-C was typed since the last call. May be called from any task.
bool take_interrupt();

// Whether the board's button (BOOT) was pressed since the last call.
bool take_button();

// Whether it is down now.
bool button_is_down();

// --- memory ---

struct MemoryState {
  size_t total = 0;
  size_t free = 0;           // now, what memory_pieces() gave away not included
  size_t least_free = 0;     // since the start
  size_t largest_block = 0;  // free, in one piece
};
MemoryState memory_state(Region region);

// Bytes of the calling task's stack that were never used.
size_t unused_stack();

// Whether the heap's own records are intact; a check for the console, which may take a while.
bool heap_is_sound();

}  // namespace thimble::port

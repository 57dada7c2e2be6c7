// The program itself, and the place for the one that follows it. A new one starts on trial: unless it says that it is
// to be kept, the next start is of the one before. Called from one task at a time, whichever.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

#include "thimble/status.h"

namespace thimble::port {

struct ProgramFacts {
  std::string_view project;  // "storyteller"; static storage, as all texts here
  std::string_view version;
  uint16_t chip = 0;          // as images name it
  uint64_t room = 0;          // bytes of the place for the next one; 0: there is no such place
  bool is_on_trial = false;   // this start decides whether it stays
  bool was_returned = false;  // the one that was tried last did not stay
};
ProgramFacts program_facts();

// The next program, in pieces. What is in its place now is gone, and the running one stays what starts next. Errors:
// kUnsupported (subject "second program": there is no place for one), kOutOfMemory (subject "program"), kReadFailed
// (subject "flash").
Status begin_program();
Status write_program(std::span<const std::byte> bytes);
// Checks what was written. Errors: kCorrupt (subject "program": its own checksums say no), kReadFailed. Then, as after
// abandon_program(), none is under way.
Status end_program();
void abandon_program();

// The one that end_program() found good is what starts next, on trial. Errors: kReadFailed (subject "flash").
Status start_program_next();

// The trial is over, and the program stays.
Status keep_program();
// The trial is over: starts the program before this one. Returns only when there is none.
void return_to_program_before();

void restart();

}  // namespace thimble::port

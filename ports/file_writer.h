// Writing files of the card. One new file at a time, by one task at a time, whichever. A file that is there is never
// written to: a new one has a name that was free.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "thimble/status.h"

namespace thimble::port {

// What a card writes as one, also when its power goes: a new file begins with so many zeros until something else is
// written there.
inline constexpr size_t kCardSectorBytes = 512;

// A new file of `bytes` bytes, which find room there; of those behind the first sector nobody knows what they are.
// Errors: kReadFailed (subject "card": none answers, or it failed; "storage": no such folder), kNotReady (subject "new
// file: there is one of this name"), kOutOfMemory (subject "room on the card": found, expected; "card": no memory for
// its driver), kUnsupported (subject "card that is write-protected", "file system of the card", "card": the program
// knows of no slot).
Status create_file(const char* path, uint64_t bytes);

// Of the new file, inside it. After an error, kReadFailed (subject "card"), it can only be discarded.
Status write_file(uint64_t offset, std::span<const std::byte> bytes);
Status read_back(uint64_t offset, std::span<std::byte> out);

// All of it is on the card, and it is a file like any. Errors: as write_file() has them.
Status finish_file();

// The new file is not wanted any more; without one nothing happens. On a card that is gone it stays, as it is.
void discard_file();

// A file that nobody reads. Errors: kReadFailed (subject "card", "storage": there is none), kUnsupported.
Status remove_file(const char* path);

}  // namespace thimble::port

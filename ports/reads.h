// What begin_read() and wait_read() have in common in every port: which reads may begin, and which are under way.
#pragma once

#include <bit>
#include <utility>

#include "ports/port.h"

namespace thimble::port {

// Notes that a read begins, or refuses it as begin_read() must.
inline Status enter_read(Storage* storage, uint64_t offset, std::span<std::byte> out, Read* read) {
  if (offset > storage->bytes || out.size() > storage->bytes - offset) {
    return Status::error(Code::kInvalidArgument, "range of a read").above(offset + out.size(), storage->bytes);
  }
  const auto number = static_cast<uint32_t>(std::countr_one(storage->reads));
  if (number == kMaxReads) return Status::error(Code::kLimit, "reads under way").above(kMaxReads + 1, kMaxReads);
  storage->reads |= 1u << number;
  *read = {storage, number, offset, out};
  return {};
}

// Notes that a read ends, and answers what it was. Errors: kNotReady.
inline Result<Read> leave_read(Read* read) {
  if (read->storage == nullptr) return Status::error(Code::kNotReady, "read");
  read->storage->reads &= ~(1u << read->number);
  return std::exchange(*read, {});
}

// The verdict when `done` bytes of it came.
inline Status read_result(const Read& read, size_t done) {
  if (done == read.out.size()) return {};
  return Status::error(Code::kReadFailed, "storage").got(done, read.out.size());
}

}  // namespace thimble::port

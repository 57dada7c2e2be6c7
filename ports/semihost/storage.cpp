// Files of the host. A call of the host blocks, so the reading is done by wait_read().

#include "ports/reads.h"
#include "ports/semihost/host_calls.h"
#include "ports/semihost/semihost.h"

namespace thimble {
namespace {

uint64_t deliverable = UINT64_MAX;

// Returns the bytes read: fewer at the end of the file or on an error.
size_t read_at(int32_t handle, uint64_t offset, std::span<std::byte> out) {
  if (!semihost::seek_to(handle, static_cast<uint32_t>(offset))) return 0;
  if (out.size() > deliverable) out = out.first(static_cast<size_t>(deliverable));
  size_t done = 0;
  while (done < out.size()) {
    const size_t n = semihost::read_bytes(handle, out.data() + done, out.size() - done);
    if (n == 0) break;
    done += n;
  }
  deliverable -= done;
  return done;
}

}  // namespace

void semihost::fail_reads_after(uint64_t bytes) { deliverable = bytes; }

namespace port {

Status open_storage(const char* name, Storage* storage) {
  const int32_t handle = semihost::open_for_reading(name);
  const int64_t length = handle < 0 ? -1 : semihost::file_length(handle);
  *storage = {static_cast<uint64_t>(length), handle};
  if (length >= 0 && length <= INT32_MAX) return {};  // positions of the host's calls have 32 bits
  close_storage(storage);
  return Status::error(Code::kReadFailed, "storage");
}

void close_storage(Storage* storage) {
  if (storage->handle >= 0) semihost::close_handle(static_cast<int32_t>(storage->handle));
  *storage = {};
}

Status begin_read(Storage* storage, uint64_t offset, std::span<std::byte> out, Read* read) {
  return enter_read(storage, offset, out, read);
}

Status wait_read(Read* read) {
  const Result<Read> r = leave_read(read);
  if (!r.ok()) return r.status();
  return read_result(*r, read_at(static_cast<int32_t>(r->storage->handle), r->offset, r->out));
}

}  // namespace port
}  // namespace thimble

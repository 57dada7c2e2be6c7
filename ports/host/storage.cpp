// Files. A read that begins is announced to the kernel, which fetches it meanwhile; wait_read() copies it.

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>

#include "ports/reads.h"

namespace thimble::port {
namespace {

int descriptor_of(const Storage& storage) { return static_cast<int>(storage.handle); }

// Returns the bytes read: fewer at the end of the file or on an error.
size_t read_at(int descriptor, uint64_t offset, std::span<std::byte> out) {
  size_t done = 0;
  while (done < out.size()) {
    const ssize_t n = ::pread(descriptor, out.data() + done, out.size() - done, static_cast<off_t>(offset + done));
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0) break;
    done += static_cast<size_t>(n);
  }
  return done;
}

}  // namespace

Status open_storage(const char* name, Storage* storage) {
  *storage = {0, ::open(name, O_RDONLY | O_CLOEXEC)};
  struct stat info = {};
  if (storage->handle >= 0 && ::fstat(descriptor_of(*storage), &info) == 0 && S_ISREG(info.st_mode)) {
    storage->bytes = static_cast<uint64_t>(info.st_size);
    return {};
  }
  close_storage(storage);
  return Status::error(Code::kReadFailed, "storage");
}

void close_storage(Storage* storage) {
  if (storage->handle >= 0) ::close(descriptor_of(*storage));
  *storage = {};
}

Status begin_read(Storage* storage, uint64_t offset, std::span<std::byte> out, Read* read) {
  THIMBLE_RETURN_IF_ERROR(enter_read(storage, offset, out, read));
#ifdef POSIX_FADV_WILLNEED
  (void)::posix_fadvise(descriptor_of(*storage), static_cast<off_t>(offset), static_cast<off_t>(out.size()),
                        POSIX_FADV_WILLNEED);
#endif
  return {};
}

Status wait_read(Read* read) {
  const Result<Read> r = leave_read(read);
  if (!r.ok()) return r.status();
  return read_result(*r, read_at(descriptor_of(*r->storage), r->offset, r->out));
}

}  // namespace thimble::port

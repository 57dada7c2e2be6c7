// Files, read by the operating system's asynchronous reads (aio.h): a read that begins goes on by itself.

#include <aio.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>

#include "ports/reads.h"

namespace thimble::port {
namespace {

struct File {
  int descriptor = -1;
  std::array<aiocb, kMaxReads> requests{};  // by Read::number
};

File* file_of(const Storage& storage) { return reinterpret_cast<File*>(storage.handle); }

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

// A request that the system refuses, having too many of them, ends at once with no bytes; wait_read() reads those.
void start(const Read& read) {
  File& file = *file_of(*read.storage);
  aiocb& request = file.requests[read.number];
  request = {};
  request.aio_fildes = file.descriptor;
  request.aio_offset = static_cast<off_t>(read.offset);
  request.aio_buf = read.out.data();
  request.aio_nbytes = read.out.size();
  request.aio_sigevent.sigev_notify = SIGEV_NONE;
  if (::aio_read(&request) != 0) request.aio_fildes = -1;
}

// Returns the bytes that a request brought.
size_t finish(aiocb* request) {
  if (request->aio_fildes < 0) return 0;
  const aiocb* const list[] = {request};
  while (::aio_error(request) == EINPROGRESS) (void)::aio_suspend(list, 1, nullptr);  // a signal ends it early
  const ssize_t n = ::aio_return(request);
  return n > 0 ? static_cast<size_t>(n) : 0;
}

}  // namespace

Status open_storage(const char* name, Storage* storage) {
  *storage = {};
  const int descriptor = ::open(name, O_RDONLY | O_CLOEXEC);
  struct stat info = {};
  if (descriptor < 0 || ::fstat(descriptor, &info) != 0 || !S_ISREG(info.st_mode)) {
    if (descriptor >= 0) ::close(descriptor);
    return Status::error(Code::kReadFailed, "storage");
  }
  auto* const file = new File;
  file->descriptor = descriptor;
  *storage = {static_cast<uint64_t>(info.st_size), reinterpret_cast<intptr_t>(file)};
  return {};
}

void close_storage(Storage* storage) {
  if (storage->handle != -1) {
    ::close(file_of(*storage)->descriptor);
    delete file_of(*storage);
  }
  *storage = {};
}

Status begin_read(Storage* storage, uint64_t offset, std::span<std::byte> out, Read* read) {
  THIMBLE_RETURN_IF_ERROR(enter_read(storage, offset, out, read));
  start(*read);
  return {};
}

// What the request left out is asked for once more, and an end of the file or an error then is one.
Status wait_read(Read* read) {
  const Result<Read> r = leave_read(read);
  if (!r.ok()) return r.status();
  File& file = *file_of(*r->storage);
  const size_t done = finish(&file.requests[r->number]);
  return read_result(*r, done + read_at(file.descriptor, r->offset + done, r->out.subspan(done)));
}

}  // namespace thimble::port

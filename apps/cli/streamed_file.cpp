#include "apps/cli/streamed_file.h"

#include <algorithm>
#include <utility>

#include "apps/cli/errors.h"
#include "ports/host/process.h"
#include "tools/first_bytes.h"

namespace thimble::cli {

StreamedFile::StreamedFile(const std::string& path) {
  check(port::open_storage(path.c_str(), &storage_), path);
  tools::ImageBytes front(static_cast<size_t>(std::min<uint64_t>(Model::kTableBytes, storage_.bytes)));
  check(read(this, 0, front.span()), path);
  if (!tools::is_thm(front.span())) {
    throw UsageError(path + ": weights are streamed from a .thm file; make one with: thimble convert " + path +
                     " OUT.thm");
  }
  const auto parts = Model::table_parts(front.span());
  check(parts.status(), path);
  tables_ = tools::ImageBytes(static_cast<size_t>(parts->bytes()));
  const auto front_bytes = static_cast<size_t>(parts->front_bytes);
  check(read(this, 0, tables_.span().first(front_bytes)), path);
  check(read(this, parts->back_at, tables_.span().subspan(front_bytes)), path);
  waited_seconds_ = 0;
}

StreamedFile::~StreamedFile() {
  for (port::Read& read : reads_) {
    if (read.storage != nullptr) (void)port::wait_read(&read);
  }
  port::close_storage(&storage_);
}

WeightReader StreamedFile::reader() { return {read, this, begin, wait}; }

Status StreamedFile::read(void* self, uint64_t offset, std::span<std::byte> out) {
  auto* file = static_cast<StreamedFile*>(self);
  const double start = host::monotonic_seconds();
  port::Read read;
  THIMBLE_RETURN_IF_ERROR(port::begin_read(&file->storage_, offset, out, &read));
  const Status status = port::wait_read(&read);
  file->waited_seconds_ += host::monotonic_seconds() - start;
  return status;
}

Status StreamedFile::begin(void* self, uint32_t slot, uint64_t offset, std::span<std::byte> out) {
  auto* file = static_cast<StreamedFile*>(self);
  return port::begin_read(&file->storage_, offset, out, &file->reads_[slot]);
}

Status StreamedFile::wait(void* self, uint32_t slot) {
  auto* file = static_cast<StreamedFile*>(self);
  const double start = host::monotonic_seconds();
  const Status status = port::wait_read(&file->reads_[slot]);
  file->waited_seconds_ += host::monotonic_seconds() - start;
  return status;
}

}  // namespace thimble::cli

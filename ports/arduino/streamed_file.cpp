#include "ports/arduino/streamed_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "ports/arduino/heap.h"

namespace thimble::arduino {

StreamedFile::~StreamedFile() {
  if (descriptor_ >= 0) close(descriptor_);
  release(tables_.data());
}

Status StreamedFile::open(const char* path, Model* model) {
  path_ = path;
  descriptor_ = ::open(path, O_RDONLY);
  struct stat info = {};
  if (descriptor_ < 0 || fstat(descriptor_, &info) != 0) return Status::error(Code::kReadFailed, "file");
  bytes_ = static_cast<uint64_t>(info.st_size);
  reader_.context = this;
  reader_.read = [](void* self, uint64_t offset, std::span<std::byte> out) {
    return static_cast<StreamedFile*>(self)->read(offset, out);
  };
  reader_.begin = [](void* self, uint32_t slot, uint64_t offset, std::span<std::byte> out) {
    return static_cast<StreamedFile*>(self)->begin(slot, offset, out);
  };
  reader_.wait = [](void* self, uint32_t slot) { return static_cast<StreamedFile*>(self)->wait(slot); };
  return read_tables(model);
}

Status StreamedFile::read_tables(Model* model) {
  alignas(16) std::byte table[Model::kTableBytes] = {};
  const auto start = std::span(table).first(bytes_ < sizeof(table) ? static_cast<size_t>(bytes_) : sizeof(table));
  THIMBLE_RETURN_IF_ERROR(read(0, start));
  const Result<uint64_t> length = Model::image_bytes(start);
  if (!length.ok()) return length.status();
  if (*length != bytes_) return Status::error(Code::kTruncated, "model").got(bytes_, *length);
  const Result<TableParts> parts = Model::table_parts(start);
  if (!parts.ok()) return parts.status();
  THIMBLE_RETURN_IF_ERROR(allocate_tables(static_cast<size_t>(parts->bytes())));
  const auto front = static_cast<size_t>(parts->front_bytes);
  THIMBLE_RETURN_IF_ERROR(read(0, tables_.first(front)));
  THIMBLE_RETURN_IF_ERROR(read(parts->back_at, tables_.subspan(front)));
  return model->open_tables(tables_, bytes_);
}

Status StreamedFile::allocate_tables(size_t bytes) {
  for (const Region region : {Region::kBulk, Region::kFast}) {
    auto* const place = static_cast<std::byte*>(allocate(region, bytes));
    if (place == nullptr) continue;
    tables_ = {place, bytes};
    region_ = region;
    return {};
  }
  return Status::error(Code::kOutOfMemory, "tables").got(largest_piece(Region::kFast), bytes);
}

Status StreamedFile::begin(size_t piece, uint64_t offset, std::span<std::byte> out) {
  Piece& p = pieces_[piece];
  p.file = this;
  p.offset = offset;
  p.out = out;
  p.job.begin(
      [](void* self) {
        auto& each = *static_cast<Piece*>(self);
        each.done = each.file->read_at(each.offset, each.out);
      },
      &p);
  return {};
}

Status StreamedFile::wait(size_t piece) {
  Piece& p = pieces_[piece];
  p.job.await();
  if (p.done == p.out.size()) return {};
  return Status::error(Code::kReadFailed, "card").got(p.done, p.out.size());
}

Status StreamedFile::read(uint64_t offset, std::span<std::byte> out) {
  THIMBLE_RETURN_IF_ERROR(begin(kWhole, offset, out));
  return wait(kWhole);
}

size_t StreamedFile::read_at(uint64_t offset, std::span<std::byte> out) {
  if (descriptor_ < 0) descriptor_ = ::open(path_, O_RDONLY);
  if (descriptor_ < 0 || lseek(descriptor_, static_cast<off_t>(offset), SEEK_SET) < 0) return 0;
  size_t done = 0;
  while (done < out.size()) {
    const ssize_t n = ::read(descriptor_, out.data() + done, out.size() - done);
    if (n <= 0) break;
    done += static_cast<size_t>(n);
  }
  if (done < out.size()) {
    close(descriptor_);
    descriptor_ = -1;
  }
  return done;
}

}  // namespace thimble::arduino

// Files of any mounted file system (FAT, LittleFS, SPIFFS), by their path, "/sdcard/story.thm"; and partitions of the
// flash, by their label, "model". A call of either blocks, so the reading is done by wait_read().

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "esp_partition.h"
#include "ports/reads.h"

namespace thimble::port {
namespace {

// A Storage::handle is a partition's address, which is even, or twice a descriptor and one.
bool is_file(const Storage& storage) { return storage.handle % 2 != 0; }
intptr_t handle_of(int descriptor) { return 2 * intptr_t{descriptor} + 1; }
int descriptor_of(const Storage& storage) { return static_cast<int>(storage.handle / 2); }
const esp_partition_t* partition_of(const Storage& storage) {
  return reinterpret_cast<const esp_partition_t*>(storage.handle);
}

bool open_file(const char* path, Storage* storage) {
  const int descriptor = ::open(path, O_RDONLY);
  if (descriptor < 0) return false;
  struct stat info = {};
  if (::fstat(descriptor, &info) != 0 || !S_ISREG(info.st_mode) || info.st_size < 0) {
    ::close(descriptor);
    return false;
  }
  *storage = {static_cast<uint64_t>(info.st_size), handle_of(descriptor)};
  return true;
}

bool open_partition(const char* label, Storage* storage) {
  const esp_partition_t* partition = esp_partition_find_first(ESP_PARTITION_TYPE_ANY, ESP_PARTITION_SUBTYPE_ANY, label);
  if (partition == nullptr) return false;
  *storage = {partition->size, reinterpret_cast<intptr_t>(partition)};
  return true;
}

// Return the bytes read: fewer at the end of the file or on an error.
size_t read_file(int descriptor, uint64_t offset, std::span<std::byte> out) {
  if (::lseek(descriptor, static_cast<off_t>(offset), SEEK_SET) < 0) return 0;
  size_t done = 0;
  while (done < out.size()) {
    const ssize_t n = ::read(descriptor, out.data() + done, out.size() - done);
    if (n <= 0) break;
    done += static_cast<size_t>(n);
  }
  return done;
}
size_t read_partition(const esp_partition_t* partition, uint64_t offset, std::span<std::byte> out) {
  const esp_err_t error = esp_partition_read(partition, static_cast<size_t>(offset), out.data(), out.size());
  return error == ESP_OK ? out.size() : 0;
}

}  // namespace

Status open_storage(const char* name, Storage* storage) {
  *storage = {};
  const bool opened = name[0] == '/' ? open_file(name, storage) : open_partition(name, storage);
  return opened ? Status() : Status::error(Code::kReadFailed, "storage");
}

// Partitions stay known to IDF for good; there is nothing to give back.
void close_storage(Storage* storage) {
  if (storage->handle >= 0 && is_file(*storage)) ::close(descriptor_of(*storage));
  *storage = {};
}

Status begin_read(Storage* storage, uint64_t offset, std::span<std::byte> out, Read* read) {
  return enter_read(storage, offset, out, read);
}

Status wait_read(Read* read) {
  const Result<Read> r = leave_read(read);
  if (!r.ok()) return r.status();
  const Storage& storage = *r->storage;
  return read_result(*r, is_file(storage) ? read_file(descriptor_of(storage), r->offset, r->out)
                                          : read_partition(partition_of(storage), r->offset, r->out));
}

}  // namespace thimble::port

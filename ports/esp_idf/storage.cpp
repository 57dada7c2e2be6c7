// Files of the card, by their path, "/sdcard/story.thm", which a task of their own reads; files of any other file
// system that the program mounted (LittleFS, SPIFFS, FAT), and partitions of the flash, by their label, "model". Calls
// of these block, so the reading is done by wait_read().

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "esp_partition.h"
#include "ports/esp_idf/card_file.h"
#include "ports/reads.h"

namespace thimble::port {
namespace {

// A Storage::handle: an address, which is a multiple of 4, or four times a descriptor, and the kind.
enum Kind : intptr_t { kPartition, kFile, kCardFile };
Kind kind_of(const Storage& storage) { return static_cast<Kind>(storage.handle & 3); }
intptr_t handle_of(intptr_t value, Kind kind) { return value | kind; }
intptr_t value_of(const Storage& storage) { return storage.handle & ~intptr_t{3}; }

int descriptor_of(const Storage& storage) { return static_cast<int>(storage.handle / 4); }
const esp_partition_t* partition_of(const Storage& storage) {
  return reinterpret_cast<const esp_partition_t*>(value_of(storage));
}
esp_idf::OpenCardFile* card_file_of(const Storage& storage) {
  return reinterpret_cast<esp_idf::OpenCardFile*>(value_of(storage));
}

bool open_file(const char* path, Storage* storage) {
  const int descriptor = ::open(path, O_RDONLY);
  if (descriptor < 0) return false;
  struct stat info = {};
  if (::fstat(descriptor, &info) != 0 || !S_ISREG(info.st_mode) || info.st_size < 0) {
    ::close(descriptor);
    return false;
  }
  *storage = {static_cast<uint64_t>(info.st_size), handle_of(4 * intptr_t{descriptor}, kFile)};
  return true;
}

bool open_partition(const char* label, Storage* storage) {
  const esp_partition_t* partition = esp_partition_find_first(ESP_PARTITION_TYPE_ANY, ESP_PARTITION_SUBTYPE_ANY, label);
  if (partition == nullptr) return false;
  *storage = {partition->size, handle_of(reinterpret_cast<intptr_t>(partition), kPartition)};
  return true;
}

Status open_on_card(const char* path, Storage* storage) {
  esp_idf::OpenCardFile* file = nullptr;
  uint64_t bytes = 0;
  THIMBLE_RETURN_IF_ERROR(esp_idf::open_card_file(path, &file, &bytes));
  *storage = {bytes, handle_of(reinterpret_cast<intptr_t>(file), kCardFile)};
  return {};
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
size_t finish(const Read& read) {
  const Storage& storage = *read.storage;
  switch (kind_of(storage)) {
    case kCardFile:
      return esp_idf::end_card_read(card_file_of(storage), read);
    case kFile:
      return read_file(descriptor_of(storage), read.offset, read.out);
    case kPartition:
      break;
  }
  return read_partition(partition_of(storage), read.offset, read.out);
}

}  // namespace

Status open_storage(const char* name, Storage* storage) {
  *storage = {};
  if (esp_idf::is_on_card(name)) return open_on_card(name, storage);
  const bool opened = name[0] == '/' ? open_file(name, storage) : open_partition(name, storage);
  return opened ? Status() : Status::error(Code::kReadFailed, "storage");
}

// Partitions stay known to IDF for good; there is nothing to give back.
void close_storage(Storage* storage) {
  if (storage->handle != -1 && kind_of(*storage) == kFile) ::close(descriptor_of(*storage));
  if (storage->handle != -1 && kind_of(*storage) == kCardFile) esp_idf::close_card_file(card_file_of(*storage));
  *storage = {};
}

Status begin_read(Storage* storage, uint64_t offset, std::span<std::byte> out, Read* read) {
  THIMBLE_RETURN_IF_ERROR(enter_read(storage, offset, out, read));
  if (kind_of(*storage) == kCardFile) esp_idf::begin_card_read(card_file_of(*storage), *read);
  return {};
}

Status wait_read(Read* read) {
  const Result<Read> r = leave_read(read);
  return r.ok() ? read_result(*r, finish(*r)) : r.status();
}

}  // namespace thimble::port

#include "ports/esp_idf/card_file.h"

#include "sdkconfig.h"

#if CONFIG_THIMBLE_CARD_USED

#include <array>
#include <cstring>
#include <new>
#include <string_view>

#include "esp_heap_caps.h"
#include "ports/esp_idf/card_bus.h"
#include "ports/esp_idf/card_task.h"
#include "ports/esp_idf/card_volume.h"

namespace thimble::esp_idf {

struct OpenCardFile {
  struct Request {
    CardFile* file = nullptr;
    uint64_t offset = 0;
    std::span<std::byte> out;
    size_t done = 0;
    CardJob job;
  };

  CardFile file;
  std::array<Request, port::kMaxReads> requests;
};

namespace {

// Calls `work` in the card's task, and waits for it.
template <class Work>
void do_on_card(Work work, void (*meanwhile)() = port::yield) {
  CardJob job;
  job.begin([](void* self) { (*static_cast<Work*>(self))(); }, &work);
  job.await(meanwhile);
}

// The same for whoever writes, which is another task than the program's.
template <class Work>
Status write_by_card(Work work) {
  Status status;
  do_on_card([&] { status = work(); }, [] {});
  return status;
}

}  // namespace

const char* card_folder() { return kCardFolder; }

bool is_on_card(const char* path) {
  const std::string_view text(path), folder(kCardFolder);
  return text.starts_with(folder) && (text.size() == folder.size() || text[folder.size()] == '/');
}

// In internal memory: an ESP32 cannot do atomic operations in PSRAM.
Status open_card_file(const char* path, OpenCardFile** file, uint64_t* bytes) {
  void* const place =
      heap_caps_aligned_alloc(alignof(OpenCardFile), sizeof(OpenCardFile), MALLOC_CAP_INTERNAL | MALLOC_CAP_8BIT);
  if (place == nullptr) return Status::error(Code::kOutOfMemory, "card");
  *file = new (place) OpenCardFile;
  Status status;
  do_on_card([&] { status = (*file)->file.open(path); });
  *bytes = (*file)->file.bytes();
  if (!status.ok()) close_card_file(*file);
  return status;
}

void close_card_file(OpenCardFile* file) {
  file->~OpenCardFile();
  heap_caps_free(file);
}

void begin_card_read(OpenCardFile* file, const port::Read& read) {
  OpenCardFile::Request& request = file->requests[read.number];
  request.file = &file->file;
  request.offset = read.offset;
  request.out = read.out;
  request.job.begin(
      [](void* self) {
        auto& r = *static_cast<OpenCardFile::Request*>(self);
        r.done = r.file->read(r.offset, r.out);
      },
      &request);
}

size_t end_card_read(OpenCardFile* file, const port::Read& read) {
  OpenCardFile::Request& request = file->requests[read.number];
  request.job.await();
  return request.done;
}

Status create_on_card(const char* path, uint64_t bytes) {
  return write_by_card([&] { return create_card_file(path, bytes); });
}
Status write_on_card(uint64_t offset, std::span<const std::byte> bytes) {
  return write_by_card([&] { return write_card_file(offset, bytes); });
}
Status read_back_on_card(uint64_t offset, std::span<std::byte> out) {
  return write_by_card([&] { return read_back_card_file(offset, out); });
}
Status finish_on_card() { return write_by_card(finish_card_file); }
void discard_on_card() {
  do_on_card(discard_card_file, [] {});
}
Status remove_on_card(const char* path) {
  return write_by_card([&] { return remove_card_file(path); });
}

Result<size_t> find_on_card(const char* folder, const char* ending, std::span<port::FileName> out) {
  Result<size_t> found = size_t{0};
  do_on_card([&] { found = find_card_files(folder, ending, out); });
  return found;
}

}  // namespace thimble::esp_idf

#else

namespace thimble::esp_idf {

const char* card_folder() { return nullptr; }
bool is_on_card(const char*) { return false; }
Status open_card_file(const char*, OpenCardFile**, uint64_t*) { return Status::error(Code::kReadFailed, "card"); }
void close_card_file(OpenCardFile*) {}
void begin_card_read(OpenCardFile*, const port::Read&) {}
size_t end_card_read(OpenCardFile*, const port::Read&) { return 0; }
Status create_on_card(const char*, uint64_t) { return Status::error(Code::kUnsupported, "card"); }
Status write_on_card(uint64_t, std::span<const std::byte>) { return Status::error(Code::kReadFailed, "card"); }
Status read_back_on_card(uint64_t, std::span<std::byte>) { return Status::error(Code::kReadFailed, "card"); }
Status finish_on_card() { return Status::error(Code::kReadFailed, "card"); }
void discard_on_card() {}
Status remove_on_card(const char*) { return Status::error(Code::kUnsupported, "card"); }
Result<size_t> find_on_card(const char*, const char*, std::span<port::FileName>) {
  return Status::error(Code::kReadFailed, "card");
}

}  // namespace thimble::esp_idf

#endif

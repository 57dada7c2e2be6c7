#include "sdkconfig.h"

#if CONFIG_THIMBLE_CARD_USED

#include <algorithm>
#include <cstring>
#include <limits>
#include <string_view>
#include <utility>

#include "ff.h"  // in front of diskio_sdmmc.h, which takes its names from there

#include "diskio_sdmmc.h"
#include "esp_heap_caps.h"
#include "esp_memory_utils.h"
#include "ports/esp_idf/card_bus.h"
#include "ports/esp_idf/card_volume.h"
#include "ports/found_files.h"
#include "thimble/memory.h"

namespace thimble::esp_idf {
namespace {

static_assert(FF_USE_FASTSEEK, "menuconfig selects FATFS_USE_FASTSEEK");

constexpr uint32_t kSectorBytes = 512;

// One command of the card at most.
constexpr uint32_t kMostSectors = CONFIG_THIMBLE_CARD_READ_KB * 1024 / kSectorBytes;

// For what cannot go straight to its place: parts of sectors, memory that a card's host does not reach.
constexpr uint32_t kBufferSectors = 8;

// The card that is open.
struct Volume {
  sdmmc_card_t* card = nullptr;
  uint32_t mounting = 0;        // counts: cards come and go
  std::byte* buffer = nullptr;  // [kBufferSectors], kept once it is there
  uint32_t buffered_sector = 0;
  uint32_t buffered_sectors = 0;
};
Volume volume;

// The file that is being written.
struct NewFile {
  FIL file;
  char path[CardFile::kMostPathBytes + 1] = "";  // empty: none is
  bool is_open = false;
};
NewFile new_file;

Status no_card() { return Status::error(Code::kReadFailed, "card"); }

void close_new_file() {
  if (std::exchange(new_file.is_open, false)) (void)f_close(&new_file.file);
}

void lose_card() {
  close_new_file();
  if (volume.card != nullptr) disconnect_card(std::exchange(volume.card, nullptr));
  volume.buffered_sectors = 0;
}

Status connect() {
  if (volume.buffer == nullptr) {
    volume.buffer = static_cast<std::byte*>(
        heap_caps_aligned_alloc(kBlockAlignment, kBufferSectors * kSectorBytes, MALLOC_CAP_INTERNAL | MALLOC_CAP_DMA));
  }
  sdmmc_card_t* card = nullptr;
  const esp_err_t error = volume.buffer != nullptr ? connect_card(&card) : ESP_ERR_NO_MEM;
  if (error == ESP_ERR_NO_MEM) return Status::error(Code::kOutOfMemory, "card");
  if (error == ESP_FAIL) return Status::error(Code::kUnsupported, "file system of the card");
  if (error != ESP_OK) return no_card();
  volume.card = card;
  ++volume.mounting;
  if (card->csd.sector_size == kSectorBytes) return {};
  lose_card();
  return Status::error(Code::kUnsupported, "sectors of the card");
}

// A card that was taken out, or changed for another, does not answer to its number any more.
Status find_card() {
  if (volume.card != nullptr && sdmmc_get_status(volume.card) != ESP_OK) lose_card();
  return volume.card != nullptr ? Status() : connect();
}

// What FATFS says; the card is looked for anew when that is its fault.
Status status_of(FRESULT result) {
  switch (result) {
    case FR_OK:
      return {};
    case FR_DISK_ERR:
    case FR_INT_ERR:
    case FR_NOT_READY:
      lose_card();
      return no_card();
    case FR_EXIST:
      return Status::error(Code::kNotReady, "new file: there is one of this name");
    case FR_WRITE_PROTECTED:
      return Status::error(Code::kUnsupported, "card that is write-protected");
    case FR_DENIED:
      return Status::error(Code::kOutOfMemory, "room on the card");
    default:
      return Status::error(Code::kReadFailed, "storage");
  }
}

// "/sdcard/story.thm" as FATFS has it: "0:/story.thm".
struct FatPath {
  explicit FatPath(const char* path) {
    std::string_view(path + std::strlen(kCardFolder)).copy(text + 2, CardFile::kMostPathBytes);
    text[0] = static_cast<char>('0' + ff_diskio_get_pdrv_card(volume.card));
    text[1] = ':';
  }
  char text[CardFile::kMostPathBytes + 3] = {};
};

// Whether the host of the card writes there by itself. A P4 wants whole lines of its cache, others are content with 4
// bytes.
bool is_reached(const std::byte* memory) {
  return esp_ptr_dma_capable(memory) && reinterpret_cast<uintptr_t>(memory) % kBlockAlignment == 0;
}

}  // namespace

Status CardFile::open(const char* path) {
  if (std::strlen(path) > kMostPathBytes) return Status::error(Code::kReadFailed, "storage");
  std::strcpy(path_, path);
  THIMBLE_RETURN_IF_ERROR(find_card());
  return look_up();
}

// FATFS writes pairs into its table, clusters in a row and the first of them, and in front how long it is.
Status CardFile::look_up() {
  static FIL file;
  static DWORD table[2 * kMostRuns + 2];
  THIMBLE_RETURN_IF_ERROR(status_of(f_open(&file, FatPath(path_).text, FA_READ)));
  table[0] = static_cast<DWORD>(std::size(table));
  file.cltbl = table;
  const FRESULT result = f_lseek(&file, CREATE_LINKMAP);
  const FATFS& system = *file.obj.fs;
  const uint32_t sectors_per_cluster = system.csize, first_sector = system.database;
  const uint64_t bytes = f_size(&file);
  (void)f_close(&file);
  if (result == FR_NOT_ENOUGH_CORE) {
    return Status::error(Code::kLimit, "pieces of the file").above((table[0] - 2) / 2, kMostRuns);
  }
  THIMBLE_RETURN_IF_ERROR(status_of(result));

  run_count_ = (table[0] - 2) / 2;
  for (size_t i = 0; i < run_count_; ++i) {
    const DWORD clusters = table[1 + 2 * i], first_cluster = table[2 + 2 * i];
    runs_[i] = {first_sector + (first_cluster - 2) * sectors_per_cluster, clusters * sectors_per_cluster};
  }
  bytes_ = bytes;
  mounting_ = volume.mounting;
  return {};
}

// As it was when it was opened; a card that came back may have been written to elsewhere.
bool CardFile::is_there() {
  if (volume.card != nullptr && mounting_ == volume.mounting) return true;
  const uint64_t bytes = bytes_;
  const bool same = find_card().ok() && look_up().ok() && bytes_ == bytes;
  if (!same) mounting_ = 0;
  bytes_ = bytes;
  return same;
}

// From the sector of `offset` on. Empty: the file is shorter than its length says.
CardFile::Run CardFile::run_at(uint64_t offset) const {
  auto sector = static_cast<uint32_t>(offset / kSectorBytes);
  for (size_t i = 0; i < run_count_; ++i) {
    const Run& run = runs_[i];
    if (sector < run.sectors) return {run.first_sector + sector, run.sectors - sector};
    sector -= run.sectors;
  }
  return {};
}

size_t CardFile::read(uint64_t offset, std::span<std::byte> out) {
  if (!is_there()) return 0;
  size_t done = 0;
  while (done < out.size()) {
    const size_t bytes = read_once(offset + done, out.subspan(done));
    if (bytes == 0) {
      lose_card();
      break;
    }
    done += bytes;
  }
  return done;
}

// By one command of the card, or none where the buffer has it. Returns the bytes; 0: the card failed. What a stream
// ends a piece with, a part of a sector, is in the buffer when it begins the next one with the rest.
size_t CardFile::read_once(uint64_t offset, std::span<std::byte> out) const {
  const Run run = run_at(offset);
  if (run.sectors == 0) return 0;
  const size_t skipped = offset % kSectorBytes;
  if (skipped == 0 && out.size() >= kSectorBytes && is_reached(out.data())) {
    const uint32_t sectors = std::min({static_cast<uint32_t>(out.size() / kSectorBytes), run.sectors, kMostSectors});
    const bool read = sdmmc_read_sectors(volume.card, out.data(), run.first_sector, sectors) == ESP_OK;
    return read ? sectors * kSectorBytes : 0;
  }
  const uint32_t at = run.first_sector - volume.buffered_sector;  // wraps where it lies in front
  if (at >= volume.buffered_sectors) {
    const size_t wanted = (skipped + out.size() + kSectorBytes - 1) / kSectorBytes;
    const bool rest_is_reached = wanted > kBufferSectors && is_reached(out.data() + kSectorBytes - skipped);
    const uint32_t most = rest_is_reached ? 1 : kBufferSectors;
    const uint32_t sectors = std::min({static_cast<uint32_t>(wanted), run.sectors, most});
    volume.buffered_sectors = 0;
    if (sdmmc_read_sectors(volume.card, volume.buffer, run.first_sector, sectors) != ESP_OK) return 0;
    volume.buffered_sector = run.first_sector;
    volume.buffered_sectors = sectors;
    return read_once(offset, out);
  }
  const size_t bytes = std::min<size_t>(out.size(), (volume.buffered_sectors - at) * kSectorBytes - skipped);
  std::memcpy(out.data(), volume.buffer + at * kSectorBytes + skipped, bytes);
  return bytes;
}

// --- the new file ---

namespace {

// Its clusters, of a chain that is made at once: f_lseek() stops where the card is full. Then zeros in front, before
// the folder says that there is more than nothing: a cluster holds what it held before, which may be a model's
// beginning.
Status make_room(uint64_t bytes) {
  static const std::byte zeros[kSectorBytes] = {};
  FIL* const file = &new_file.file;
  THIMBLE_RETURN_IF_ERROR(status_of(f_lseek(file, static_cast<FSIZE_t>(bytes))));
  const uint64_t room = f_tell(file);
  if (room < bytes) return Status::error(Code::kOutOfMemory, "room on the card").got(room, bytes);
  THIMBLE_RETURN_IF_ERROR(write_card_file(0, zeros));
  return status_of(f_sync(file));
}

}  // namespace

Status create_card_file(const char* path, uint64_t bytes) {
  if (std::strlen(path) > CardFile::kMostPathBytes) return Status::error(Code::kReadFailed, "storage");
  if (bytes > std::numeric_limits<uint32_t>::max()) return Status::error(Code::kLimit, "file of FAT");
  close_new_file();
  THIMBLE_RETURN_IF_ERROR(find_card());
  const FRESULT result = f_open(&new_file.file, FatPath(path).text, FA_READ | FA_WRITE | FA_CREATE_NEW);
  THIMBLE_RETURN_IF_ERROR(status_of(result));
  std::strcpy(new_file.path, path);
  new_file.is_open = true;
  const Status status = make_room(bytes);
  if (!status.ok()) discard_card_file();
  return status;
}

Status write_card_file(uint64_t offset, std::span<const std::byte> bytes) {
  if (!new_file.is_open) return no_card();
  volume.buffered_sectors = 0;  // of a file that is gone, perhaps, whose clusters these are now
  UINT written = 0;
  THIMBLE_RETURN_IF_ERROR(status_of(f_lseek(&new_file.file, static_cast<FSIZE_t>(offset))));
  THIMBLE_RETURN_IF_ERROR(status_of(f_write(&new_file.file, bytes.data(), static_cast<UINT>(bytes.size()), &written)));
  return written == bytes.size() ? Status() : no_card();
}

Status read_back_card_file(uint64_t offset, std::span<std::byte> out) {
  if (!new_file.is_open) return no_card();
  UINT read = 0;
  THIMBLE_RETURN_IF_ERROR(status_of(f_lseek(&new_file.file, static_cast<FSIZE_t>(offset))));
  THIMBLE_RETURN_IF_ERROR(status_of(f_read(&new_file.file, out.data(), static_cast<UINT>(out.size()), &read)));
  return read == out.size() ? Status() : no_card();
}

Status finish_card_file() {
  if (!new_file.is_open) return no_card();
  THIMBLE_RETURN_IF_ERROR(status_of(f_sync(&new_file.file)));
  close_new_file();
  new_file.path[0] = '\0';
  return {};
}

// One of a card that was lost stays: the card that is there now may be another one.
void discard_card_file() {
  if (new_file.path[0] == '\0') return;
  const bool is_same_card = new_file.is_open;
  close_new_file();
  if (is_same_card) (void)remove_card_file(new_file.path);
  new_file.path[0] = '\0';
}

Status remove_card_file(const char* path) {
  if (std::strlen(path) > CardFile::kMostPathBytes) return Status::error(Code::kReadFailed, "storage");
  THIMBLE_RETURN_IF_ERROR(find_card());
  return status_of(f_unlink(FatPath(path).text));
}

Result<size_t> find_card_files(const char* folder, const char* ending, std::span<port::FileName> out) {
  static FF_DIR directory;
  static FILINFO entry;
  THIMBLE_RETURN_IF_ERROR(find_card());
  THIMBLE_RETURN_IF_ERROR(status_of(f_opendir(&directory, FatPath(folder).text)));
  port::FoundFiles found(folder, out);
  FRESULT result = f_readdir(&directory, &entry);
  for (; result == FR_OK && entry.fname[0] != '\0'; result = f_readdir(&directory, &entry)) {
    if ((entry.fattrib & (AM_DIR | AM_HID)) == 0 && port::is_named(entry.fname, ending)) {
      found.add(entry.fname, entry.fsize);
    }
  }
  (void)f_closedir(&directory);
  THIMBLE_RETURN_IF_ERROR(status_of(result));
  return found.count();
}

}  // namespace thimble::esp_idf

#endif

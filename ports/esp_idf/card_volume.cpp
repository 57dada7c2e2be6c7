#include "sdkconfig.h"

#if CONFIG_THIMBLE_CARD_USED

#include <algorithm>
#include <cstring>
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

Status no_card() { return Status::error(Code::kReadFailed, "card"); }

void lose_card() {
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
    default:
      return Status::error(Code::kReadFailed, "storage");
  }
}

// "/sdcard/story.thm" as FATFS has it: "0:/story.thm".
struct FatPath {
  explicit FatPath(const char* path) {
    std::strncpy(text + 2, path + std::strlen(kCardFolder), CardFile::kMostPathBytes);
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

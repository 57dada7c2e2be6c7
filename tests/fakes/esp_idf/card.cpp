// A card: sectors, files in runs of clusters, and the driver and file system that the port asks about them. All calls
// must come from one task, since nothing of it is locked.

#include <strings.h>

#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <deque>
#include <limits>

#include "ff.h"  // in front of diskio_sdmmc.h

#include "diskio_sdmmc.h"
#include "esp_heap_caps.h"
#include "esp_memory_utils.h"
#include "esp_vfs_fat.h"
#include "fakes.h"
#include "freertos/task.h"

namespace {

constexpr uint32_t kSectorBytes = 512;
constexpr uint32_t kClusterSectors = 4;
constexpr uint32_t kClusterBytes = kClusterSectors * kSectorBytes;
constexpr uint32_t kFirstSector = 63;  // of cluster 2
constexpr uint32_t kFirstCluster = 2;
constexpr BYTE kDrive = 1;
constexpr const char* kPathOfDrive = "1:";

struct Run {
  uint32_t first_cluster;
  uint32_t clusters;
};
struct File {
  std::string name;
  size_t bytes = 0;
  BYTE attributes = 0;
  std::vector<Run> runs{};
};

// The card in the slot, or beside it.
struct Medium {
  bool in_slot = false;
  bool fat = true;
  uint32_t number = 0;  // another one has another
  std::vector<std::byte> sectors = std::vector<std::byte>(kFirstSector * kSectorBytes);
  std::deque<File> files{};
};

Medium medium;
uint32_t insertions = 0;

sdmmc_card_t* mounted = nullptr;
uint32_t mounted_insertion = 0;
FATFS file_system = {kClusterSectors, kFirstSector};
uint32_t open_objects = 0;
bool bus_started = false;
bool read_only = false;
size_t clusters_left = std::numeric_limits<size_t>::max();
TaskHandle_t owner = nullptr;

uint32_t commands = 0, mountings = 0;
uint32_t failing_from = std::numeric_limits<uint32_t>::max(), failing = 0;
int64_t failing_takes = 0;

void expect_owner(const char* call) {
  fakes::expect_task(call);
  if (owner == nullptr) owner = xTaskGetCurrentTaskHandle();
  fakes::expect(owner == xTaskGetCurrentTaskHandle(), call, "the card belongs to another task");
}

void expect_card(const sdmmc_card_t* card, const char* call) {
  expect_owner(call);
  fakes::expect(card != nullptr && card == mounted, call, "not the card that is mounted");
}

// Whether a command of the card brings what was asked for.
bool answers() {
  const uint32_t number = commands++;
  const bool fails = number >= failing_from && number - failing_from < failing;
  if (fails) fakes::advance(failing_takes);
  return medium.in_slot && mounted_insertion == insertions && !fails;
}

File* find(const TCHAR* path) {
  fakes::expect(std::strncmp(path, kPathOfDrive, 2) == 0, "f_open", "a path without the drive of the card");
  for (File& file : medium.files) {
    if (::strcasecmp(("/" + file.name).c_str(), path + 2) == 0 && (file.attributes & AM_DIR) == 0) return &file;
  }
  return nullptr;
}

bool is_valid(const FFOBJID& object) { return mounted != nullptr && object.fs != nullptr && object.id == mountings; }

esp_err_t mount(const char* call, const char* path, const sdmmc_host_t* host, const esp_vfs_fat_mount_config_t* config,
                sdmmc_card_t** card) {
  expect_owner(call);
  fakes::expect(path != nullptr && path[0] == '/' && host != nullptr && card != nullptr, call, "no path, host or card");
  fakes::expect(config != nullptr && !config->format_if_mount_failed, call, "a card of somebody may be formatted");
  fakes::expect(config->max_files > 0, call, "no files");
  fakes::expect(host->max_freq_khz >= 400 && host->max_freq_khz <= 40000, call, "no such clock");
  fakes::expect(mounted == nullptr, call, "mounted twice");
  if (!medium.in_slot) return ESP_ERR_TIMEOUT;
  if (!medium.fat) return ESP_FAIL;
  auto* const made = static_cast<sdmmc_card_t*>(
      heap_caps_aligned_alloc(8, sizeof(sdmmc_card_t), MALLOC_CAP_INTERNAL | MALLOC_CAP_8BIT));
  if (made == nullptr) return ESP_ERR_NO_MEM;
  *made = {.host = *host, .csd = {static_cast<int>(medium.sectors.size() / kSectorBytes), kSectorBytes}};
  mounted_insertion = insertions;
  ++mountings;
  *card = mounted = made;
  return ESP_OK;
}

}  // namespace

namespace fakes {

void insert_card(bool fat) {
  medium = Medium{.in_slot = true, .fat = fat, .number = medium.number + 1};
  ++insertions;
}

void remove_card() { medium.in_slot = false; }

void put_card_back() {
  medium.in_slot = true;
  ++insertions;
}

// Behind all that is there, its runs in reverse, each behind a cluster of nobody's.
void add_card_file(const char* name, std::span<const std::byte> bytes, size_t runs, bool hidden) {
  File file{.name = name, .bytes = bytes.size(), .attributes = hidden ? AM_HID : BYTE{0}};
  const size_t clusters = (bytes.size() + kClusterBytes - 1) / kClusterBytes;
  const auto place_of = [](uint32_t cluster) {
    return (kFirstSector + (cluster - kFirstCluster) * kClusterSectors) * size_t{kSectorBytes};
  };
  const auto next =
      static_cast<uint32_t>((medium.sectors.size() / kSectorBytes - kFirstSector) / kClusterSectors) + kFirstCluster;
  medium.sectors.resize(place_of(static_cast<uint32_t>(next + clusters + runs)));
  for (size_t run = 0, from = 0; run < runs && clusters > 0; ++run) {
    const size_t to = clusters * (run + 1) / runs;
    const auto first = static_cast<uint32_t>(next + (clusters - to) + (runs - run));
    file.runs.push_back({first, static_cast<uint32_t>(to - from)});
    const std::span<const std::byte> part = bytes.subspan(from * kClusterBytes);
    std::copy_n(part.begin(), std::min(part.size(), (to - from) * kClusterBytes),
                medium.sectors.begin() + static_cast<std::ptrdiff_t>(place_of(first)));
    from = to;
  }
  medium.files.push_back(std::move(file));
}

void limit_card(size_t bytes) { clusters_left = bytes / kClusterBytes; }
void protect_card() { read_only = true; }
std::vector<std::byte> card_file(const char* name) {
  const auto found =
      std::find_if(medium.files.begin(), medium.files.end(), [name](const File& file) { return file.name == name; });
  if (found == medium.files.end() || found->runs.size() != 1) return {};
  const size_t first = kFirstSector + (found->runs[0].first_cluster - kFirstCluster) * kClusterSectors;
  const auto begin = medium.sectors.begin() + static_cast<std::ptrdiff_t>(first * kSectorBytes);
  return {begin, begin + static_cast<std::ptrdiff_t>(found->bytes)};
}

void add_card_folder(const char* name) { medium.files.push_back({.name = name, .attributes = AM_DIR}); }

void fail_card_commands(uint32_t first, uint32_t count, int64_t microseconds) {
  failing_from = commands + first;
  failing = count;
  failing_takes = microseconds;
}

uint32_t card_commands() { return commands; }
uint32_t card_mountings() { return mountings; }
bool card_is_mounted() { return mounted != nullptr; }

}  // namespace fakes

bool esp_ptr_dma_capable(const void* pointer) { return fakes::is_in_heap(pointer, MALLOC_CAP_DMA); }

// --- the driver ---

esp_err_t sdmmc_read_sectors(sdmmc_card_t* card, void* dst, size_t start_sector, size_t sector_count) {
  constexpr const char* kCall = "sdmmc_read_sectors";
  expect_card(card, kCall);
  fakes::expect(sector_count > 0 && start_sector + sector_count <= static_cast<size_t>(card->csd.capacity), kCall,
                "sectors that the card does not have");
  fakes::expect(esp_ptr_dma_capable(dst) && reinterpret_cast<uintptr_t>(dst) % 4 == 0, kCall,
                "memory that the driver has to copy to, from a buffer of its own");
  if (!answers()) return ESP_ERR_TIMEOUT;
  std::memcpy(dst, medium.sectors.data() + start_sector * kSectorBytes, sector_count * kSectorBytes);
  return ESP_OK;
}

esp_err_t sdmmc_get_status(sdmmc_card_t* card) {
  expect_card(card, "sdmmc_get_status");
  return answers() ? ESP_OK : ESP_ERR_TIMEOUT;
}

esp_err_t spi_bus_initialize(spi_host_device_t, const spi_bus_config_t* config, spi_dma_chan_t dma) {
  expect_owner("spi_bus_initialize");
  fakes::expect(config != nullptr && dma != SPI_DMA_DISABLED, "spi_bus_initialize", "no pins or no DMA");
  fakes::expect(!bus_started, "spi_bus_initialize", "the bus is at work already");
  bus_started = true;
  return ESP_OK;
}

esp_err_t spi_bus_free(spi_host_device_t) {
  expect_owner("spi_bus_free");
  fakes::expect(bus_started && mounted == nullptr, "spi_bus_free", "no bus, or one with a card");
  bus_started = false;
  return ESP_OK;
}

esp_err_t esp_vfs_fat_sdmmc_mount(const char* path, const sdmmc_host_t* host, const void* slot,
                                  const esp_vfs_fat_mount_config_t* config, sdmmc_card_t** card) {
  const auto* const pins = static_cast<const sdmmc_slot_config_t*>(slot);
  fakes::expect(pins != nullptr && (pins->width == 1 || pins->width == 4), "esp_vfs_fat_sdmmc_mount", "no such width");
  for (const gpio_num_t pin : {pins->clk, pins->cmd, pins->d0, pins->d1, pins->d2, pins->d3}) {
    fakes::expect(pin < 33 || pin > 37, "esp_vfs_fat_sdmmc_mount", "a pin of octal PSRAM");
  }
  return mount("esp_vfs_fat_sdmmc_mount", path, host, config, card);
}

esp_err_t esp_vfs_fat_sdspi_mount(const char* path, const sdmmc_host_t* host, const sdspi_device_config_t* device,
                                  const esp_vfs_fat_mount_config_t* config, sdmmc_card_t** card) {
  fakes::expect(device != nullptr && bus_started, "esp_vfs_fat_sdspi_mount", "spi_bus_initialize() comes first");
  return mount("esp_vfs_fat_sdspi_mount", path, host, config, card);
}

esp_err_t esp_vfs_fat_sdcard_unmount(const char*, sdmmc_card_t* card) {
  expect_card(card, "esp_vfs_fat_sdcard_unmount");
  fakes::expect(open_objects == 0, "esp_vfs_fat_sdcard_unmount", "a file or a directory is open");
  heap_caps_free(card);
  mounted = nullptr;
  return ESP_OK;
}

// --- the file system ---

BYTE ff_diskio_get_pdrv_card(const sdmmc_card_t* card) {
  expect_card(card, "ff_diskio_get_pdrv_card");
  return kDrive;
}

FRESULT f_open(FIL* file, const TCHAR* path, BYTE mode) {
  expect_owner("f_open");
  const bool makes = mode == (FA_READ | FA_WRITE | FA_CREATE_NEW);
  fakes::expect(mode == FA_READ || makes, "f_open", "a file of a card may be changed");
  if (mounted == nullptr || !answers()) return FR_DISK_ERR;
  if (makes && read_only) return FR_WRITE_PROTECTED;
  if (makes && find(path) != nullptr) return FR_EXIST;
  if (makes) medium.files.push_back({.name = path + 3});
  File* const found = find(path);
  if (found == nullptr) return FR_NO_FILE;
  *file = {};
  file->obj = {&file_system, static_cast<WORD>(mountings), found->runs.empty() ? 0 : found->runs[0].first_cluster,
               static_cast<FSIZE_t>(found->bytes)};
  file->file = makes ? found : nullptr;
  ++open_objects;
  return FR_OK;
}

// One run behind all that is there, as far as the card has room.
static void grow(FIL* file, FSIZE_t bytes) {
  File& grown = *static_cast<File*>(file->file);
  const size_t clusters = std::min<size_t>((bytes + kClusterBytes - 1) / kClusterBytes, clusters_left);
  const auto next =
      static_cast<uint32_t>((medium.sectors.size() / kSectorBytes - kFirstSector) / kClusterSectors) + kFirstCluster;
  medium.sectors.resize(medium.sectors.size() + clusters * kClusterBytes, std::byte{0x89});  // of some file before
  mounted->csd.capacity = static_cast<int>(medium.sectors.size() / kSectorBytes);
  grown.runs = {{next, static_cast<uint32_t>(clusters)}};
  file->obj.sclust = next;
  file->obj.objsize = static_cast<FSIZE_t>(std::min<size_t>(bytes, clusters * kClusterBytes));
}

static std::span<std::byte> contents(FIL* file) {
  const File& written = *static_cast<File*>(file->file);
  const size_t first = kFirstSector + (written.runs.at(0).first_cluster - kFirstCluster) * kClusterSectors;
  return std::span(medium.sectors).subspan(first * kSectorBytes, file->obj.objsize);
}

// Where a new file is read or written; the range lies in it.
static FRESULT look_at_new_file(FIL* file, const void* bytes, UINT count, const char* call) {
  expect_owner(call);
  fakes::expect(file->file != nullptr && bytes != nullptr, call, "not a file that may be changed");
  if (!is_valid(file->obj)) return FR_INVALID_OBJECT;
  if (!answers()) return FR_DISK_ERR;
  fakes::expect(file->fptr + count <= file->obj.objsize, call, "beyond the room that was made");
  return FR_OK;
}

FRESULT f_read(FIL* file, void* out, UINT bytes, UINT* read) {
  const FRESULT result = look_at_new_file(file, out, bytes, "f_read");
  if (result != FR_OK) return result;
  std::memcpy(out, contents(file).data() + file->fptr, bytes);
  file->fptr += bytes;
  *read = bytes;
  return FR_OK;
}

FRESULT f_write(FIL* file, const void* from, UINT bytes, UINT* written) {
  const FRESULT result = look_at_new_file(file, from, bytes, "f_write");
  if (result != FR_OK) return result;
  std::memcpy(contents(file).data() + file->fptr, from, bytes);
  file->fptr += bytes;
  *written = bytes;
  return FR_OK;
}

// The folder knows of the length from now on.
FRESULT f_sync(FIL* file) {
  const FRESULT result = look_at_new_file(file, file, 0, "f_sync");
  if (result == FR_OK) static_cast<File*>(file->file)->bytes = file->obj.objsize;
  return result;
}

FRESULT f_unlink(const TCHAR* path) {
  expect_owner("f_unlink");
  fakes::expect(open_objects == 0, "f_unlink", "a file or a directory is open");
  if (mounted == nullptr || !answers()) return FR_DISK_ERR;
  const File* const found = find(path);
  if (found == nullptr) return FR_NO_FILE;
  const auto is_it = [found](const File& file) { return &file == found; };
  medium.files.erase(std::find_if(medium.files.begin(), medium.files.end(), is_it));
  return FR_OK;
}

FRESULT f_close(FIL* file) {
  expect_owner("f_close");
  fakes::expect(open_objects > 0, "f_close", "a file closed twice");
  --open_objects;
  return is_valid(file->obj) ? FR_OK : FR_INVALID_OBJECT;
}

FRESULT f_lseek(FIL* file, FSIZE_t offset) {
  expect_owner("f_lseek");
  if (!is_valid(file->obj)) return FR_INVALID_OBJECT;
  if (file->file != nullptr && offset <= file->obj.objsize) return file->fptr = offset, FR_OK;
  if (file->file != nullptr) {
    if (!answers()) return FR_DISK_ERR;
    grow(file, offset);
    file->fptr = file->obj.objsize;
    return FR_OK;
  }
  fakes::expect(offset == CREATE_LINKMAP && file->cltbl != nullptr, "f_lseek", "only the table of runs is made here");
  if (!answers()) return FR_DISK_ERR;
  const auto at = [&](const File& f) { return !f.runs.empty() && f.runs[0].first_cluster == file->obj.sclust; };
  const auto found = std::find_if(medium.files.begin(), medium.files.end(), at);
  const std::vector<Run> runs = found != medium.files.end() ? found->runs : std::vector<Run>();
  const DWORD room = file->cltbl[0];
  DWORD* table = file->cltbl + 1;
  DWORD needed = 2;
  for (const Run& run : runs) {
    needed += 2;
    if (needed > room) continue;
    *table++ = run.clusters;
    *table++ = run.first_cluster;
  }
  file->cltbl[0] = needed;
  if (needed > room) return FR_NOT_ENOUGH_CORE;
  *table = 0;
  return FR_OK;
}

FRESULT f_opendir(FF_DIR* directory, const TCHAR* path) {
  expect_owner("f_opendir");
  if (mounted == nullptr || !answers()) return FR_DISK_ERR;
  if (std::strcmp(path, kPathOfDrive) != 0) return FR_NO_PATH;
  *directory = {};
  directory->obj = {&file_system, static_cast<WORD>(mountings), 0, 0};
  ++open_objects;
  return FR_OK;
}

FRESULT f_closedir(FF_DIR* directory) {
  expect_owner("f_closedir");
  fakes::expect(open_objects > 0, "f_closedir", "a directory closed twice");
  --open_objects;
  return is_valid(directory->obj) ? FR_OK : FR_INVALID_OBJECT;
}

FRESULT f_readdir(FF_DIR* directory, FILINFO* entry) {
  expect_owner("f_readdir");
  if (!is_valid(directory->obj)) return FR_INVALID_OBJECT;
  if (!answers()) return FR_DISK_ERR;
  *entry = {};
  if (directory->dptr == medium.files.size()) return FR_OK;
  const File& file = medium.files[directory->dptr++];
  entry->fsize = static_cast<FSIZE_t>(file.bytes);
  entry->fattrib = file.attributes;
  std::strncpy(entry->fname, file.name.c_str(), sizeof entry->fname - 1);
  return FR_OK;
}

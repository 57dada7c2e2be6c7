// What the service tells of the machine it runs on, which only the program around it knows.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

namespace thimble::service {

// Memory of one kind: "weights", "fast", "flash".
struct MemoryRegion {
  std::string_view name;
  uint64_t used = 0;
  uint64_t total = 0;
};

// A chip's board as it is now. 0, empty, nothing: not known, and not told.
struct BoardState {
  uint32_t cpu_mhz = 0;
  uint32_t psram_mhz = 0;
  uint32_t cache_line_bytes = 0;
  std::string_view reset_reason{};
  std::optional<int32_t> temperature_c{};  // of the chip
  std::optional<int32_t> rssi_dbm{};       // of the radio
};

struct Platform {
  static constexpr size_t kMostRegions = 8;

  std::string_view board;  // "desktop", "ESP32-S3-N16R8"
  std::string_view chip;   // "x86_64"
  // Fills in the regions as they are now, when the context holds so many tokens; returns how many. Called within the
  // service's other functions. May be null.
  size_t (*regions)(void* context, size_t context_used, std::span<MemoryRegion> out) = nullptr;
  // Fills in what is known. Called likewise; may be null.
  void (*state)(void* context, BoardState* out) = nullptr;
  // Microseconds that the engine has waited for weights from a medium, since some moment. Called likewise; may be null.
  uint64_t (*storage_wait_us)(void* context) = nullptr;
  void* context = nullptr;
  bool manages_models = false;  // whether /api/models is there, which is not the service's
};

}  // namespace thimble::service

// What the service tells of the machine it runs on, which only the program around it knows.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

namespace thimble::service {

// Memory of one kind: "weights", "fast", "flash".
struct MemoryRegion {
  std::string_view name;
  uint64_t used = 0;
  uint64_t total = 0;
};

struct Platform {
  static constexpr size_t kMostRegions = 8;

  std::string_view board;  // "desktop", "ESP32-S3-N16R8"
  std::string_view chip;   // "x86_64"
  // Fills in the regions as they are now, when the context holds so many tokens; returns how many. Called within the
  // service's other functions. May be null.
  size_t (*regions)(void* context, size_t context_used, std::span<MemoryRegion> out) = nullptr;
  void* context = nullptr;
};

}  // namespace thimble::service

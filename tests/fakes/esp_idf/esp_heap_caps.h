#pragma once

#include <cstddef>
#include <cstdint>

inline constexpr uint32_t MALLOC_CAP_8BIT = 1u << 2;
inline constexpr uint32_t MALLOC_CAP_DMA = 1u << 3;
inline constexpr uint32_t MALLOC_CAP_SPIRAM = 1u << 10;
inline constexpr uint32_t MALLOC_CAP_INTERNAL = 1u << 11;

struct multi_heap_info_t {
  size_t total_free_bytes;
  size_t total_allocated_bytes;
  size_t largest_free_block;
  size_t minimum_free_bytes;
  size_t allocated_blocks;
  size_t free_blocks;
  size_t total_blocks;
};

void* heap_caps_aligned_alloc(size_t alignment, size_t size, uint32_t caps);
void heap_caps_free(void* block);
size_t heap_caps_get_free_size(uint32_t caps);
size_t heap_caps_get_largest_free_block(uint32_t caps);
void heap_caps_get_info(multi_heap_info_t* info, uint32_t caps);
bool heap_caps_check_integrity_all(bool print_errors);

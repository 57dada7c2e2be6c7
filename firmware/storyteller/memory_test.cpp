#include "firmware/storyteller/memory_test.h"

#include <algorithm>

#include "ports/port.h"

namespace thimble::storyteller {
namespace {

constexpr size_t kSliceWords = 64 * 1024;  // between two yields: 256 KiB, some hundredths of a second in slow PSRAM

// Multiplication by an odd number: neighbours, and words a power of two apart, differ in many bits.
uint32_t pattern(size_t word, uint32_t flip) { return (static_cast<uint32_t>(word) * 0x9e3779b1u) ^ flip; }

template <class Visit>
void for_slices(size_t words, Visit visit) {
  for (size_t first = 0; first < words; first += kSliceWords) {
    visit(first, std::min(words, first + kSliceWords));
    port::yield();
  }
}

}  // namespace

MemoryFault test_memory(std::span<std::byte> bytes) {
  // Volatile, so that no read is answered by what was just written.
  auto* const word = reinterpret_cast<volatile uint32_t*>(bytes.data());
  const size_t words = bytes.size() / sizeof(uint32_t);
  MemoryFault fault;
  for (const uint32_t flip : {0u, ~0u}) {
    // All is written before anything is read: more than a cache holds.
    for_slices(words, [&](size_t i, size_t end) {
      for (; i < end; ++i) word[i] = pattern(i, flip);
    });
    for_slices(words, [&](size_t i, size_t end) {
      for (; i < end; ++i) {
        if (word[i] == pattern(i, flip)) continue;
        if (fault.bad_reads++ == 0) fault.first_bad = const_cast<const uint32_t*>(word + i);
      }
    });
  }
  return fault;
}

}  // namespace thimble::storyteller

#include "text/byte_level/byte_level.h"
#include "text/byte_level/unicode_runs.h"

namespace thimble::byte_level {

CharacterClass class_of(uint32_t code_point) {
  if (code_point >= kRunsEnd) return CharacterClass::kOther;
  const RunBlock* block = kRunBlocks;
  for (const RunBlock& candidate : kRunBlocks) {
    if (candidate.code_point <= code_point) block = &candidate;
  }
  uint32_t end = block->code_point;
  const uint8_t* next = kRuns + block->byte;
  while (true) {
    uint32_t run = 0;
    uint32_t shift = 0;
    do run |= static_cast<uint32_t>(*next & 0x7f) << shift, shift += 7;
    while ((*next++ & 0x80) != 0);
    end += run >> 2;
    if (code_point < end) return static_cast<CharacterClass>(run & 3);
  }
}

}  // namespace thimble::byte_level

// Edits a .thm image and repairs its checksums, so that a test reaches the check behind them.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <span>

#include "base/bytes.h"
#include "format/layout.h"
#include "tests/support/thm_repair.h"
#include "tools/convert/convert.h"

namespace thimble::testing {

class ThmEditor {
 public:
  explicit ThmEditor(std::span<const std::byte> image) : bytes_(image.size()) {
    std::copy(image.begin(), image.end(), bytes_.span().begin());
  }

  std::span<std::byte> bytes() { return bytes_.span(); }
  std::byte* at(size_t offset) { return bytes_.span().data() + offset; }

  // The table entry of a section, and where its bytes start; the section must be there.
  std::byte* entry(uint32_t kind) {
    const uint32_t count = load_u32(at(format::header::kSectionCountAt));
    for (uint32_t i = 0; i < count; ++i) {
      std::byte* e = at(format::kHeaderBytes + size_t{i} * format::kSectionEntryBytes);
      if (load_u32(e + format::section::kKindAt) == kind) return e;
    }
    return nullptr;
  }
  std::byte* section(uint32_t kind) { return at(load_u64(entry(kind) + format::section::kOffsetAt)); }

  // Calls look(offset) for each byte while its lowest bit, its highest or all of it are flipped.
  template <class Look>
  void for_each_flip(const Look& look) {
    for (size_t i = 0; i < bytes().size(); ++i) {
      for (const std::byte mask : {std::byte{0x01}, std::byte{0x80}, std::byte{0xff}}) {
        bytes()[i] ^= mask;
        look(i);
        bytes()[i] ^= mask;
      }
    }
  }

  // Makes the checksums agree again, so that a hostile edit passes for an honest file.
  void repair() { repair_checksums(bytes()); }

 private:
  tools::ImageBytes bytes_;
};

}  // namespace thimble::testing

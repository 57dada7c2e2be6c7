// Edits a .thm image and repairs its checksums, so that a test reaches the check behind them.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "base/bytes.h"
#include "base/checksum.h"
#include "format/layout.h"
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

  // Recomputes the checksums of header, table and sections as far as their bounds make sense, so that a hostile edit
  // passes for an honest file.
  void repair() {
    const auto all = bytes_.span();
    if (all.size() < format::kHeaderBytes) return;
    const uint32_t count = load_u32(at(format::header::kSectionCountAt));
    const size_t table_bytes = size_t{count} * format::kSectionEntryBytes;
    if (count <= format::kMaxSections && table_bytes <= all.size() - format::kHeaderBytes) {
      for (uint32_t i = 0; i < count; ++i) repair_section(at(format::kHeaderBytes + size_t{i} * format::kSectionEntryBytes));
      store_u32(at(format::header::kTableChecksumAt), checksum32(all.subspan(format::kHeaderBytes, table_bytes)));
    }
    store_u32(at(format::header::kChecksumAt), checksum32(all.first(format::header::kChecksumAt)));
  }

 private:
  void repair_section(std::byte* e) {
    const auto all = bytes_.span();
    const uint64_t offset = load_u64(e + format::section::kOffsetAt);
    const uint64_t bytes = load_u64(e + format::section::kBytesAt);
    if (offset > all.size() || bytes > all.size() - offset) return;
    const bool data = load_u32(e + format::section::kKindAt) == format::section::kData;
    const auto body = all.subspan(static_cast<size_t>(offset), static_cast<size_t>(bytes));
    store_u32(e + format::section::kChecksumAt, data ? 0 : checksum32(body));
  }

  tools::ImageBytes bytes_;
};

}  // namespace thimble::testing

#include "tests/support/thm_repair.h"

#include <algorithm>

#include "base/bytes.h"
#include "base/checksum.h"
#include "format/layout.h"

namespace thimble::testing {
namespace {

namespace h = format::header;
namespace s = format::section;

// The part of the image that an entry claims, cut to what there is.
std::span<std::byte> claimed(std::span<std::byte> image, const std::byte* entry) {
  const size_t offset = static_cast<size_t>(std::min<uint64_t>(load_u64(entry + s::kOffsetAt), image.size()));
  const size_t bytes = static_cast<size_t>(std::min<uint64_t>(load_u64(entry + s::kBytesAt), image.size() - offset));
  return image.subspan(offset, bytes);
}

void repair_block_sums(std::span<std::byte> sums, std::span<const std::byte> data) {
  for (size_t block = 0; block < sums.size() / 4; ++block) {
    const size_t at = std::min(block * format::kBlockBytes, data.size());
    const size_t bytes = std::min<size_t>(format::kBlockBytes, data.size() - at);
    store_u32(sums.data() + block * 4, checksum32(data.subspan(at, bytes)));
  }
}

}  // namespace

void repair_checksums(std::span<std::byte> image) {
  if (image.size() < format::kHeaderBytes) return;
  const size_t room = (image.size() - format::kHeaderBytes) / format::kSectionEntryBytes;
  const size_t count = std::min<size_t>({load_u32(image.data() + h::kSectionCountAt), room, format::kMaxSections});
  const auto table = image.subspan(format::kHeaderBytes, count * format::kSectionEntryBytes);
  const auto entry = [&](size_t i) { return table.data() + i * format::kSectionEntryBytes; };

  std::span<std::byte> sums, data;
  for (size_t i = 0; i < count; ++i) {
    const uint32_t kind = load_u32(entry(i) + s::kKindAt);
    if (kind == s::kBlockSums) sums = claimed(image, entry(i));
    if (kind == s::kData) data = claimed(image, entry(i));
  }
  repair_block_sums(sums, data);
  for (size_t i = 0; i < count; ++i) {
    const bool is_data = load_u32(entry(i) + s::kKindAt) == s::kData;
    store_u32(entry(i) + s::kChecksumAt, is_data ? 0 : checksum32(claimed(image, entry(i))));
  }
  store_u32(image.data() + h::kTableChecksumAt, checksum32(table));
  store_u32(image.data() + h::kChecksumAt, checksum32(image.first(h::kChecksumAt)));
}

}  // namespace thimble::testing

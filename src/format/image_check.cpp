#include "thimble/image_check.h"

#include <algorithm>
#include <bit>

#include "base/bytes.h"
#include "base/checksum.h"
#include "format/layout.h"

namespace thimble {
namespace {

namespace entry = format::section;

constexpr size_t kPieceBytes = 2048;  // whole sectors of a card

}  // namespace

void ImageCheck::start(uint64_t bytes) {
  bytes_ = bytes;
  section_count_ = section_ = 0;
  now_ = sums_ = {};
}

Status ImageCheck::advance(const WeightReader& reader, uint64_t received) {
  if (section_count_ == 0) {
    if (received < std::min<uint64_t>(Model::kTableBytes, bytes_)) return {};
    THIMBLE_RETURN_IF_ERROR(take_table(reader));
  }
  while (section_ < section_count_) {
    const uint64_t at = now_.offset + part_at_ + summed_;
    const uint64_t left = part_bytes() - summed_;
    const uint64_t there = received > at ? received - at : 0;
    const auto piece = std::span(buffer_).first(static_cast<size_t>(std::min<uint64_t>({left, there, kPieceBytes})));
    if (piece.size() < left && piece.size() % 4 != 0) return {};  // sums go by words
    if (piece.empty() && left > 0) return {};
    THIMBLE_RETURN_IF_ERROR(reader.read(reader.context, at, piece));
    auto sum = std::bit_cast<Checksum32>(sum_);
    sum.add_words(piece);
    sum_ = std::bit_cast<decltype(sum_)>(sum);
    summed_ += piece.size();
    if (summed_ == part_bytes()) THIMBLE_RETURN_IF_ERROR(end_part(reader));
  }
  return {};
}

Status ImageCheck::take_table(const WeightReader& reader) {
  const auto table = std::span(buffer_).first(static_cast<size_t>(std::min<uint64_t>(Model::kTableBytes, bytes_)));
  THIMBLE_RETURN_IF_ERROR(reader.read(reader.context, 0, table));
  const Result<uint64_t> head = Model::head_bytes(table);
  if (!head.ok()) return head.status();
  section_count_ = load_u32(table.data() + format::header::kSectionCountAt);
  return next_section(reader);
}

// By its entry in the table, which was found good: but a card may be changed for another, so its place is looked at.
Status ImageCheck::next_section(const WeightReader& reader) {
  part_at_ = 0;
  begin_part();
  if (section_ == section_count_) return {};
  std::array<std::byte, format::kSectionEntryBytes> record;
  THIMBLE_RETURN_IF_ERROR(
      reader.read(reader.context, format::kHeaderBytes + uint64_t{section_} * record.size(), record));
  now_ = {load_u32(record.data() + entry::kKindAt), load_u64(record.data() + entry::kOffsetAt),
          load_u64(record.data() + entry::kBytesAt), load_u32(record.data() + entry::kChecksumAt)};
  if (now_.offset > bytes_ || now_.bytes > bytes_ - now_.offset) return Status::error(Code::kMalformed, "section");
  if (now_.kind == entry::kBlockSums) sums_ = now_;
  const uint64_t blocks = (now_.bytes + format::kBlockBytes - 1) / format::kBlockBytes;
  const bool has_sums = now_.kind != entry::kData || sums_.bytes == blocks * sizeof(uint32_t);
  return has_sums ? Status() : Status::error(Code::kMalformed, "section of block checksums");
}

void ImageCheck::begin_part() {
  summed_ = 0;
  sum_ = std::bit_cast<decltype(sum_)>(Checksum32());
}

uint64_t ImageCheck::part_bytes() const {
  return now_.kind == entry::kData ? std::min<uint64_t>(format::kBlockBytes, now_.bytes - part_at_) : now_.bytes;
}

Status ImageCheck::end_part(const WeightReader& reader) {
  const bool is_block = now_.kind == entry::kData;
  uint32_t expected = now_.checksum;
  if (is_block && now_.bytes > 0) {
    std::array<std::byte, sizeof(uint32_t)> record;
    THIMBLE_RETURN_IF_ERROR(
        reader.read(reader.context, sums_.offset + part_at_ / format::kBlockBytes * record.size(), record));
    expected = load_u32(record.data());
  }
  if (std::bit_cast<Checksum32>(sum_).value() != expected) {
    return Status::error(Code::kCorrupt, is_block ? "checksum of payload block" : "checksum of section")
        .at(static_cast<size_t>(is_block ? part_at_ / format::kBlockBytes : section_));
  }
  part_at_ += summed_;
  begin_part();
  if (part_at_ < now_.bytes) return {};
  ++section_;
  return next_section(reader);
}

}  // namespace thimble

// Lookup of pieces in a vocabulary section that Tokenizer::open has validated: reads without bounds checks.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "base/bytes.h"
#include "base/checked.h"
#include "text/vocabulary_layout.h"
#include "thimble/tokenizer.h"

namespace thimble {

struct Record {
  uint32_t id = 0;
  float score = 0;
  PieceType type = PieceType::kUnused;
  std::string_view text;

  // Bytes that the record takes in the section.
  size_t bytes() const { return round_up(vocab::kRecordHeaderBytes + text.size(), vocab::kRecordAlign); }
};

inline Record read_record(const std::byte* p) {
  Record record;
  record.id = load_u32(p + vocab::kRecordIdAt);
  record.score = load_f32(p + vocab::kRecordScoreAt);
  record.type = static_cast<PieceType>(p[vocab::kRecordTypeAt]);
  record.text = {reinterpret_cast<const char*>(p + vocab::kRecordHeaderBytes), load_u16(p + vocab::kRecordLengthAt)};
  return record;
}

constexpr uint32_t type_bit(PieceType type) { return 1u << static_cast<uint32_t>(type); }

// Pieces that the buckets list, one per text and type.
inline constexpr uint32_t kIndexedTypes =
    type_bit(PieceType::kNormal) | type_bit(PieceType::kUser) | type_bit(PieceType::kControl);
static_assert(vocab::kMergeUnused == type_bit(PieceType::kUnused));  // with this flag these, too

// Pieces that merging makes. Where the flag is not set, no lookup finds an unused one.
inline constexpr uint32_t kMergeableTypes = type_bit(PieceType::kNormal) | type_bit(PieceType::kUnused);

// A view of the section: as cheap to copy as a span, valid as long as its bytes.
struct PieceIndex {
  const std::byte* section = nullptr;
  const std::byte* buckets = nullptr;
  uint32_t bucket_mask = 0;
  uint32_t max_piece_bytes = 0;

  PieceIndex() = default;
  PieceIndex(const std::byte* section_bytes, uint32_t pieces, uint32_t bucket_count, uint32_t longest)
      : section(section_bytes),
        buckets(section_bytes + vocab::buckets_at(pieces)),
        bucket_mask(bucket_count - 1),
        max_piece_bytes(longest) {}

  Record record(uint32_t id) const {
    return read_record(section + load_u32(section + vocab::kOffsetsAt + size_t{id} * 4));
  }
  uint32_t byte_id(char byte) const {
    return load_u32(section + vocab::kByteIdsAt + size_t{static_cast<uint8_t>(byte)} * 4);
  }

  struct Bucket {
    const std::byte* begin;
    const std::byte* end;
  };
  Bucket bucket(uint32_t hash) const {
    const std::byte* entry = buckets + size_t{hash & bucket_mask} * 4;
    return {section + load_u32(entry), section + load_u32(entry + 4)};
  }

  // The record of the piece with this text and one of these types, with the lowest id of several; null for none.
  const std::byte* find(std::string_view text, uint32_t hash, uint32_t types) const {
    const Bucket records = bucket(hash);
    for (const std::byte* p = records.begin; p != records.end;) {
      const Record candidate = read_record(p);
      if (candidate.text == text && (type_bit(candidate.type) & types) != 0) return p;
      p += candidate.bytes();
    }
    return nullptr;
  }
  const std::byte* find(std::string_view text, uint32_t types) const {
    return text.size() > max_piece_bytes ? nullptr : find(text, vocab::piece_hash(text), types);
  }
};

}  // namespace thimble

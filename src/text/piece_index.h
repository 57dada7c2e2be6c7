// Lookup of pieces in a vocabulary section that Tokenizer::open has validated: reads without bounds checks, where the
// section is in memory. Where it is not (text/streamed), an answer stays valid until the next one, and is none when a
// read has failed, which the stream then tells.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "text/piece_record.h"
#include "text/streamed/vocabulary_stream.h"

namespace thimble {

// Pieces that the buckets list, one per text and type.
inline constexpr uint32_t kIndexedTypes =
    type_bit(PieceType::kNormal) | type_bit(PieceType::kUser) | type_bit(PieceType::kControl);
static_assert(vocab::kMergeUnused == type_bit(PieceType::kUnused));  // with this flag these, too

// Pieces that merging makes. Where the flag is not set, no lookup finds an unused one.
inline constexpr uint32_t kMergeableTypes = type_bit(PieceType::kNormal) | type_bit(PieceType::kUnused);

// A view of the section: as cheap to copy as a span, valid as long as its bytes.
struct PieceIndex {
  const std::byte* section = nullptr;  // of a streamed one no more than its front
  const std::byte* buckets = nullptr;
  uint32_t bucket_mask = 0;
  uint32_t max_piece_bytes = 0;
  [[no_unique_address]] StreamPointer stream{};

  PieceIndex() = default;
  PieceIndex(const std::byte* section_bytes, uint32_t pieces, uint32_t bucket_count, uint32_t longest)
      : section(section_bytes),
        buckets(section_bytes + vocab::buckets_at(pieces)),
        bucket_mask(bucket_count - 1),
        max_piece_bytes(longest) {}
  PieceIndex(const std::byte* front, StreamPointer pieces, uint32_t bucket_count, uint32_t longest)
      : section(front), bucket_mask(bucket_count - 1), max_piece_bytes(longest), stream(pieces) {}

  Record record(uint32_t id) const {
    if constexpr (kStreaming) {
      if (VocabularyStream* pieces = stream) return pieces->record(id);
    }
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
    if constexpr (kStreaming) {
      if (VocabularyStream* pieces = stream) {
        const std::span<const std::byte> records = pieces->bucket(hash & bucket_mask);
        return {records.data(), records.data() + records.size()};
      }
    }
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

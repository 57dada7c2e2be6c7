// Reading single records of a vocabulary section. Bounds are the caller's business: Tokenizer::open validates every
// record once, so that later reads need no checks.
#pragma once

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
  size_t bytes() const { return round_up<size_t>(vocab::kRecordHeaderBytes + text.size(), 4); }
  // Whether plain text may turn into this piece.
  bool matches_text() const { return type == PieceType::kNormal || type == PieceType::kUser; }
};

inline Record read_record(const std::byte* p) {
  Record record;
  record.id = load_u32(p + vocab::kRecordIdAt);
  record.score = load_f32(p + vocab::kRecordScoreAt);
  record.type = static_cast<PieceType>(p[vocab::kRecordTypeAt]);
  record.text = {reinterpret_cast<const char*>(p + vocab::kRecordHeaderBytes), load_u16(p + vocab::kRecordLengthAt)};
  return record;
}

// Offsets of the tables behind the header.
constexpr size_t kByteIdsAt = vocab::kHeaderBytes;
constexpr size_t kOffsetsAt = kByteIdsAt + 256 * 4;
inline size_t buckets_at(uint32_t vocab_size) { return kOffsetsAt + size_t{vocab_size} * 4; }

}  // namespace thimble

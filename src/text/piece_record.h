// A record of the vocabulary section, as it lies there.
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

}  // namespace thimble

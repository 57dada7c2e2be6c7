// The VOCB section of a .thm file: the vocabulary with its lookup index. docs/FORMAT.md specifies every bit.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

// VOCB: header of 64 bytes, then byte_ids u32[256], offsets u32[size], buckets u32[bucket_count + 1],
// records to the end of the section. Offsets count from the start of the section; `offsets` and `buckets` point to
// records. A record: id u32, score f32, length u16, type u8, left u8, text[length], zero padding to 4 bytes.
// Records stand grouped by bucket = piece_hash(text) & (bucket_count - 1), so one read of two neighbouring
// bucket entries and one read of the bucket's records answer any lookup. Pieces that no lookup can return stand
// behind the last bucket: byte and unknown pieces, unused ones unless kMergeUnused has them merge, and each other piece
// whose text a piece of the same type with a lower id has too.
namespace thimble::vocab {
inline constexpr size_t kSizeAt = 0;            // u32: pieces; vocab_size, or more since version 1.3
inline constexpr size_t kModelAt = 4;           // u32: kBpeByScore
inline constexpr size_t kFlagsAt = 8;           // u32: bits below; other bits must be 0
inline constexpr size_t kBosAt = 12;            // u32 id or kNoId
inline constexpr size_t kEosAt = 16;            // u32 id or kNoId
inline constexpr size_t kUnkAt = 20;            // u32 id or kNoId
inline constexpr size_t kBucketCountAt = 24;    // u32, a power of two
inline constexpr size_t kMaxPieceBytesAt = 28;  // u32: longest text of any record
inline constexpr size_t kUserPiecesAt = 32;     // u32: number of user-defined pieces
inline constexpr size_t kMaxUserBytesAt = 36;   // u32: longest user-defined or control text
inline constexpr size_t kSplitRuleAt = 40;      // u32: byte_level::SplitRule; 0 without kByteLevel
inline constexpr size_t kReservedAt = 44;       // u8[20] = 0
inline constexpr size_t kHeaderBytes = 64;
inline constexpr size_t kByteIdsAt = kHeaderBytes;  // u32[256]: lowest id of the byte's piece, or kNoId
inline constexpr size_t kByteIds = 256;
inline constexpr size_t kOffsetsAt = kByteIdsAt + 4 * kByteIds;
constexpr size_t buckets_at(uint32_t pieces) { return kOffsetsAt + size_t{pieces} * 4; }
inline constexpr size_t kRecordHeaderBytes = 12;
inline constexpr size_t kRecordIdAt = 0;
inline constexpr size_t kRecordScoreAt = 4;
inline constexpr size_t kRecordLengthAt = 8;
inline constexpr size_t kRecordTypeAt = 10;
inline constexpr size_t kRecordLeftAt = 11;  // u8: how merging makes the piece; 0 without kMergeLefts
inline constexpr size_t kRecordAlign = 4;
inline constexpr uint32_t kMaxPieces = 1u << 20;   // cap on the number of pieces
inline constexpr uint32_t kMaxBuckets = 1u << 21;  // cap on bucket_count
inline constexpr uint32_t kMaxPieceBytes = 1024;   // cap on the text of one piece
// Cap on the records of one bucket: bounds the time of a lookup however the file was made. With two pieces per
// bucket on average, the fullest of 2^20 buckets of an honest vocabulary holds about 14.
inline constexpr uint32_t kMaxBucketRecords = 32;
inline constexpr uint32_t kNoId = 0xffffffffu;

inline constexpr uint32_t kBpeByScore = 1;          // sentencepiece-style BPE: merge the best-scored neighbours
inline constexpr uint32_t kAddBos = 1u << 0;        // a prompt starts with BOS
inline constexpr uint32_t kAddSpace = 1u << 1;      // a prompt starts with one added space ("dummy prefix")
inline constexpr uint32_t kByteFallback = 1u << 2;  // there are byte pieces; they stand for characters without a piece
inline constexpr uint32_t kSplitAtSpace = 1u << 3;  // no piece that merging makes has a space right behind a non-space
// Since version 1.1 of the format.
inline constexpr uint32_t kRemoveExtraSpaces = 1u << 4;  // of spaces in a row the first is kept, at both ends none
// Unused pieces with a text merge like normal ones, and fall apart again at the end. The bit of PieceType::kUnused
// among types, so that it joins a set of them.
inline constexpr uint32_t kMergeUnused = 1u << 5;
// Since version 1.2, for readers with byte_level::kLinked alone.
inline constexpr uint32_t kByteLevel = 1u << 6;     // words by kSplitRuleAt, made of bytes and not of characters
inline constexpr uint32_t kMergeLefts = 1u << 7;    // records say how their piece is made
inline constexpr uint32_t kAddSpaceOnce = 1u << 8;  // none in front of a space, nor behind control pieces
inline constexpr uint32_t kWholeWords = 1u << 9;    // a word that is a piece is not left to merging
inline constexpr uint32_t kFlagsOfMinor1 = kRemoveExtraSpaces | kMergeUnused;
inline constexpr uint32_t kFlagsOfMinor2 = kByteLevel | kMergeLefts | kAddSpaceOnce | kWholeWords;
inline constexpr uint32_t kFlagsOfMinor0 = kAddBos | kAddSpace | kByteFallback | kSplitAtSpace;

// Values of kRecordLeftAt: bytes of the left of the two parts that make the piece, or these.
inline constexpr uint8_t kAnyLeft = 0;    // any two parts do
inline constexpr uint8_t kNoMerge = 255;  // none do

// Hash that groups pieces into buckets: FNV-1a, 32 bits, with the high half folded in since buckets use low bits.
// In three steps, so that a search for the longest match can grow its text byte by byte.
inline constexpr uint32_t kHashStart = 0x811c9dc5;
constexpr uint32_t hash_step(uint32_t h, char c) { return (h ^ static_cast<uint8_t>(c)) * 0x01000193; }
constexpr uint32_t hash_end(uint32_t h) { return h ^ (h >> 16); }

constexpr uint32_t piece_hash(std::string_view text) {
  uint32_t h = kHashStart;
  for (const char c : text) h = hash_step(h, c);
  return hash_end(h);
}

// Whether a cut in front of every space that follows a non-space leaves `text` whole.
constexpr bool whole_at_spaces(std::string_view text) {
  for (size_t i = 1; i < text.size(); ++i) {
    if (text[i] == ' ' && text[i - 1] != ' ') return false;
  }
  return true;
}

}  // namespace thimble::vocab

// Every constant and record of the .thm container, exactly as docs/FORMAT.md specifies it.
//
// Records are read and written field by field at fixed little-endian offsets; nothing here is ever cast
// onto file bytes, so neither padding nor the host's byte order matters.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

namespace thimble::format {

// First bytes of every file. The CR LF, Ctrl-Z and LF expose transfers that "fix" line endings.
inline constexpr std::array<uint8_t, 8> kMagic = {0x89, 'T', 'H', 'M', 0x0d, 0x0a, 0x1a, 0x0a};
inline constexpr uint16_t kMajor = 1;
inline constexpr uint16_t kMinor = 3;  // the newest; a file states the least that its readers must know

inline constexpr uint32_t kHeaderBytes = 128;
inline constexpr uint32_t kSectionEntryBytes = 32;
inline constexpr uint32_t kTensorEntryBytes = 32;
inline constexpr uint32_t kSectionAlign = 64;   // every section and every tensor starts on this
inline constexpr uint32_t kRowAlign = 16;       // every tensor row starts on this
inline constexpr uint32_t kBlockBytes = 16384;  // unit of the payload checksums

// Caps, checked before a count is used. They bound memory and time for hostile files.
inline constexpr uint32_t kMaxSections = 64;
inline constexpr uint32_t kMaxLayers = 1024;
inline constexpr uint32_t kMaxDim = 1u << 16;
inline constexpr uint32_t kMaxHeads = 1024;
inline constexpr uint32_t kMaxVocab = 1u << 20;
inline constexpr uint32_t kMaxContext = 1u << 20;
inline constexpr uint32_t kMaxAboutEntries = 1024;

// Field offsets in the header.
namespace header {
inline constexpr size_t kMagicAt = 0;            // u8[8]
inline constexpr size_t kMajorAt = 8;            // u16
inline constexpr size_t kMinorAt = 10;           // u16
inline constexpr size_t kHeaderBytesAt = 12;     // u32 = 128
inline constexpr size_t kTotalBytesAt = 16;      // u64: length of the whole file
inline constexpr size_t kSectionCountAt = 24;    // u32
inline constexpr size_t kFlagsAt = 28;           // u32: kTiedClassifier; other bits must be 0
inline constexpr size_t kDimAt = 32;             // u32
inline constexpr size_t kHiddenDimAt = 36;       // u32
inline constexpr size_t kLayersAt = 40;          // u32
inline constexpr size_t kHeadsAt = 44;           // u32
inline constexpr size_t kKvHeadsAt = 48;         // u32
inline constexpr size_t kHeadDimAt = 52;         // u32
inline constexpr size_t kVocabAt = 56;           // u32
inline constexpr size_t kContextAt = 60;         // u32: longest context the model was trained for
inline constexpr size_t kRopeThetaAt = 64;       // f32, information: the steps are in section ROPE
inline constexpr size_t kNormEpsAt = 68;         // f32
inline constexpr size_t kReservedAt = 72;        // u8[48] = 0
inline constexpr size_t kTableChecksumAt = 120;  // u32: checksum of the section table
inline constexpr size_t kChecksumAt = 124;       // u32: checksum of header bytes 0..123
inline constexpr uint32_t kTiedClassifier = 1u << 0;
}  // namespace header

// Section table entry: kind u32, flags u32, offset u64, bytes u64, checksum u32, reserved u32 (0).
namespace section {
inline constexpr size_t kKindAt = 0;
inline constexpr size_t kFlagsAt = 4;
inline constexpr size_t kOffsetAt = 8;
inline constexpr size_t kBytesAt = 16;
inline constexpr size_t kChecksumAt = 24;
inline constexpr size_t kReservedAt = 28;
inline constexpr uint32_t kRequired = 1u << 0;  // a reader that does not know the kind must refuse the file

constexpr uint32_t fourcc(char a, char b, char c, char d) {
  return static_cast<uint32_t>(static_cast<uint8_t>(a)) | static_cast<uint32_t>(static_cast<uint8_t>(b)) << 8 |
         static_cast<uint32_t>(static_cast<uint8_t>(c)) << 16 | static_cast<uint32_t>(static_cast<uint8_t>(d)) << 24;
}
inline constexpr uint32_t kTensors = fourcc('T', 'E', 'N', 'S');    // required: the tensor directory
inline constexpr uint32_t kRope = fourcc('R', 'O', 'P', 'E');       // required: u64[head_dim / 2] phase steps
inline constexpr uint32_t kVocab = fourcc('V', 'O', 'C', 'B');      // required: see src/text/vocabulary_layout.h
inline constexpr uint32_t kBlockSums = fourcc('S', 'U', 'M', 'S');  // required: u32 per payload block
inline constexpr uint32_t kWords = fourcc('W', 'O', 'R', 'D');      // optional: the lexicon, see src/text/words/words.h
inline constexpr uint32_t kAbout = fourcc('A', 'B', 'O', 'U');      // optional: key/value facts
inline constexpr uint32_t kData = fourcc('D', 'A', 'T', 'A');       // required, last: the weights
}  // namespace section

// Of VOCB, what the version depends on, and how much of it is held in memory where its pieces are not: the header and
// the ids of bytes. The rest is in src/text/vocabulary_layout.h.
namespace vocabulary {
inline constexpr size_t kFrontBytes = 1088;
inline constexpr size_t kSizeAt = 0;                  // u32: more than vocab_size since version 1.3
inline constexpr size_t kFlagsAt = 8;                 // u32
inline constexpr uint32_t kFlagsOfMinor1 = 3u << 4;   // the flags that came with version 1.1
inline constexpr uint32_t kFlagsOfMinor2 = 15u << 6;  // and with 1.2
}  // namespace vocabulary

// Tensor directory entry: role u16, type u8, exponent i8, layer u32, rows u32, cols u32, offset u64 (from the start of
// DATA), bytes u64. Entries stand in file order, which is the order in which one token reads them.
namespace tensor {
inline constexpr size_t kRoleAt = 0;
inline constexpr size_t kTypeAt = 2;
inline constexpr size_t kExponentAt = 3;
inline constexpr size_t kLayerAt = 4;
inline constexpr size_t kRowsAt = 8;
inline constexpr size_t kColsAt = 12;
inline constexpr size_t kOffsetAt = 16;
inline constexpr size_t kBytesAt = 24;
inline constexpr uint32_t kNoLayer = 0xffffffffu;
}  // namespace tensor

// ABOU: count u32, then per entry: key_bytes u16, type u8, zero u8, value_bytes u32, key, value, zero padding
// to 4 bytes. Keys are lower-case ASCII, sorted, unique.
namespace about {
inline constexpr uint8_t kText = 0;  // UTF-8
inline constexpr uint8_t kF32 = 1;   // 4 bytes
inline constexpr uint8_t kU64 = 2;   // 8 bytes
}  // namespace about

}  // namespace thimble::format

// Text to token ids and back, over the vocabulary section of a model, in place or read as it is needed, and without an
// allocation.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

#include "thimble/status.h"
#include "thimble/weight_reader.h"

namespace thimble {

inline constexpr uint32_t kNoToken = 0xffffffffu;

enum class PieceType : uint8_t {
  kNormal = 1,  // the numbers are sentencepiece's
  kUnknown = 2,
  kControl = 3,  // BOS, EOS and the like: no text, matched in text only on request
  kUser = 4,     // user-defined: matched in text before anything else
  kUnused = 5,   // never a token; at most a step on the way to longer pieces
  kByte = 6,     // one byte, for characters that have no piece
};

struct EncodeOptions {
  bool add_bos = true;  // put BOS first, where the vocabulary asks for one (adds_bos())
  // The text is a text of its own, and so is what follows each control piece found in it: the added space is put in
  // front, where the vocabulary asks for one (adds_space()), and spaces there are dropped, where it asks for that
  // (removes_extra_spaces()). False for a text that goes on: a space in front stays a space.
  bool add_space = true;
  bool parse_control = false;  // recognise the text of control pieces ("<s>"), as chat templates need
  // Bytes [literal_begin, literal_end) of the text, in which parse_control recognises nothing, nor in what touches
  // them: the words of a user inside a chat template. Empty: all of the text may hold control pieces.
  size_t literal_begin = 0;
  size_t literal_end = 0;
};

// A vocabulary that is not in memory.
struct VocabularySource {
  std::span<const std::byte> front;  // Model::vocabulary() of a model that was opened from its tables
  SectionPlace place;                // Model::vocabulary_place()
  WeightReader reader;               // of the model's file; its context must outlive the Tokenizer
};

// What opening a vocabulary finds out about all of its pieces together.
struct PieceSummary {
  uint32_t sampled_size = 1;       // behind the last piece that is not unused
  uint32_t special_first[8] = {};  // set of the first bytes of user-defined and control pieces
};

struct PieceIndex;       // src/text/piece_index.h
class VocabularyStream;  // src/text/streamed/vocabulary_stream.h

// Does not own the section: its bytes must outlive the Tokenizer. Copyable.
//
// Over a vocabulary that is not in memory every function below may have to read, at most twice per lookup, and the
// views it returns are valid until the next call. One whose read fails gives the empty answer (no text, kNoToken, an
// unused piece), and status() says why. Copies share what was read, and one thread at a time uses them.
class Tokenizer {
 public:
  // Validates the whole section: every offset, record, bucket and id, so that later calls cannot read outside
  // it. `vocab_size` is the model's. Errors: kTruncated, kMalformed, kUnsupported, kLimit, kMismatch.
  Status open(std::span<const std::byte> section, uint32_t vocab_size);

  // In builds with THIMBLE_STREAMING: the same for a section that is not in memory, whose checksum is checked, too.
  // Pieces are kept in `memory`, at least kStreamBytes, aligned to 8, which must outlive the Tokenizer. `scratch`,
  // aligned to 4, serves this call alone and may be empty: the section is read twice, and once more for each part of a
  // table of 4 * vocab_size bytes that finds no room there. Further errors: kCorrupt; kLimit (pieces of one bucket too
  // long to be read together); kUnsupported (a build without THIMBLE_STREAMING); kInvalidArgument (memory, or a front
  // that is not the section's); those of the reader.
  Status open_streamed(const VocabularySource& source, uint32_t vocab_size, std::span<std::byte> memory,
                       std::span<std::byte> scratch);
  static constexpr size_t kStreamBytes = 5120;

  // Of the last call below that had to read, whether it could. Always ok for a vocabulary in memory.
  Status status() const;

  // Bytes of workspace that encode() needs for text whose longest run without a cut point is max_run_bytes.
  // A cut point is a space behind a non-space, where the vocabulary allows (it nearly always does); the whole
  // text otherwise.
  static size_t workspace_bytes(size_t max_run_bytes);

  // Writes the ids of `text` to `ids`; *count receives how many, 0 on an error. `workspace` must be aligned to 4 bytes.
  // Any bytes are legal: a byte that is not UTF-8 becomes a byte token, or the unknown token; U+2581 means a space.
  // Where removes_extra_spaces(), of spaces in a row only the first counts, and spaces at the end are dropped, U+2581
  // only there; in front of a control piece a space stays.
  // User-defined pieces are taken out first, from left to right, the longest at each place. In the rest the best-scored
  // pair merges first, ties from the left, as sentencepiece and llama.cpp do; time grows as n log n in the longest run.
  // Unused pieces merge too, where the vocabulary has them for that, and fall apart into what they were merged from.
  // A character without a piece becomes its bytes; without byte pieces, characters in a row become one unknown token.
  // Errors: kContextFull (more ids than `ids` holds; found() says how many), kTextTooLong (a run too long for the
  // workspace), kInvalidArgument (workspace not aligned), kNotReady; those of the reader of a vocabulary that is not in
  // memory.
  Status encode(std::string_view text, const EncodeOptions& options, std::span<std::byte> workspace,
                std::span<uint32_t> ids, size_t* count) const;

  // The bytes that a token stands for; empty for control, unknown and unused pieces. A byte token gives its one
  // byte, so a piece need not be whole UTF-8 (Utf8Stream mends that). id >= vocab_size gives an empty view.
  // The view points into the section.
  std::string_view piece(uint32_t id) const;

  // What `piece` adds to a text after `previous`: the same, less the added space when previous is BOS.
  std::string_view decode(uint32_t previous, uint32_t id) const;

  // The piece as written in the vocabulary, "<s>" for control pieces too. For display.
  std::string_view name(uint32_t id) const;
  PieceType type(uint32_t id) const;  // kUnused for id >= vocab_size
  float score(uint32_t id) const;     // 0 for id >= vocab_size

  // Id of the piece with exactly this text, or kNoToken. Looks at normal, user-defined and control pieces.
  uint32_t find(std::string_view text) const;

  uint32_t vocab_size() const { return vocab_size_; }
  // Ids from here on are unused pieces, as in vocabularies padded to a round size: nothing may sample them. At least 1.
  uint32_t sampled_size() const { return summary_.sampled_size; }
  uint32_t bos() const { return bos_; }  // kNoToken where there is none; likewise below
  uint32_t eos() const { return eos_; }
  uint32_t unk() const { return unk_; }
  bool adds_bos() const;
  bool adds_space() const;
  bool removes_extra_spaces() const;
  uint32_t max_piece_bytes() const { return max_piece_bytes_; }
  // The same as a section states it that nobody has opened yet, at most the format's cap: for sizes of memory. open()
  // holds the section to it.
  static uint32_t max_piece_bytes(std::span<const std::byte> section);
  // End of text: EOS, or BOS, which begins another text (llama2.c models end a story so).
  bool ends_text(uint32_t id) const { return id != kNoToken && (id == eos_ || id == bos_); }

 private:
  PieceIndex index() const;
  void adopt(std::span<const std::byte> section, uint32_t vocab_size);

  std::span<const std::byte> section_;  // or its front
  VocabularyStream* stream_ = nullptr;  // of pieces that are not in memory, at the front of the memory given
  uint32_t vocab_size_ = 0;
  uint32_t pieces_ = 0;  // of the section: behind vocab_size_ only steps of merging
  uint32_t flags_ = 0;
  uint32_t bos_ = kNoToken;
  uint32_t eos_ = kNoToken;
  uint32_t unk_ = kNoToken;
  uint32_t bucket_count_ = 0;
  uint32_t max_piece_bytes_ = 0;
  uint32_t user_pieces_ = 0;
  uint32_t max_user_bytes_ = 0;
  PieceSummary summary_;
};

// Cuts a stream of bytes into whole UTF-8 characters: bytes that begin a character wait for its end, bytes that
// can be no UTF-8 come out as U+FFFD.
class Utf8Stream {
 public:
  // Longest output for an input of n bytes: each byte may become a three-byte U+FFFD.
  static constexpr size_t max_output(size_t n) { return 3 * (n + 3); }

  // Appends `bytes` and writes every whole character to `out`, which must hold max_output(bytes.size()).
  // Returns the number of bytes written.
  size_t push(std::string_view bytes, char* out);
  // Ends the stream: bytes still waiting come out as one U+FFFD. `out` must hold 3 bytes.
  size_t finish(char* out);

 private:
  char pending_[4] = {};
  uint8_t length_ = 0;
};

}  // namespace thimble

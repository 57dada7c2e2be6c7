// A model as the engine sees it: a validated, read-only view of one .thm image.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

#include "thimble/status.h"
#include "thimble/weight_reader.h"

namespace thimble {

// Shapes and constants of a Llama-family network. Filled from the file; every field was range-checked.
struct ModelConfig {
  uint32_t dim = 0;              // width of the residual stream, 1..65536
  uint32_t hidden_dim = 0;       // width of the feed-forward layer, 1..65536
  uint32_t n_layers = 0;         // 1..1024
  uint32_t n_heads = 0;          // query heads, 1..1024
  uint32_t n_kv_heads = 0;       // key/value heads; divides n_heads
  uint32_t head_dim = 0;         // width of one head, even; n_heads * head_dim need not equal dim
  uint32_t vocab_size = 0;       // rows of the embedding and of the classifier, 1..2^20
  uint32_t max_context = 0;      // positions the model was trained for, 1..2^20
  float rope_theta = 0;          // base of the rotary angles, > 0 (information: the steps are stored)
  float norm_eps = 0;            // added to the mean square in RMSNorm, finite, >= 0
  bool tied_classifier = false;  // the classifier is the embedding table

  bool operator==(const ModelConfig&) const = default;

  uint32_t q_dim() const { return n_heads * head_dim; }
  uint32_t kv_dim() const { return n_kv_heads * head_dim; }
};

enum class Role : uint16_t {
  kTokenEmbedding = 0,  // [vocab_size, dim]
  kAttentionNorm = 1,   // [1, dim]            per layer, rms_att
  kWq = 2,              // [q_dim, dim]        per layer
  kWk = 3,              // [kv_dim, dim]       per layer
  kWv = 4,              // [kv_dim, dim]       per layer
  kWo = 5,              // [dim, q_dim]        per layer
  kFfnNorm = 6,         // [1, dim]            per layer, rms_ffn
  kWGate = 7,           // [hidden_dim, dim]   per layer, w1 in llama2.c
  kWUp = 8,             // [hidden_dim, dim]   per layer, w3 in llama2.c
  kWDown = 9,           // [dim, hidden_dim]   per layer, w2 in llama2.c
  kFinalNorm = 10,      // [1, dim]
  kClassifier = 11,     // [vocab_size, dim]   absent when tied
};
inline constexpr int kRoleCount = 12;
const char* role_name(Role role);  // "wq"; static storage
bool in_layer(Role role);          // whether each layer has a tensor of this role

// How the weights of a tensor are stored; docs/FORMAT.md has the bits.
enum class DType : uint8_t {
  kF32 = 0,  // little-endian IEEE-754 single
  kF16 = 1,  // little-endian IEEE-754 half
  kQ8 = 2,   // int8 and one scale per row, in panels of 8 rows
  kQ4 = 3,   // 4 bits, a 4-bit scale per 16 weights under one scale per row, in panels of 8 rows
  kQ16 = 4,  // int16; the weights of the norms beside q8 and q4 matrices
};
const char* dtype_name(DType type);  // "f32"; static storage

// The arithmetic that a model computes in, which its tensors decide: matrices of f32 and f16 with norms of f32, or
// matrices of q8 and q4 with norms of q16. No file mixes the two.
enum class Arithmetic : uint8_t { kFloat = 0, kInteger = 1 };

// A matrix inside the image, aligned to 64 bytes, its rows to 16. Row r of f32, f16 and q16 starts at
// data + r * row_bytes; q8 and q4 matrices lie in panels (src/base/quantized_layout.h), whose rows are row_bytes apart.
struct TensorView {
  const std::byte* data = nullptr;  // null when the weights are not in memory
  DType type = DType::kF32;
  int8_t exponent = 0;  // q8, q4, q16: integers times 2^exponent are weights; else 0
  uint32_t rows = 0;
  uint32_t cols = 0;
  uint32_t row_bytes = 0;  // a multiple of 16
  uint64_t bytes = 0;      // of the whole tensor
  uint64_t offset = 0;     // from the start of the file

  const float* f32_row(size_t row) const { return reinterpret_cast<const float*>(data + row * row_bytes); }
  const uint16_t* f16_row(size_t row) const { return reinterpret_cast<const uint16_t*>(data + row * row_bytes); }
  const int16_t* q16_row(size_t row) const { return reinterpret_cast<const int16_t*>(data + row * row_bytes); }
};

// The parts of a file that Model::open_tables takes, one behind the other: all that stands in front of the weights but
// the pieces of the vocabulary; all of it, where the file has a lexicon (thimble/words.h), which needs them at hand.
struct TableParts {
  uint64_t front_bytes = 0;  // the first bytes of the file, up to the pieces
  uint64_t back_at = 0;      // then the bytes from here on, between pieces and weights
  uint64_t back_bytes = 0;
  uint64_t file_bytes = 0;  // length of the file

  uint64_t bytes() const { return front_bytes + back_bytes; }
};

// One fact of the `about` section.
struct AboutEntry {
  enum class Type : uint8_t { kText = 0, kF32 = 1, kU64 = 2 };
  std::string_view key;
  Type type = Type::kText;
  std::string_view text;  // type kText
  float f32 = 0;          // type kF32
  uint64_t u64 = 0;       // type kU64
};

// Called now and then by Model::verify with bytes done and in total; may be null.
using ProgressFn = void (*)(void* context, uint64_t done, uint64_t total);

// Does not own the image: the bytes given to open() must stay in place and unchanged for as long as the Model
// and anything made from it (Tokenizer, Engine) is used. Copyable; copies view the same image.
class Model {
 public:
  // Validates the header, the section table, every directory entry, the about section, and the checksums of all
  // sections but the weights, which verify() checks. The records of the vocabulary are validated by
  // Tokenizer::open. `image` must be aligned to 16 bytes and exactly as long as the header says.
  // Errors: kTruncated, kBadMagic, kVersionNewer, kVersionOlder, kCorrupt, kMalformed, kUnsupported, kLimit,
  // kInvalidArgument (alignment). On error the Model stays empty.
  Status open(std::span<const std::byte> image) { return open_head(image, image.size()); }

  // The same for a file that is not in memory as a whole: `head` holds its first head_bytes() bytes at least, all but
  // the weights; total_bytes is the length of the file. Tensors then have an offset, and no data. Further errors:
  // kTruncated (subject "head": less than all but the weights).
  Status open_head(std::span<const std::byte> head, uint64_t total_bytes);

  // The same for a file whose vocabulary stays outside, too, of which a chip would need hundreds of kB: `tables` holds
  // the two parts that table_parts() names, and nothing else. vocabulary() is then its front alone. Further errors:
  // kUnsupported (a build without THIMBLE_STREAMING).
  Status open_tables(std::span<const std::byte> tables, uint64_t total_bytes);

  // Bytes of the image that begins with `head`, by its header: a flash partition is larger than the file in it. `head`
  // holds at least the 128 bytes of the header; more does no harm. Errors: those of the header, as open() has them.
  static Result<uint64_t> image_bytes(std::span<const std::byte> head);
  // Bytes in front of the weights. `head` holds at least kTableBytes, or the whole file. Errors: as open_head() has
  // them.
  static Result<uint64_t> head_bytes(std::span<const std::byte> head);
  // What open_tables() takes. The same `head`, and the same errors.
  static Result<TableParts> table_parts(std::span<const std::byte> head);
  static constexpr size_t kTableBytes = 2176;  // header and section table are never longer

  // Checks the checksum of every payload block, that all padding is zero and every weight is finite.
  // Errors: kCorrupt, kNonFinite, kNotReady (also when the weights are not in memory).
  Status verify(ProgressFn progress = nullptr, void* context = nullptr) const;

  // The weights as they lie in the file, from data_offset() to its end: blocks of kBlockBytes, the last one of what is
  // left, each with a checksum.
  static constexpr size_t kBlockBytes = 16384;
  uint64_t data_offset() const { return data_at_; }
  uint32_t block_count() const { return static_cast<uint32_t>(block_sums_.size() / sizeof(uint32_t)); }
  // Whether `bytes`, aligned to 4, are those of a block; for whoever reads it from a medium. Errors: kCorrupt,
  // kInvalidArgument (no such block, or another length).
  Status check_block(uint32_t block, std::span<const std::byte> bytes) const;

  bool is_open() const { return !image_.empty(); }
  bool has_weights() const { return image_.size() > data_at_; }  // in memory; not after open_head() without them
  bool has_vocabulary() const;                                   // in memory; not after open_tables()
  const ModelConfig& config() const { return config_; }
  Arithmetic arithmetic() const { return arithmetic_; }
  std::span<const std::byte> image() const { return image_; }  // or its head, or its tables
  uint16_t format_major() const { return major_; }
  uint16_t format_minor() const { return minor_; }

  // The tensor of a role; `layer` counts from 0 and is ignored for roles outside layers. A tied classifier
  // answers with the embedding table. Empty view (no rows) when not open or layer out of range.
  TensorView tensor(Role role, uint32_t layer = 0) const;

  // Directory order, which is file order. index < tensor_count(), else an empty view.
  uint32_t tensor_count() const { return tensor_count_; }
  TensorView tensor_at(uint32_t index, Role* role, uint32_t* layer) const;

  // Sum of rows x cols over all tensors, and the bytes they take with padding.
  uint64_t parameter_count() const;
  uint64_t weight_bytes() const;

  // Rotary phase advance per position of pair i, in units of 2^-64 turn. i < head_dim / 2.
  uint64_t rope_step(uint32_t pair) const;

  // The vocabulary section, for Tokenizer::open; without its pieces where they are not in memory.
  std::span<const std::byte> vocabulary() const { return vocab_; }
  // Where all of it lies in the file.
  SectionPlace vocabulary_place() const;

  // The section of words that the model may write, for Lexicon::open; empty where it may write any.
  std::span<const std::byte> words() const { return words_; }

  // Facts about the model; keys in docs/FORMAT.md. about_at: index < about_count().
  uint32_t about_count() const { return about_count_; }
  AboutEntry about_at(uint32_t index) const;
  // The entry of `key` when present with that type; else the fallback.
  std::string_view about_text(std::string_view key, std::string_view fallback = {}) const;
  float about_f32(std::string_view key, float fallback) const;
  uint64_t about_u64(std::string_view key, uint64_t fallback) const;

 private:
  friend class ModelReader;  // src/format/reader.cpp fills the fields below

  AboutEntry about_find(std::string_view key, AboutEntry::Type type) const;  // empty key: not there

  std::span<const std::byte> image_;       // or its head, or its tables
  size_t data_at_ = 0;                     // DATA, from the start of the image to its end
  std::span<const std::byte> tensors_;     // TENS
  std::span<const std::byte> rope_;        // ROPE
  std::span<const std::byte> vocab_;       // VOCB
  std::span<const std::byte> block_sums_;  // SUMS
  std::span<const std::byte> words_;       // WORD, may be empty
  std::span<const std::byte> about_;       // ABOU, may be empty
  ModelConfig config_;
  Arithmetic arithmetic_ = Arithmetic::kFloat;
  uint32_t tensor_count_ = 0;
  uint32_t about_count_ = 0;
  uint16_t major_ = 0;
  uint16_t minor_ = 0;
};

}  // namespace thimble

// GGUF, version 3: a header, metadata as keys with values, a table of tensors, and the tensors, each on a multiple of
// the alignment. Layout and keys: the specification in ggml's repository, docs/gguf.md.

#include <algorithm>
#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/bytes.h"
#include "base/checked.h"
#include "format/reader.h"
#include "format/roles.h"
#include "text/vocabulary_layout.h"
#include "tools/error.h"
#include "tools/export/export.h"
#include "tools/export/exporters.h"

namespace thimble::tools {
namespace {

using Bytes = std::vector<std::byte>;

constexpr uint32_t kVersion = 3;
constexpr uint64_t kAlignment = 32;  // what files without general.alignment have

enum class ValueType : uint32_t { kU32 = 4, kI32 = 5, kF32 = 6, kBool = 7, kString = 8, kArray = 9 };
enum class TensorType : uint32_t { kF32 = 0, kF16 = 1 };

// Little-endian numbers and texts, one behind the other.
class Writer {
 public:
  void u32(uint32_t value) {
    bytes_.resize(bytes_.size() + sizeof value);
    store_u32(bytes_.data() + bytes_.size() - sizeof value, value);
  }
  void u64(uint64_t value) {
    bytes_.resize(bytes_.size() + sizeof value);
    store_u64(bytes_.data() + bytes_.size() - sizeof value, value);
  }
  void f32(float value) {
    bytes_.resize(bytes_.size() + sizeof value);
    store_f32(bytes_.data() + bytes_.size() - sizeof value, value);
  }
  void flag(bool value) { bytes_.push_back(static_cast<std::byte>(value)); }
  void raw(std::string_view text) {
    const auto bytes = std::as_bytes(std::span(text));
    bytes_.insert(bytes_.end(), bytes.begin(), bytes.end());
  }
  void text(std::string_view text) {
    u64(text.size());
    raw(text);
  }
  void type(ValueType type) { u32(static_cast<uint32_t>(type)); }

  const Bytes& bytes() const { return bytes_; }

 private:
  Bytes bytes_;
};

class Metadata {
 public:
  void u32(std::string_view key, uint32_t value) { begin(key, ValueType::kU32).u32(value); }
  void f32(std::string_view key, float value) { begin(key, ValueType::kF32).f32(value); }
  void flag(std::string_view key, bool value) { begin(key, ValueType::kBool).flag(value); }
  void text(std::string_view key, std::string_view value) { begin(key, ValueType::kString).text(value); }
  // The writer takes `count` values of the type.
  Writer& array(std::string_view key, ValueType type, size_t count) {
    Writer& writer = begin(key, ValueType::kArray);
    writer.type(type);
    writer.u64(count);
    return writer;
  }

  uint64_t count() const { return count_; }
  const Bytes& bytes() const { return writer_.bytes(); }

 private:
  Writer& begin(std::string_view key, ValueType type) {
    ++count_;
    writer_.text(key);
    writer_.type(type);
    return writer_;
  }

  Writer writer_;
  uint64_t count_ = 0;
};

std::string tensor_name(Role role, uint32_t layer) {
  const auto in_block = [&](const char* name) { return "blk." + std::to_string(layer) + "." + name + ".weight"; };
  switch (role) {
    case Role::kTokenEmbedding:
      return "token_embd.weight";
    case Role::kAttentionNorm:
      return in_block("attn_norm");
    case Role::kWq:
      return in_block("attn_q");
    case Role::kWk:
      return in_block("attn_k");
    case Role::kWv:
      return in_block("attn_v");
    case Role::kWo:
      return in_block("attn_output");
    case Role::kFfnNorm:
      return in_block("ffn_norm");
    case Role::kWGate:
      return in_block("ffn_gate");
    case Role::kWUp:
      return in_block("ffn_up");
    case Role::kWDown:
      return in_block("ffn_down");
    case Role::kFinalNorm:
      return "output_norm.weight";
    case Role::kClassifier:
      return "output.weight";
  }
  throw Error("unknown role of tensor");
}

// Spaces inside tokens are U+2581 there, and bytes are spelled.
std::string token_text(const VocabularyPiece& piece) {
  constexpr std::string_view kDigits = "0123456789ABCDEF";
  if (piece.type == PieceType::kByte) {
    const auto byte = static_cast<uint8_t>(piece.text[0]);
    return std::string("<0x") + kDigits[byte / 16] + kDigits[byte % 16] + ">";
  }
  if (piece.type == PieceType::kControl || piece.type == PieceType::kUnknown) return piece.text;
  std::string text;
  for (const char c : piece.text) text.append(c == ' ' ? "\xe2\x96\x81" : std::string(1, c));
  return text;
}

void add_architecture(const Model& model, Metadata* metadata) {
  const ModelConfig& c = model.config();
  metadata->text("general.architecture", "llama");
  metadata->text("general.name", model.about_text("name", "model"));
  if (const std::string_view license = model.about_text("license"); !license.empty()) {
    metadata->text("general.license", license);
  }
  metadata->u32("llama.vocab_size", c.vocab_size);
  metadata->u32("llama.context_length", c.max_context);
  metadata->u32("llama.embedding_length", c.dim);
  metadata->u32("llama.block_count", c.n_layers);
  metadata->u32("llama.feed_forward_length", c.hidden_dim);
  metadata->u32("llama.attention.head_count", c.n_heads);
  metadata->u32("llama.attention.head_count_kv", c.n_kv_heads);
  metadata->u32("llama.attention.key_length", c.head_dim);
  metadata->u32("llama.attention.value_length", c.head_dim);
  metadata->f32("llama.attention.layer_norm_rms_epsilon", c.norm_eps);
  metadata->u32("llama.rope.dimension_count", c.head_dim);
  metadata->f32("llama.rope.freq_base", rope_theta_of(model));
}

// What GGUF's kind "llama" says: pieces by score, of characters.
void check_kind(const Vocabulary& vocabulary) {
  const auto has_left = [](const VocabularyPiece& piece) { return piece.left != vocab::kAnyLeft; };
  const bool by_score = vocabulary.split_rule == byte_level::SplitRule::kNone && !vocabulary.whole_words &&
                        std::ranges::none_of(vocabulary.pieces, has_left);
  if (!by_score) throw Error("its vocabulary merges by a list, and only those that merge by score can be exported");
  if (vocabulary.add_space_once) throw Error("its vocabulary adds a space to some texts alone, which GGUF cannot say");
}

void add_tokenizer(const Vocabulary& vocabulary, Metadata* metadata) {
  check_kind(vocabulary);
  const size_t count = vocabulary.pieces.size();
  metadata->text("tokenizer.ggml.model", "llama");
  Writer& texts = metadata->array("tokenizer.ggml.tokens", ValueType::kString, count);
  for (const VocabularyPiece& piece : vocabulary.pieces) texts.text(token_text(piece));
  Writer& scores = metadata->array("tokenizer.ggml.scores", ValueType::kF32, count);
  for (const VocabularyPiece& piece : vocabulary.pieces) scores.f32(piece.score);
  Writer& types = metadata->array("tokenizer.ggml.token_type", ValueType::kI32, count);
  for (const VocabularyPiece& piece : vocabulary.pieces) types.u32(static_cast<uint32_t>(piece.type));
  const auto add_id = [&](const char* key, uint32_t id) {
    if (id != kNoToken) metadata->u32(key, id);
  };
  add_id("tokenizer.ggml.bos_token_id", vocabulary.bos);
  add_id("tokenizer.ggml.eos_token_id", vocabulary.eos);
  add_id("tokenizer.ggml.unknown_token_id", vocabulary.unk);
  metadata->flag("tokenizer.ggml.add_bos_token", vocabulary.add_bos);
  metadata->flag("tokenizer.ggml.add_space_prefix", vocabulary.add_space);
  metadata->flag("tokenizer.ggml.remove_extra_whitespaces", vocabulary.remove_extra_spaces);
}

struct Entry {
  std::string name;
  TensorView tensor;
  bool is_vector = false;

  uint32_t element_bytes() const { return tensor.type == DType::kF16 ? sizeof(uint16_t) : sizeof(float); }
  uint64_t bytes() const { return uint64_t{tensor.rows} * tensor.cols * element_bytes(); }
};

std::vector<Entry> entries_of(const Model& model) {
  std::vector<Entry> entries;
  for (uint32_t i = 0; i < model.tensor_count(); ++i) {
    Role role{};
    uint32_t layer = 0;
    const TensorView tensor = model.tensor_at(i, &role, &layer);
    entries.push_back({tensor_name(role, layer), tensor, format::is_norm(role)});
  }
  return entries;
}

void add_table(const std::vector<Entry>& entries, Writer* out) {
  uint64_t offset = 0;
  for (const Entry& entry : entries) {
    out->text(entry.name);
    out->u32(entry.is_vector ? 1 : 2);
    out->u64(entry.tensor.cols);  // the dimension whose elements are neighbours comes first
    if (!entry.is_vector) out->u64(entry.tensor.rows);
    out->u32(static_cast<uint32_t>(entry.tensor.type == DType::kF16 ? TensorType::kF16 : TensorType::kF32));
    out->u64(offset);
    offset += round_up(entry.bytes(), kAlignment);
  }
}

void put_zeros(uint64_t count, const Sink& sink) {
  static constexpr std::array<std::byte, kAlignment> kZeros{};
  sink(std::span(kZeros).first(static_cast<size_t>(count)));
}

// Without the padding at the end of rows.
void put_tensor(const Entry& entry, const Sink& sink) {
  const size_t row_bytes = size_t{entry.tensor.cols} * entry.element_bytes();
  for (uint32_t row = 0; row < entry.tensor.rows; ++row) {
    sink({entry.tensor.data + size_t{row} * entry.tensor.row_bytes, row_bytes});
  }
  put_zeros(round_up(entry.bytes(), kAlignment) - entry.bytes(), sink);
}

}  // namespace

void export_gguf(const Model& model, const Sink& sink) {
  check_is_float(model);
  Metadata metadata;
  add_architecture(model, &metadata);
  add_tokenizer(read_vocabulary_section(model.vocabulary(), model.config().vocab_size), &metadata);
  const std::vector<Entry> entries = entries_of(model);

  Writer head;
  head.raw("GGUF");
  head.u32(kVersion);
  head.u64(entries.size());
  head.u64(metadata.count());
  Writer table;
  add_table(entries, &table);
  sink(head.bytes());
  sink(metadata.bytes());
  sink(table.bytes());
  const uint64_t end = head.bytes().size() + metadata.bytes().size() + table.bytes().size();
  put_zeros(round_up(end, kAlignment) - end, sink);
  for (const Entry& entry : entries) put_tensor(entry, sink);
}

}  // namespace thimble::tools

// GGUF, version 3: a header, metadata as keys with values, a table of tensors, and the tensors, each on a multiple of
// the alignment. Layout and keys: the specification in ggml's repository, docs/gguf.md.

#include <algorithm>
#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/checked.h"
#include "format/reader.h"
#include "format/roles.h"
#include "tools/error.h"
#include "tools/export/export.h"
#include "tools/export/exporters.h"
#include "tools/export/gguf_metadata.h"

namespace thimble::tools {
namespace {

constexpr uint32_t kVersion = 3;
constexpr uint64_t kAlignment = 32;  // what files without general.alignment have

enum class TensorType : uint32_t { kF32 = 0, kF16 = 1 };

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

void add_architecture(const Model& model, GgufMetadata* metadata) {
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

void add_table(const std::vector<Entry>& entries, GgufWriter* out) {
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
  GgufMetadata metadata;
  add_architecture(model, &metadata);
  add_gguf_tokenizer(read_vocabulary_section(model.vocabulary(), model.config().vocab_size), &metadata);
  const std::vector<Entry> entries = entries_of(model);

  GgufWriter head;
  head.raw("GGUF");
  head.u32(kVersion);
  head.u64(entries.size());
  head.u64(metadata.count());
  GgufWriter table;
  add_table(entries, &table);
  sink(head.bytes());
  sink(metadata.bytes());
  sink(table.bytes());
  const uint64_t end = head.bytes().size() + metadata.bytes().size() + table.bytes().size();
  put_zeros(round_up(end, kAlignment) - end, sink);
  for (const Entry& entry : entries) put_tensor(entry, sink);
}

}  // namespace thimble::tools

#include "tests/support/gguf_writer.h"

#include <cstring>

#include "format/roles.h"

namespace thimble::testing {
namespace {

using Bytes = GgufWriter::Bytes;

constexpr size_t kAlignment = 32;
enum : uint32_t { kU32 = 4, kI32 = 5, kF32 = 6, kBool = 7, kString = 8, kArray = 9 };

void put(Bytes* out, const void* data, size_t bytes) {
  if (bytes == 0) return;
  const size_t at = out->size();
  out->resize(at + bytes);
  std::memcpy(out->data() + at, data, bytes);
}
void put_u32(Bytes* out, uint32_t v) { put(out, &v, sizeof(v)); }
void put_u64(Bytes* out, uint64_t v) { put(out, &v, sizeof(v)); }
void put_string(Bytes* out, std::string_view text) {
  put_u64(out, text.size());
  put(out, text.data(), text.size());
}

Bytes array_of(uint32_t type, size_t count) {
  Bytes out;
  put_u32(&out, type);
  put_u64(&out, count);
  return out;
}

template <class T>
Bytes numbers(uint32_t type, const std::vector<T>& values) {
  Bytes out = array_of(type, values.size());
  put(&out, values.data(), values.size() * sizeof(T));
  return out;
}

// "tok_embd" of a role and layer, as llama.cpp names it.
std::string name_of(Role role, uint32_t layer) {
  const std::string block = "blk." + std::to_string(layer) + '.';
  switch (role) {
    case Role::kTokenEmbedding:
      return "token_embd.weight";
    case Role::kAttentionNorm:
      return block + "attn_norm.weight";
    case Role::kWq:
      return block + "attn_q.weight";
    case Role::kWk:
      return block + "attn_k.weight";
    case Role::kWv:
      return block + "attn_v.weight";
    case Role::kWo:
      return block + "attn_output.weight";
    case Role::kFfnNorm:
      return block + "ffn_norm.weight";
    case Role::kWGate:
      return block + "ffn_gate.weight";
    case Role::kWUp:
      return block + "ffn_up.weight";
    case Role::kWDown:
      return block + "ffn_down.weight";
    case Role::kFinalNorm:
      return "output_norm.weight";
    case Role::kClassifier:
      break;
  }
  return "output.weight";
}

std::string spelled(const tools::VocabularyPiece& piece) {
  if (piece.type == PieceType::kByte) {
    constexpr const char* kDigits = "0123456789ABCDEF";
    const auto byte = static_cast<uint8_t>(piece.text[0]);
    return std::string("<0x") + kDigits[byte / 16] + kDigits[byte % 16] + '>';
  }
  std::string text = piece.text;
  for (size_t at = 0; (at = text.find(' ', at)) != std::string::npos;) text.replace(at, 1, "\xe2\x96\x81");
  return text;
}

}  // namespace

void GgufWriter::raw_key(const std::string& name, uint32_t type, const Bytes& value) {
  put_string(&key_bytes_, name);
  put_u32(&key_bytes_, type);
  put(&key_bytes_, value.data(), value.size());
  ++keys_;
}
void GgufWriter::key(const std::string& name, uint32_t value) {
  Bytes bytes;
  put_u32(&bytes, value);
  raw_key(name, kU32, bytes);
}
void GgufWriter::key(const std::string& name, float value) {
  Bytes bytes;
  put(&bytes, &value, sizeof(value));
  raw_key(name, kF32, bytes);
}
void GgufWriter::key(const std::string& name, bool value) { raw_key(name, kBool, {std::byte{value}}); }
void GgufWriter::key(const std::string& name, std::string_view value) {
  Bytes bytes;
  put_string(&bytes, value);
  raw_key(name, kString, bytes);
}
void GgufWriter::key(const std::string& name, const std::vector<std::string>& values) {
  Bytes bytes = array_of(kString, values.size());
  for (const std::string& value : values) put_string(&bytes, value);
  raw_key(name, kArray, bytes);
}
void GgufWriter::key(const std::string& name, const std::vector<float>& values) {
  raw_key(name, kArray, numbers(kF32, values));
}
void GgufWriter::key(const std::string& name, const std::vector<int32_t>& values) {
  raw_key(name, kArray, numbers(kI32, values));
}

void GgufWriter::tensor(const std::string& name, const std::vector<uint64_t>& dims, uint32_t type, const Bytes& data) {
  tensors_.push_back({name, dims, type, data});
}

Bytes GgufWriter::bytes() const {
  Bytes out;
  put_u32(&out, 0x46554747);
  put_u32(&out, version_);
  put_u64(&out, tensors_.size());
  put_u64(&out, keys_);
  put(&out, key_bytes_.data(), key_bytes_.size());
  uint64_t offset = 0;
  for (const Tensor& tensor : tensors_) {
    put_string(&out, tensor.name);
    put_u32(&out, static_cast<uint32_t>(tensor.dims.size()));
    for (const uint64_t dim : tensor.dims) put_u64(&out, dim);
    put_u32(&out, tensor.type);
    put_u64(&out, offset);
    offset += (tensor.data.size() + kAlignment - 1) / kAlignment * kAlignment;
  }
  for (const Tensor& tensor : tensors_) {
    out.resize((out.size() + kAlignment - 1) / kAlignment * kAlignment);
    put(&out, tensor.data.data(), tensor.data.size());
  }
  return out;
}

GgufWriter gguf_of(const Fixture& fixture) {
  const ModelConfig& c = fixture.config;
  GgufWriter out;
  out.key("general.architecture", std::string_view("llama"));
  out.key("llama.embedding_length", c.dim);
  out.key("llama.feed_forward_length", c.hidden_dim);
  out.key("llama.block_count", c.n_layers);
  out.key("llama.attention.head_count", c.n_heads);
  out.key("llama.attention.head_count_kv", c.n_kv_heads);
  out.key("llama.context_length", c.max_context);
  out.key("llama.attention.layer_norm_rms_epsilon", c.norm_eps);
  const tools::Vocabulary vocabulary = to_imported(fixture).vocabulary;
  std::vector<std::string> tokens;
  std::vector<float> scores;
  std::vector<int32_t> types;
  for (const tools::VocabularyPiece& piece : vocabulary.pieces) {
    tokens.push_back(spelled(piece));
    scores.push_back(piece.score);
    types.push_back(static_cast<int32_t>(piece.type));
  }
  out.key("tokenizer.ggml.model", std::string_view("llama"));
  out.key("tokenizer.ggml.tokens", tokens);
  out.key("tokenizer.ggml.scores", scores);
  out.key("tokenizer.ggml.token_type", types);
  for (const FixtureTensor& t : fixture.tensors) {
    Bytes data(t.values.size() * sizeof(float));
    std::memcpy(data.data(), t.values.data(), data.size());
    const std::vector<uint64_t> dims =
        format::is_norm(t.role) ? std::vector<uint64_t>{t.cols} : std::vector<uint64_t>{t.cols, t.rows};
    out.tensor(name_of(t.role, t.layer), dims, 0, data);
  }
  return out;
}

}  // namespace thimble::testing

// llama2.c's legacy checkpoint, the one that its run.c reads: seven i32, then the tensors of each role for all layers,
// and between final norm and classifier the tables of rotary angles, which say what theta is.

#include <array>
#include <cmath>
#include <cstdio>
#include <numbers>
#include <string>

#include "base/bytes.h"
#include "format/reader.h"
#include "tools/error.h"
#include "tools/export/export.h"
#include "tools/export/exporters.h"
#include "tools/import/rope_table.h"

namespace thimble::tools {
namespace {

using enum Role;

// Of run.c, which knows no other.
constexpr float kNormEps = 1e-5f;

constexpr Role kOrder[] = {kAttentionNorm, kWq, kWk, kWv, kWo, kFfnNorm, kWGate, kWDown, kWUp, kFinalNorm};

void put_u32(uint32_t value, const Sink& sink) {
  std::array<std::byte, sizeof value> bytes;
  store_u32(bytes.data(), value);
  sink(bytes);
}

void put_floats(std::span<const float> values, const Sink& sink) { sink(std::as_bytes(values)); }

void put_tensor(const TensorView& tensor, const Sink& sink) {
  for (uint32_t row = 0; row < tensor.rows; ++row) put_floats(float_row(tensor, row), sink);
}

void check_is_sayable(const ModelConfig& c) {
  if (c.norm_eps != kNormEps) {
    throw Error("norm_eps is " + shown(static_cast<double>(c.norm_eps)) +
                ", but llama2.c knows 1e-5 alone; export a .gguf");
  }
  if (c.n_heads * c.head_dim != c.dim) {
    throw Error("head_dim is " + std::to_string(c.head_dim) + ", but in llama2.c heads share dim " +
                std::to_string(c.dim) + " evenly; export a .gguf");
  }
}

// Cosines of all positions, then sines: [2, positions, pairs].
std::vector<float> rope_table(const Model& model) {
  const ModelConfig& c = model.config();
  const uint32_t pairs = c.head_dim / 2;
  std::vector<float> table(size_t{2} * c.max_context * pairs);
  for (uint32_t position = 0; position < c.max_context; ++position) {
    for (uint32_t pair = 0; pair < pairs; ++pair) {
      const double turns = std::ldexp(static_cast<double>(position * model.rope_step(pair)), -64);
      const double angle = 2 * std::numbers::pi * turns;
      table[size_t{position} * pairs + pair] = static_cast<float>(std::cos(angle));
      table[(size_t{c.max_context} + position) * pairs + pair] = static_cast<float>(std::sin(angle));
    }
  }
  return table;
}

// The table is all that states theta, so it has to give it back.
void check_theta(std::span<const float> table, uint32_t pairs, float theta) {
  const float found = rope_theta_of_table(std::as_bytes(table), pairs, "the checkpoint");
  if (found == theta) return;
  throw Error("rope theta " + shown(static_cast<double>(theta)) + " would come back as " +
              shown(static_cast<double>(found)) + ", since llama2.c states angles alone; export a .gguf");
}

// As run.c prints them.
std::string exported_text(const VocabularyPiece& piece) {
  if (piece.type == PieceType::kControl) return "\n" + piece.text + "\n";
  if (piece.type != PieceType::kByte) return piece.text;
  std::array<char, 8> spelled;
  std::snprintf(spelled.data(), spelled.size(), "<0x%02X>", static_cast<unsigned>(static_cast<uint8_t>(piece.text[0])));
  return spelled.data();
}

}  // namespace

void export_llama2c(const Model& model, const Sink& sink) {
  check_is_float(model);
  const ModelConfig& c = model.config();
  check_is_sayable(c);
  const std::vector<float> table = rope_table(model);
  check_theta(table, c.head_dim / 2, rope_theta_of(model));
  const uint32_t vocab = c.tied_classifier ? c.vocab_size : -c.vocab_size;
  for (const uint32_t field : {c.dim, c.hidden_dim, c.n_layers, c.n_heads, c.n_kv_heads, vocab, c.max_context}) {
    put_u32(field, sink);
  }
  put_tensor(model.tensor(kTokenEmbedding), sink);
  for (const Role role : kOrder) {
    for (uint32_t layer = 0; layer < (in_layer(role) ? c.n_layers : 1); ++layer) {
      put_tensor(model.tensor(role, layer), sink);
    }
  }
  put_floats(table, sink);
  if (!c.tied_classifier) put_tensor(model.tensor(kClassifier), sink);
}

void export_tokenizer_bin(const Vocabulary& vocabulary, const Sink& sink) {
  check_has_rows(vocabulary);
  if (vocabulary.unk != 0 || vocabulary.bos != 1 || vocabulary.eos != 2) {
    throw Error("llama2.c has unknown, BOS and EOS as tokens 0, 1 and 2, and this vocabulary has not; export a .gguf");
  }
  size_t longest = 0;
  for (const VocabularyPiece& piece : vocabulary.pieces) longest = std::max(longest, exported_text(piece).size());
  put_u32(static_cast<uint32_t>(longest), sink);
  for (const VocabularyPiece& piece : vocabulary.pieces) {
    const std::string text = exported_text(piece);
    put_floats({&piece.score, 1}, sink);
    put_u32(static_cast<uint32_t>(text.size()), sink);
    sink(std::as_bytes(std::span(text)));
  }
}

}  // namespace thimble::tools
